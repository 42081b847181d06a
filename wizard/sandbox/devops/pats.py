"""Personal access tokens: 52 letters and digits that stand for one member, with scopes and an end.

API: https://learn.microsoft.com/rest/api/azure/devops/tokens/pats; the organisation keeps digests only.
"""

import base64
import hashlib
import secrets
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.tenancy import EVERYTHING, Tenancy
from wizard.sandbox.devops.wire import Body, Call, answer, empty, text
from wizard.sandbox.store import Store

_KIND = "devops_pat"
LIFETIME = timedelta(days=90)
_LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """What the organisation remembers of a token."""

    authorization_id: str
    display_name: str
    owner: str  # object id in the directory
    scope: str  # scopes, separated by blanks
    valid_from: str  # ISO 8601
    valid_to: str

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return datetime.fromisoformat(self.valid_to) <= datetime.now(UTC)

    @property
    def scopes(self) -> frozenset[str]:
        """What it may be used for, scopes implied by others included."""
        return _with_implied(self.scope.split())


def _with_implied(scopes: list[str]) -> frozenset[str]:
    """`vso.code_manage` includes `vso.code_write`, that includes `vso.code`; `_full` includes all of its area."""
    found = set(scopes)
    for scope in scopes:
        area, _, level = scope.partition("_")
        steps = ["", "_write", "_execute", "_manage", "_full"]
        if f"_{level}" in steps:
            found |= {area + step for step in steps[: steps.index(f"_{level}")]}
    return frozenset(found)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def remember(store: Store, token: str, owner: str, name: str, scope: str, valid_to: datetime) -> PersonalToken:
    """Let a token stand for somebody from now on."""
    start = datetime.now(UTC).isoformat()
    known = PersonalToken(str(uuid.uuid4()), name, owner, scope, start, valid_to.isoformat())
    store.put(_KIND, _digest(token), asdict(known))
    return known


def find(store: Store, token: str) -> PersonalToken | None:
    """What is known of a token, None when nobody made it or it was revoked."""
    found = store.get(_KIND, _digest(token))
    return PersonalToken(**found) if found else None


def _owned(tenancy: Tenancy, owner: str) -> list[tuple[str, PersonalToken]]:
    found = [(key, PersonalToken(**body)) for key, body in tenancy.store.items(_KIND)]
    return [(key, token) for key, token in found if token.owner == owner]


def _view(call: Call, token: PersonalToken, secret: str | None = None) -> dict[str, Any]:
    return {
        "displayName": token.display_name,
        "validTo": token.valid_to,
        "scope": token.scope,
        "targetAccounts": [call.tenancy.instance_id],
        "validFrom": token.valid_from,
        "authorizationId": token.authorization_id,
        "token": secret,
    }


def _need_entra(call: Call) -> str:
    """The caller's object id. A token cannot make or show tokens: only a sign-in can."""
    if not call.caller.by_entra:
        message = "VS403462: Personal access tokens can only be managed with a Microsoft Entra token."
        raise DevOpsFault(401, "UnauthorizedRequestException", message)
    return call.caller.identity.origin_id


def _end(body: Body) -> datetime:
    """When a new token ends: as asked, but not in the past and not more than a year ahead."""
    present = datetime.now(UTC)
    asked = text(body, "validTo", "")
    try:
        end = datetime.fromisoformat(asked) if asked else present + timedelta(days=30)
    except ValueError as error:
        raise DevOpsFault(400, "InvalidPersonalAccessTokenException", "invalidValidTo") from error
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    if not present < end <= present + _LONGEST + timedelta(days=1):
        raise DevOpsFault(400, "InvalidPersonalAccessTokenException", "invalidValidTo")
    return end


def create(call: Call) -> Response:
    """Make a token; this answer is the only one that shows it."""
    owner, body = _need_entra(call), call.body()
    secret = base64.b32encode(secrets.token_bytes(32)).decode().lower().rstrip("=")
    scope = text(body, "scope", EVERYTHING)
    made = remember(call.tenancy.store, secret, owner, text(body, "displayName"), scope, _end(body))
    return answer({"patToken": _view(call, made, secret), "patTokenError": "none"})


def read(call: Call) -> Response:
    """The caller's own tokens, or one of them."""
    owned = [token for _, token in _owned(call.tenancy, _need_entra(call))]
    wanted = call.query.get("authorizationId", "")
    if not wanted:
        return answer({"continuationToken": "", "patTokens": [_view(call, token) for token in owned]})
    found = next((token for token in owned if token.authorization_id == wanted), None)
    if found is None:
        return answer({"patToken": None, "patTokenError": "authorizationNotFound"}, 404)
    return answer({"patToken": _view(call, found), "patTokenError": "none"})


def revoke(call: Call) -> Response:
    """End one of the caller's tokens."""
    wanted = call.query.get("authorizationId", "")
    for key, token in _owned(call.tenancy, _need_entra(call)):
        if token.authorization_id == wanted:
            call.tenancy.store.delete(_KIND, key)
            return empty()
    return answer({"patToken": None, "patTokenError": "authorizationNotFound"}, 404)
