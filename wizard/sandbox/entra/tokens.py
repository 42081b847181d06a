"""Entra's tokens: signed JSON web tokens (RS256), made here and checked by every service of the cloud.

Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import base64
import hashlib
import json
import time
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from wizard.sandbox.certificates import write_private
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.settings import setting

LIFETIME = 3599  # seconds of real time: tokens do not age faster in a fast cloud

Reason = Literal["missing", "malformed", "signature", "expired", "audience"]


class TokenRefused(Exception):  # noqa: N818 - the name other services know it by
    """A bearer token that proves nothing; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@cache
def signing_key(folder: Path) -> rsa.RSAPrivateKey:
    """The directory's signing key, made when it is first needed."""
    file = folder / "entra" / "signing.pem"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = rsa.generate_private_key(65537, 2048)
        no_password = serialization.NoEncryption()
        write_private(
            file,
            fresh.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password),
        )
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{file} holds no RSA key")
    return key


@cache
def key_id(folder: Path) -> str:
    """The `kid` of the signing key."""
    public = signing_key(folder).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()[:20]).decode().rstrip("=")


def public_keys(folder: Path) -> dict[str, Any]:
    """The JSON web key set of the tenant (RFC 7517)."""
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key(folder).public_key()))
    plain = {"kty": key["kty"], "use": "sig", "kid": key_id(folder), "n": key["n"], "e": key["e"]}
    return {"keys": [{**plain, "alg": "RS256"}]}


def lifetime(cloud: Cloud) -> int:
    """For how many seconds a token that is made now is good."""
    return int(setting(cloud.store, "entra.token_seconds", LIFETIME))


def _signed(cloud: Cloud, claims: dict[str, Any]) -> str:
    now = int(time.time())
    timed = {"iat": now, "nbf": now, "exp": now + lifetime(cloud), **claims}
    headers = {"kid": key_id(cloud.folder)}
    return jwt.encode(timed, signing_key(cloud.folder), algorithm="RS256", headers=headers)


def access_token(cloud: Cloud, principal: Principal, audience: str, client_id: str) -> str:
    """A token that proves to `audience` who the principal is."""
    claims: dict[str, Any] = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{principal.tenant_id}/",
        "appid": client_id,
        "oid": principal.object_id,
        "sub": principal.object_id,
        "tid": principal.tenant_id,
        "ver": "1.0",
    }
    if principal.kind == "User":
        claims |= {
            "idtyp": "user",
            **_named(cloud, principal),
            "unique_name": principal.name,
            "name": principal.name.split("@")[0].title(),
            "scp": "user_impersonation",
            "appidacr": "0",
        }
    else:
        claims |= {"idtyp": "app", "idp": claims["iss"], "appidacr": "1"}
    return _signed(cloud, claims)


def _named(cloud: Cloud, principal: Principal) -> dict[str, str]:
    """How a user's token names them. A guest has no name of this tenant's form, and is proven by the one at home."""
    home = Directory(cloud).home
    if principal.is_guest and home:
        return {"idp": f"https://sts.windows.net/{home['id']}/"}
    return {"upn": principal.name}


def id_token(cloud: Cloud, principal: Principal, client_id: str, nonce: str) -> str:
    """A token that tells the client application who signed in (OpenID Connect)."""
    claims = {
        "aud": client_id,
        "iss": f"https://login.microsoftonline.com/{principal.tenant_id}/v2.0",
        "oid": principal.object_id,
        "sub": principal.object_id,
        "tid": principal.tenant_id,
        "preferred_username": principal.name,
        "name": principal.name.split("@")[0].title(),
        "ver": "2.0",
    }
    return _signed(cloud, claims | ({"nonce": nonce} if nonce else {}))


def principal_of(cloud: Cloud, bearer: str, audiences: Collection[str]) -> Principal:
    """Who a bearer token (with or without its scheme) belongs to, if it is for one of these audiences.

    A trailing slash of an audience does not matter. Raises TokenRefused.
    """
    token = bearer.removeprefix("Bearer ").removeprefix("bearer ").strip()
    if not token:
        raise TokenRefused("missing")
    claims = _claims(cloud, token)
    if str(claims.get("aud", "")).rstrip("/") not in {audience.rstrip("/") for audience in audiences}:
        raise TokenRefused("audience")
    principal = Directory(cloud).principal(str(claims.get("oid", "")))
    if principal is None:
        raise TokenRefused("signature")
    return replace(principal, tenant_id=str(claims["tid"]))


def _claims(cloud: Cloud, token: str) -> dict[str, Any]:
    """The claims of a token that this directory signed and that is not too old."""
    key = signing_key(cloud.folder).public_key()
    try:
        return jwt.decode(
            token, key, algorithms=["RS256"], options={"verify_aud": False, "require": ["exp", "aud", "oid"]}
        )
    except jwt.ExpiredSignatureError:
        raise TokenRefused("expired") from None
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise TokenRefused("signature") from None
    except jwt.PyJWTError:
        raise TokenRefused("malformed") from None
