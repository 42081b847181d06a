"""A Databricks workspace: one signed-in SDK client, and the areas of its API that the wizard uses.

The SDK is used as it is, with its own retries (it honours Retry-After), but within seconds instead of minutes, and
never for a request that may have made something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.credentials_provider import CredentialsStrategy

from wizard.clients.azure_login import ARM_SCOPE, DATABRICKS_SCOPE, Credential
from wizard.clients.careful_retries import repeat_with_care
from wizard.clients.catalog_models import CatalogModels
from wizard.clients.clusters import Clusters
from wizard.clients.commands import Commands
from wizard.clients.databricks_faults import translated
from wizard.clients.dbfs import DbfsFiles
from wizard.clients.features import FeatureProbes
from wizard.clients.job_runs import JobRuns
from wizard.clients.libraries import Libraries
from wizard.clients.limits import DATABRICKS_HTTP_SECONDS, DATABRICKS_RETRY_SECONDS
from wizard.clients.models import Models
from wizard.clients.secret_scopes import SecretScopes
from wizard.clients.tokens import Tokens
from wizard.clients.volumes import Volumes
from wizard.clients.workspace_content import Content, content_of
from wizard.clients.workspace_files import WorkspaceFiles
from wizard.engine.secrets import Secret


@dataclass(frozen=True, slots=True)
class User:
    """Who the workspace says we are."""

    name: str
    id: str


class EntraSignIn(CredentialsStrategy):
    """Signs each request with the token that azure-identity holds at that moment, so it never runs out.

    The two extra headers let a service principal in that the workspace has not met yet, by its rights in Azure:
    https://learn.microsoft.com/azure/databricks/dev-tools/auth/azure-sp
    """

    def __init__(self, credential: Credential, resource_id: str) -> None:
        self._credential = credential
        self._resource_id = resource_id

    def auth_type(self) -> str:
        """The name under which the SDK reports this sign-in."""
        return "azure-identity"

    def __call__(self, cfg: Config) -> Callable[[], dict[str, str]]:  # noqa: ARG002  (the SDK's interface)
        """What the SDK asks for the headers of each request."""

        def headers() -> dict[str, str]:
            return {
                "Authorization": f"Bearer {self._credential.get_token(DATABRICKS_SCOPE).token}",
                "X-Databricks-Azure-SP-Management-Token": self._credential.get_token(ARM_SCOPE).token,
                "X-Databricks-Azure-Workspace-Resource-Id": self._resource_id,
            }

        return headers


class TokenSignIn(CredentialsStrategy):
    """Signs each request with one personal access token, whatever DATABRICKS_* variables or profiles say."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def auth_type(self) -> str:
        """The name under which the SDK reports this sign-in."""
        return "pat"

    def __call__(self, cfg: Config) -> Callable[[], dict[str, str]]:  # noqa: ARG002  (the SDK's interface)
        """What the SDK asks for the headers of each request."""
        return lambda: {"Authorization": f"Bearer {self._token.reveal()}"}


class Databricks:
    """One workspace, with its areas as attributes. `host` has no scheme."""

    def __init__(self, host: str, sign_in: CredentialsStrategy) -> None:
        self.host = host
        with translated(f"Databricks workspace {host}"):
            self._sdk = WorkspaceClient(
                config=Config(
                    host=f"https://{host}",
                    credentials_strategy=sign_in,
                    http_timeout_seconds=DATABRICKS_HTTP_SECONDS,
                    retry_timeout_seconds=DATABRICKS_RETRY_SECONDS,
                )
            )
        repeat_with_care(self._sdk)
        self.tokens = Tokens(self._sdk)
        self.clusters = Clusters(self._sdk)
        self.libraries = Libraries(self._sdk)
        self.commands = Commands(self._sdk)
        self.files = WorkspaceFiles(self._sdk)
        self.dbfs = DbfsFiles(self._sdk)
        self.runs = JobRuns(self._sdk)
        self.models = Models(self._sdk)
        self.catalog_models = CatalogModels(self._sdk)
        self.volumes = Volumes(self._sdk)
        self.secret_scopes = SecretScopes(self._sdk)
        self.features = FeatureProbes(self._sdk)

    def content(self) -> Content:
        """What people have made in the workspace; it goes with it."""
        with translated(f"Databricks workspace {self.host}"):
            return content_of(self._sdk)

    def me(self) -> User:
        """Who we are there: the cheapest call that proves the workspace accepts the sign-in."""
        with translated(f"Databricks workspace {self.host}"):
            found = self._sdk.current_user.me()
        return User(found.user_name or found.display_name or "", found.id or "")
