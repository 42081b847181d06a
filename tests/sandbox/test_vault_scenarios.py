"""The scenarios of secret scopes over key vaults: played, seen with real clients, cleared, and gone."""

from collections.abc import Callable, Iterator

import pytest
from azure.core.exceptions import HttpResponseError
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.vault_scopes import Place, Vault
from tests.sandbox.workspaces import DATABRICKS, WorkspaceAccess
from wizard.engine.diagnosis import diagnose
from wizard.engine.errors import ServiceError
from wizard.sandbox.control import SandboxError
from wizard.sandbox.scenarios.catalogue import scenario
from wizard.sandbox.scenarios.player import Player

pytestmark = pytest.mark.xdist_group("vault-scenarios")  # what they share is made once


class Registry:
    """A scope over a vault that holds what MLflow needs to know of the registry's workspace: this same one."""

    def __init__(self, place: Place, workspace: WorkspaceAccess) -> None:
        self.place = place
        about = {"cmr_host": workspace.host, "cmr_workspace_id": workspace.workspace_id}
        self.vault: Vault = place.vault(roles=False).fill(cmr_token=workspace.token, **about)
        self.scope = place.scope(self.vault)

    def make_another(self) -> None:
        self.place.client.secrets.delete_scope(self.place.scope(self.vault))

    def read(self) -> None:
        self.place.client.secrets.get_secret(self.scope, "cmr-token")

    def keys(self) -> None:
        list(self.place.client.secrets.list_secrets(self.scope))

    def ask(self) -> None:
        """As MLflow asks the registry, with the token that the scope shows."""
        read = self.place.client.dbutils.secrets.get
        WorkspaceClient(host=read(self.scope, "cmr-host"), token=read(self.scope, "cmr-token")).current_user.me()

    def read_in_vault(self) -> None:
        self.vault.secrets.get_secret("cmr-token")

    def look_up(self) -> None:
        answer = self.place.graph(f"servicePrincipals(appId='{DATABRICKS}')")
        if answer.is_error:
            raise HttpResponseError(answer.json()["error"]["code"])


@pytest.fixture(scope="module")
def registry(in_workspace: WorkspaceAccess, cloud: RunningCloud) -> Registry:
    return Registry(Place(cloud, in_workspace), in_workspace)


@pytest.fixture
def player(cloud: RunningCloud) -> Iterator[Player]:
    with Player(cloud.folder) as player:
        yield player
        player.clear()


# Scenario -> what fails while it is played, and in which words; several where it shows in more than one place.
SIGHTS: dict[str, list[tuple[Callable[[Registry], None], str]]] = {
    "f29-vault-scopes-for-people": [(Registry.make_another, "key not found: https://graph.windows.net/")],
    "f30-directory-closed": [
        (Registry.make_another, "Authorization_RequestDenied"),
        (Registry.look_up, "Authorization_RequestDenied"),
    ],
    "f30-no-rights-on-vault": [(Registry.make_another, "Unknown error with status code 403")],
    "f30-vault-closed-to-databricks": [
        (Registry.read, "Databricks could not access keyvault"),
        (Registry.keys, "Databricks could not access keyvault"),
    ],
    "f30-vault-firewall": [
        (Registry.read, "Databricks could not access keyvault"),
        (Registry.read_in_vault, "ForbiddenByFirewall"),
    ],
    "f31-scope-missing": [(Registry.read, "Scope [\\w-]+ does not exist!")],
    "f31-secret-missing": [(Registry.read, "Secret does not exist with scope: [\\w-]+ and key: cmr-token")],
    "f31-token-refused": [(Registry.ask, "Invalid access token")],
    "f31-no-read-on-scope": [(Registry.read, "does not have READ permission on scope")],
}


@pytest.mark.parametrize("name", SIGHTS)
def test_a_scenario_is_played_and_cleared(registry: Registry, player: Player, name: str) -> None:
    for look, _ in SIGHTS[name]:
        look(registry)
    player.play(name)
    said = []
    for look, words in SIGHTS[name]:
        with pytest.raises((DatabricksError, HttpResponseError), match=words) as caught:
            look(registry)
        said.append(str(caught.value))
    player.clear(name)
    for look, _ in SIGHTS[name]:
        look(registry)
    if name != "f31-token-refused":  # told from any other refused token only where the host is redacted
        found = diagnose(ServiceError(said[0]), {})
        assert found is not None
        assert found.rule.id == scenario(name).failure


def test_there_must_be_something_to_act_on(registry: Registry, player: Player) -> None:
    player.play("f31-scope-missing")
    with pytest.raises(SandboxError, match="no workspace has a secret scope over a key vault yet"):
        player.play("f31-no-read-on-scope")
