"""What Entra says no with: OAuth 2.0 errors with AADSTS numbers.

Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import json
import uuid
from datetime import UTC, datetime

from starlette.responses import Response


class Refusal(Exception):  # noqa: N818 - it is the protocol's answer, not a fault
    """One refused request."""

    def __init__(self, error: str, number: int, message: str, status: int = 400, *, suberror: str = "") -> None:
        super().__init__(message)
        self.error = error
        self.number = number
        self.message = message
        self.status = status
        self._more = {"suberror": suberror} if suberror else {}

    def response(self) -> Response:
        """The JSON body that the token endpoints answer with."""
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        body = {
            "error": self.error,
            "error_description": (
                f"AADSTS{self.number}: {self.message} Trace ID: {trace} Correlation ID: {correlation}"
                f" Timestamp: {moment}"
            ),
            "error_codes": [self.number],
            "timestamp": moment,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
            **self._more,
        }
        headers = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}
        return Response(json.dumps(body), self.status, headers, media_type="application/json; charset=utf-8")


def unknown_tenant(tenant: str) -> Refusal:
    """The path names a directory that is not there."""
    return Refusal(
        "invalid_request",
        90002,
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the"
        " correct cloud. Check with your subscription administrator, this may happen if there are no active"
        " subscriptions for the tenant.",
    )


def unknown_application(app_id: str, tenant_name: str) -> Refusal:
    """The client id belongs to no application of the directory."""
    return Refusal(
        "unauthorized_client",
        700016,
        f"Application with identifier '{app_id}' was not found in the directory '{tenant_name}'. This can happen if"
        " the application has not been installed by the administrator of the tenant or consented to by any user in"
        " the tenant. You may have sent your authentication request to the wrong tenant.",
    )


def wrong_secret(app_id: str) -> Refusal:
    """The secret is not one of the application's."""
    return Refusal(
        "invalid_client",
        7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not"
        f" the client secret ID, for a secret added to app '{app_id}'.",
        401,
    )


def expired_secret(app_id: str) -> Refusal:
    """The secret was the application's once."""
    return Refusal(
        "invalid_client",
        7000222,
        f"The provided client secret keys for app '{app_id}' are expired. Visit the Azure portal to create new keys for"
        " your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security:"
        " https://aka.ms/certCreds.",
        401,
    )


def unknown_federation(what: str, presented: str) -> Refusal:
    """No federated credential of the application is for the `issuer` or `subject` that the assertion presents."""
    return Refusal(
        "invalid_client",
        {"issuer": 700211, "subject": 700213}[what],
        f"No matching federated identity record found for presented assertion {what} '{presented}'. Check your"
        " federated identity credential Subject, Audience and Issuer against the presented assertion."
        " https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
        401,
    )


def federation_letter_case(subject: str) -> Refusal:
    """A federated credential differs from the assertion in upper and lower case only."""
    return Refusal(
        "invalid_client",
        7002138,
        f"No matching federated identity record found for presented assertion subject '{subject}'. The subject matches"
        " with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity"
        " credential Subject, Audience and Issuer against the presented assertion."
        " https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
        401,
    )


def bad_assertion(why: str) -> Refusal:
    """The assertion is not genuine, or too old."""
    return Refusal("invalid_client", 700027, f"Client assertion {why}.", 401)


def missing_secret() -> Refusal:
    """A confidential client came without a credential."""
    return Refusal(
        "invalid_client",
        7000216,
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        401,
    )


def unknown_resource(resource: str, tenant_name: str) -> Refusal:
    """Nothing of that name issues or accepts tokens in the directory."""
    return Refusal(
        "invalid_resource",
        500011,
        f"The resource principal named {resource} was not found in the tenant named {tenant_name}. This can happen if"
        " the application has not been installed by the administrator of the tenant or consented to by any user in"
        " the tenant. You might have sent your authentication request to the wrong tenant.",
    )


def missing_parameter(name: str) -> Refusal:
    """A form field that the grant needs is not there."""
    return Refusal("invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")


def invalid_scope(scope: str) -> Refusal:
    """A client credentials request for anything but RESOURCE/.default."""
    return Refusal(
        "invalid_scope",
        1002012,
        f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with"
        " /.default suffixed to the resource identifier (application ID URI).",
    )


def unsupported_grant(grant: str) -> Refusal:
    """A grant type this endpoint does not know."""
    return Refusal("unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'.")


def authorization_pending() -> Refusal:
    """Nobody has approved the device code yet."""
    return Refusal(
        "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
    )


def expired_device_code() -> Refusal:
    """The device code's 15 minutes are over."""
    return Refusal(
        "expired_token",
        70020,
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    )


def bad_device_code() -> Refusal:
    """No such device code, or it was redeemed before."""
    return Refusal(
        "bad_verification_code",
        70000,
        "The provided value for the input parameter 'device_code' is not valid.",
    )


def redeemed_code() -> Refusal:
    """An authorization code can be used once."""
    return Refusal(
        "invalid_grant",
        54005,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing"
        " refresh token.",
    )


def bad_code() -> Refusal:
    """No such authorization code."""
    return Refusal("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")


def expired_code() -> Refusal:
    """An authorization code lives 10 minutes."""
    return Refusal(
        "invalid_grant",
        70008,
        "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive"
        " authorization request for this user and resource.",
    )


def wrong_verifier() -> Refusal:
    """The code verifier does not hash to the challenge (RFC 7636)."""
    return Refusal(
        "invalid_grant",
        501481,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    )


def wrong_redirect(given: str, expected: str) -> Refusal:
    """The redirect URI differs from the one of the authorization request."""
    return Refusal(
        "invalid_grant",
        500112,
        f"The reply address '{given}' does not match the reply address '{expected}' provided when requesting"
        " Authorization code.",
    )
