"""Rules under which the tenant refuses to sign anybody in: Conditional Access and sign-in frequency.

https://learn.microsoft.com/entra/identity/conditional-access/overview
"""

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra.refusals import Refusal
from wizard.sandbox.settings import setting


def check_sign_in(cloud: Cloud, resource: str) -> None:
    """Raise Refusal when no token for this resource may be given to anybody now.

    The tenant's rules cover its applications (workload identities) too, so that every way to sign in meets them.
    """
    reason = setting(cloud.store, "entra.refusal")
    if reason is not None:
        raise _REASONS[reason](resource)


def _mfa_required(resource: str) -> Refusal:
    return Refusal(
        "interaction_required",
        50076,
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must"
        f" use multi-factor authentication to access '{resource}'.",
        suberror="basic_action",
    )


def _mfa_expired(resource: str) -> Refusal:
    return Refusal(
        "invalid_grant",
        50078,
        "Presented multi-factor authentication has expired due to policies configured by your administrator, you must"
        f" refresh your multi-factor authentication to access '{resource}'.",
        suberror="basic_action",
    )


def _login_idle(_resource: str) -> Refusal:
    return Refusal(
        "invalid_grant",
        700082,
        "The refresh token has expired due to inactivity. The token was issued on 2026-01-12T08:14:51.3378192Z and was"
        " inactive for 90.00:00:00.",
        suberror="bad_token",
    )


def _blocked(_resource: str) -> Refusal:
    return Refusal(
        "access_denied",
        53003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        suberror="message_only",
    )


_REASONS = {"mfa-required": _mfa_required, "mfa-expired": _mfa_expired, "idle": _login_idle, "blocked": _blocked}
