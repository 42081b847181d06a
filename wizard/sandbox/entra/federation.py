"""Workload identity federation: principals without a secret, that are proven by a token of another issuer.

The one issuer here besides Entra is Azure DevOps, which gives the jobs of a pipeline a token for a service connection:
https://learn.microsoft.com/azure/devops/release-notes/roadmap/2022/secret-free-azure-pipelines
https://learn.microsoft.com/entra/workload-id/workload-identity-federation
"""

import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from wizard.sandbox.certificates import write_private
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.entra import refusals
from wizard.sandbox.store import Document

AUDIENCE = "api://AzureADTokenExchange"
DEVOPS_ISSUERS = "https://vstoken.dev.azure.com"  # followed by the organisation's id
LIFETIME = 600  # seconds of real time
KIND = "managed_identity"  # keyed by the client id


def principal_of(identity: Document, tenant: str) -> Principal:
    """The service principal of a managed identity."""
    return Principal(identity["object_id"], tenant, identity["name"], "ServicePrincipal", identity["client_id"])


def devops_token(cloud: Cloud, organisation_id: str, subject: str) -> str:
    """The token that Azure DevOps gives a job for the service connection that `subject` names."""
    now = int(time.time())
    claims = {
        "jti": str(uuid.uuid4()),
        "iss": f"{DEVOPS_ISSUERS}/{organisation_id}",
        "sub": subject,
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
    }
    return jwt.encode(claims, _devops_key(cloud.folder), algorithm="RS256")


def check_assertion(cloud: Cloud, identity: Document | None, assertion: str) -> None:
    """Raise Refusal unless the assertion is genuine and one of the identity's federated credentials is for it."""
    claims = _claims(cloud, assertion)
    issuer, subject = str(claims.get("iss", "")), str(claims.get("sub", ""))
    held = [each for each in (identity or {}).get("federated", {}).values() if each["issuer"] == issuer]
    if not held:
        raise refusals.unknown_federation("issuer", issuer)
    if any(each["subject"] == subject and claims.get("aud") in each["audiences"] for each in held):
        return
    if any(each["subject"].lower() == subject.lower() for each in held):
        raise refusals.federation_letter_case(subject)
    raise refusals.unknown_federation("subject", subject)


def _claims(cloud: Cloud, assertion: str) -> dict[str, Any]:
    """What a genuine assertion says."""
    key = _devops_key(cloud.folder).public_key()
    try:
        return jwt.decode(
            assertion, key, algorithms=["RS256"], options={"verify_aud": False, "require": ["exp", "sub"]}
        )
    except jwt.ExpiredSignatureError:
        raise refusals.bad_assertion("is not within its valid time range") from None
    except jwt.PyJWTError:
        raise refusals.bad_assertion("failed signature validation") from None


@cache
def _devops_key(folder: Path) -> rsa.RSAPrivateKey:
    """The key with which Azure DevOps signs, made when it is first needed."""
    file = folder / "entra" / "devops.pem"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = rsa.generate_private_key(65537, 2048)
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        write_private(file, fresh.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - written above
    return key
