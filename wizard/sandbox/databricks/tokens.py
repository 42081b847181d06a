"""Personal access tokens: made, listed and revoked over the Token API; kept as hashes, shown once.

Source: https://docs.databricks.com/api/azure/workspace/tokens
"""

import hashlib
import secrets
import time
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.features import tokens_enabled
from wizard.sandbox.databricks.wire import Body, caller_of, json_body, optional, required, workspace_of
from wizard.sandbox.store import Document

KIND = "databricks.token"
MOST_TOKENS = 600  # a user's limit in one workspace
LONGEST_LIFETIME = 730 * 86400  # seconds; the platform's own ceiling


class Tokens:
    """The tokens of all workspaces. A document is keyed "<workspace id>/<hash of the value>"."""

    def __init__(self, cloud: Cloud) -> None:
        self._store = cloud.store

    def issue(
        self, workspace_id: str, owner: Principal, comment: str, lifetime: int | None, *, hidden: bool = False
    ) -> tuple[str, Document]:
        """Make a token that ends after `lifetime` seconds (None: never); return its value and its document.

        A hidden token belongs to a driver: it works like any other, but its owner neither sees nor counts it.
        """
        value = f"dapi{secrets.token_hex(16)}-2"
        now = int(time.time() * 1000)
        document = {
            "token_id": _hash(value),
            "creation_time": now,
            "expiry_time": -1 if lifetime is None else now + lifetime * 1000,
            "comment": comment,
            "hidden": hidden,
            "owner": asdict(owner),
        }
        self._store.put(KIND, f"{workspace_id}/{_hash(value)}", document)
        return value, document

    def owner(self, workspace_id: str, value: str) -> Principal | None:
        """Whom a token's value stands for in a workspace now; None when unknown there, revoked or expired."""
        document = self._store.get(KIND, f"{workspace_id}/{_hash(value)}")
        if document is not None and not document["hidden"] and not tokens_enabled(self._store, workspace_id):
            return None
        if document is None or 0 <= document["expiry_time"] <= time.time() * 1000:
            return None
        return Principal(**document["owner"])

    def is_drivers_own(self, workspace_id: str, value: str) -> bool:
        """Whether a token belongs to a driver of the workspace."""
        document = self._store.get(KIND, f"{workspace_id}/{_hash(value)}")
        return document is not None and bool(document["hidden"])

    def allowed(self, workspace_id: str) -> bool:
        """Whether people may have tokens in a workspace."""
        return tokens_enabled(self._store, workspace_id)

    def of_owner(self, workspace_id: str, owner: Principal) -> list[Document]:
        """The tokens that their owner sees, oldest first; expired ones stay until they are revoked."""
        mine = [
            document
            for _, document in self._store.items(KIND, f"{workspace_id}/")
            if not document["hidden"] and document["owner"]["object_id"] == owner.object_id
        ]
        return sorted(mine, key=lambda document: int(document["creation_time"]))

    def revoke(self, workspace_id: str, token_id: str) -> bool:
        """Make a token useless; False when there is none of that id."""
        return self._store.delete(KIND, f"{workspace_id}/{token_id}")

    def forget_hidden(self) -> None:
        """Revoke the tokens of drivers that no longer run; called when the cloud starts."""
        for key, document in self._store.items(KIND):
            if document["hidden"]:
                self._store.delete(KIND, key)


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _info(document: Document) -> Document:
    return {name: document[name] for name in ("token_id", "creation_time", "expiry_time", "comment")}


def _lifetime(body: Body) -> int | None:
    if body.get("lifetime_seconds") is None:
        return None
    seconds = optional(body, "lifetime_seconds", int, 0)
    if seconds <= 0:
        raise invalid("lifetime_seconds must be a positive integer")
    if seconds > LONGEST_LIFETIME:
        raise invalid(f"lifetime_seconds must not be greater than {LONGEST_LIFETIME}")
    return seconds


def routes(tokens: Tokens) -> list[Route]:
    """The Token API."""

    def check_allowed(request: Request) -> None:
        if not tokens.allowed(workspace_of(request).workspace_id):
            raise DatabricksFault(403, "PERMISSION_DENIED", "User does not have permission to use tokens.")

    async def create(request: Request) -> JSONResponse:
        body = await json_body(request)
        check_allowed(request)
        comment = optional(body, "comment", str, "")
        lifetime = _lifetime(body)
        workspace, caller = workspace_of(request), caller_of(request)
        if len(tokens.of_owner(workspace.workspace_id, caller)) >= MOST_TOKENS:
            message = f"The number of tokens for user {caller.name} has reached the limit of {MOST_TOKENS}"
            raise DatabricksFault(400, "QUOTA_EXCEEDED", message)
        value, document = tokens.issue(workspace.workspace_id, caller, comment, lifetime)
        return JSONResponse({"token_value": value, "token_info": _info(document)})

    async def listing(request: Request) -> JSONResponse:
        check_allowed(request)
        found = tokens.of_owner(workspace_of(request).workspace_id, caller_of(request))
        return JSONResponse({"token_infos": [_info(document) for document in found]} if found else {})

    async def delete(request: Request) -> JSONResponse:
        token_id = required(await json_body(request), "token_id")
        workspace_id = workspace_of(request).workspace_id
        mine = {document["token_id"] for document in tokens.of_owner(workspace_id, caller_of(request))}
        if token_id not in mine:
            raise DatabricksFault(404, "RESOURCE_DOES_NOT_EXIST", f"Token with ID {token_id} does not exist!")
        tokens.revoke(workspace_id, token_id)
        return JSONResponse({})

    return [
        Route("/api/2.0/token/create", create, methods=["POST"]),
        Route("/api/2.0/token/list", listing, methods=["GET"]),
        Route("/api/2.0/token/delete", delete, methods=["POST"]),
    ]
