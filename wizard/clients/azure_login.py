"""Signing in to Azure in one of four ways, all through azure-identity.

Interactive ways never open anything by themselves: a token is only had when one is cached, or after `sign_in`.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.identity import (
    AuthenticationRecord,
    AzureCliCredential,
    CertificateCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    DeviceCodeCredential,
    InteractiveBrowserCredential,
    TokenCachePersistenceOptions,
    WorkloadIdentityCredential,
)
from azure.identity import AuthenticationRequiredError as NoTokenYet

from wizard.clients.faults import translated
from wizard.clients.limits import AZURE_CORE
from wizard.engine.errors import NotSignedInError

ENTRA_HOST = "login.microsoftonline.com"
ARM_SCOPE = "https://management.azure.com/.default"
# Azure's public application id of Azure Databricks, the audience of tokens for its workspaces:
# https://learn.microsoft.com/azure/databricks/dev-tools/auth/aad-token-manual
DATABRICKS_SCOPE = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"
CLI_SECONDS = 15

Prompt = Callable[[str, str, datetime], None]


class Credential(Protocol):
    """What every azure-identity credential can do."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for these scopes."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, as the token says, and for how many more minutes it is good.

    `object_id` and `kind` (User or ServicePrincipal) are how Azure's role assignments name them.
    """

    name: str
    tenant: str
    minutes_left: int
    object_id: str = ""
    kind: str = "User"

    @property
    def short_name(self) -> str:
        """The name as a heading has room for it: of an application its token says no more than a long id."""
        return self.name if self.kind == "User" else f"application {self.name[:8]}…"


class Login:
    """One way to sign in, and the credential it gives. `record` names a cached account (no secret)."""

    def __init__(self, method: str, tenant: str = "", record: str = "", cache: str = "") -> None:
        self.method = method
        self.record = record
        self._prompt: Prompt | None = None
        with translated("Entra"):
            self.credential = self._make(tenant, record, cache)

    def account(self) -> Account:
        """Get a token for Azure Resource Manager; NotSignedInError when that needs a person."""
        with translated("Entra"):
            try:
                token = self.credential.get_token(ARM_SCOPE)
            except NoTokenYet as error:
                raise NotSignedInError("Nobody is signed in yet.", service="Entra", fix="sign in") from error
            except CredentialUnavailableError as error:
                raise NotSignedInError(
                    f"Signing in by {self.method} is not possible here: {error.message}.",
                    service="Entra",
                    fix="run `az login`" if "az login" in error.message else "choose another way to sign in",
                    body=error.message,
                ) from error
            except ValueError as error:
                raise NotSignedInError(str(error), service="Entra", fix="see the sign-in's settings") from error
        claims = _claims(token.token)
        name = next((claims[key] for key in ("upn", "unique_name", "preferred_username", "appid") if key in claims), "")
        kind = "User" if "scp" in claims else "ServicePrincipal"  # what a person consented to; an application has none
        minutes = max(0, int(token.expires_on - time.time()) // 60)
        return Account(name, claims.get("tid", ""), minutes, claims.get("oid", ""), kind)

    def ends(self, scope: str) -> float:
        """When the token for that scope ends, as Unix time."""
        with translated("Entra"):
            return float(self.credential.get_token(scope).expires_on)

    def sign_in(self, prompt: Prompt) -> None:
        """Let a person sign in; `prompt` gets the page, the code and when it ends. Waits until done or expired."""
        self._prompt = prompt
        with translated("Entra"):
            record = self.credential.authenticate(scopes=[ARM_SCOPE])
        self.record = record.serialize()

    def _make(self, tenant: str, record: str, cache: str) -> Any:
        if self.method == "azure-cli":
            return AzureCliCredential(tenant_id=tenant, process_timeout=CLI_SECONDS)
        if self.method == "environment":
            return FreshAfterFailure(from_environment)
        options: dict[str, Any] = {"disable_automatic_authentication": True, **AZURE_CORE}
        if tenant:
            options["tenant_id"] = tenant
        if cache and encryption_works():
            options["cache_persistence_options"] = TokenCachePersistenceOptions(name=cache)
            options["authentication_record"] = AuthenticationRecord.deserialize(record) if record else None
        if self.method == "browser":
            return InteractiveBrowserCredential(timeout=300, **options)
        return DeviceCodeCredential(prompt_callback=self._show, **options)

    def _show(self, page: str, code: str, expires: datetime) -> None:
        if self._prompt is not None:
            self._prompt(page, code, expires)


class FreshAfterFailure:
    """A credential that is made anew when it fails: MSAL repeats a failure for a minute, even if its reason is gone."""

    def __init__(self, make: Callable[[], Credential]) -> None:
        self._make = make
        self._credential = make()

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for these scopes."""
        try:
            return self._credential.get_token(*scopes, **options)
        except AzureError:
            self._credential = self._make()
            raise


def from_environment() -> Any:
    """The service principal that the AZURE_* variables describe; NotSignedInError names what is missing.

    Variables: https://learn.microsoft.com/python/api/azure-identity/azure.identity.environmentcredential
    """
    values = {
        name: os.environ.get(name, "").strip()
        for name in (
            "AZURE_TENANT_ID",
            "AZURE_CLIENT_ID",
            "AZURE_CLIENT_SECRET",
            "AZURE_CLIENT_CERTIFICATE_PATH",
            "AZURE_FEDERATED_TOKEN_FILE",
        )
    }
    missing = [name for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID") if not values[name]]
    if missing:
        raise NotSignedInError(
            f"{' and '.join(missing)} not set: no service principal in the environment.",
            service="Entra",
            fix="set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or choose another way to sign in",
        )
    tenant, client = values["AZURE_TENANT_ID"], values["AZURE_CLIENT_ID"]
    if values["AZURE_CLIENT_SECRET"]:
        return ClientSecretCredential(tenant, client, values["AZURE_CLIENT_SECRET"], **AZURE_CORE)
    if values["AZURE_CLIENT_CERTIFICATE_PATH"]:
        return CertificateCredential(tenant, client, values["AZURE_CLIENT_CERTIFICATE_PATH"], **AZURE_CORE)
    if values["AZURE_FEDERATED_TOKEN_FILE"]:
        file = values["AZURE_FEDERATED_TOKEN_FILE"]
        return WorkloadIdentityCredential(tenant_id=tenant, client_id=client, token_file_path=file, **AZURE_CORE)
    raise NotSignedInError(
        "AZURE_CLIENT_ID is set, but neither AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH nor "
        "AZURE_FEDERATED_TOKEN_FILE is.",
        service="Entra",
        fix="set one of them, or choose another way to sign in",
    )


def encryption_works() -> bool:
    """Whether this machine can keep a token cache encrypted; where it cannot, tokens stay in memory."""
    try:
        from msal_extensions import build_encrypted_persistence  # type: ignore[import-untyped]

        return bool(build_encrypted_persistence(str(Path.home() / ".IdentityService" / "mlops-wizard.trial")))
    except Exception:  # noqa: BLE001  (libsecret, keychain and DPAPI each fail with errors of their own)
        return False


def _claims(token: str) -> dict[str, str]:
    """The readable part of a JSON web token; its signature is the services' business."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return {key: value for key, value in claims.items() if isinstance(value, str)}
