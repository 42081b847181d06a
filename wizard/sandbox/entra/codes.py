"""Codes that stand for a sign-in in progress: device codes, authorization codes and refresh tokens.

All are kept hashed, so that a copy of the state opens nothing.
"""

import secrets
import time
from dataclasses import dataclass

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra import refusals
from wizard.sandbox.entra.directory import secret_hash
from wizard.sandbox.store import Document

DEVICE_CODE_SECONDS = 900
AUTHORIZATION_CODE_SECONDS = 600
REFRESH_TOKEN_SECONDS = 90 * 24 * 3600
APPROVAL_SECONDS = 3.0  # after which the sandbox's user approves a device code; divided by the cloud's speed

_USER_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what looks alike


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a client gets to show, and to poll with."""

    device_code: str
    user_code: str


class Codes:
    """Gives out codes and takes them back."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._store = cloud.store

    def new_device_code(self, client_id: str, scope: str) -> DeviceCode:
        """Begin a device sign-in (RFC 8628)."""
        device_code = secrets.token_urlsafe(48)
        user_code = "".join(secrets.choice(_USER_CODE_ALPHABET) for _ in range(9))
        body = {
            "client_id": client_id,
            "scope": scope,
            "user_code": user_code,
            "approved_at": self._cloud.ready_at(APPROVAL_SECONDS),
            "expires_at": time.time() + DEVICE_CODE_SECONDS,
        }
        self._store.put("device_code", secret_hash(device_code), body)
        return DeviceCode(device_code, user_code)

    def approve(self, user_code: str) -> bool:
        """Sign the user in for a device code now; False when no such code waits."""
        for key, body in self._store.items("device_code"):
            if body["user_code"] == user_code.strip().upper() and body["expires_at"] > time.time():
                self._store.put("device_code", key, body | {"approved_at": 0})
                return True
        return False

    def redeem_device_code(self, device_code: str, client_id: str) -> Document:
        """Take an approved device code back; raises Refusal while it is pending, later expired."""
        key = secret_hash(device_code)
        with self._store.transaction():
            body = self._store.get("device_code", key)
            if body is None or body["client_id"] != client_id:
                raise refusals.bad_device_code()
            if body["expires_at"] <= time.time():
                raise refusals.expired_device_code()
            if body["approved_at"] > time.time():
                raise refusals.authorization_pending()
            self._store.delete("device_code", key)
        return body

    def new_authorization_code(self, request: Document) -> str:
        """Remember an authorization request until its code comes back."""
        code = secrets.token_urlsafe(48)
        body = request | {"expires_at": time.time() + AUTHORIZATION_CODE_SECONDS, "redeemed": False}
        self._store.put("authorization_code", secret_hash(code), body)
        return code

    def redeem_authorization_code(self, code: str) -> Document:
        """The authorization request of a code, once."""
        key = secret_hash(code)
        with self._store.transaction():
            body = self._store.get("authorization_code", key)
            if body is None:
                raise refusals.bad_code()
            if body["redeemed"]:
                raise refusals.redeemed_code()
            if body["expires_at"] <= time.time():
                raise refusals.expired_code()
            self._store.put("authorization_code", key, body | {"redeemed": True})
        return body

    def new_refresh_token(self, object_id: str, client_id: str) -> str:
        """A token with which the client can ask for access tokens later, for any resource."""
        token = "1." + secrets.token_urlsafe(96)
        body = {
            "object_id": object_id,
            "client_id": client_id,
            "expires_at": time.time() + REFRESH_TOKEN_SECONDS,
        }
        self._store.put("refresh_token", secret_hash(token), body)
        return token

    def redeem_refresh_token(self, token: str, client_id: str) -> str:
        """The object id of the user a refresh token belongs to; it can be used again."""
        body = self._store.get("refresh_token", secret_hash(token))
        if body is None or body["client_id"] != client_id:
            raise refusals.bad_code()
        if body["expires_at"] <= time.time():
            raise refusals.expired_code()
        return str(body["object_id"])
