"""The central registry: its secrets, the scope that shows them to prod, and the proof that models arrive there."""

import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest

from tests.unit.fake_azure import vault
from tests.unit.fake_cloud import FakeDatabricks, workspace
from tests.unit.pipeline_walk import Walk, pipeline_cloud
from wizard.clients.access import Verdict
from wizard.clients.models import ModelVersion, TrackedRun
from wizard.clients.secret_scopes import SecretScope
from wizard.clients.tokens import Token
from wizard.clients.vault_secrets import VaultSecret
from wizard.engine.errors import WizardError
from wizard.engine.secrets import Secret
from wizard.engine.step import Outcome, Status
from wizard.steps import model_registry, registry_names
from wizard.steps.central_registry import REGISTRY
from wizard.steps.devops_variables import VARIABLES
from wizard.steps.needed_rights import SECRETS_USER
from wizard.steps.pipeline_model import MODEL_CMR
from wizard.steps.pipeline_variables import NAMES, wanted
from wizard.steps.registry_scope import APPLICATION, SCOPE
from wizard.steps.registry_secrets import KEYS, SECRETS, TOKEN
from wizard.steps.tags import note

CMR_HOST, PROD_HOST = "adb-9.9.azuredatabricks.net", "adb-3.3.azuredatabricks.net"
CMR_TOKEN = "dapi" + "c" * 32
VAULT_ID = "/id/kvregistry"


@dataclass
class HeldSecrets:
    host: str = "kvregistry.vault.azure.net"
    held: dict[str, VaultSecret] = field(default_factory=dict)

    def names(self):
        return sorted(self.held)

    def get(self, name):
        return self.held.get(name)

    def unmarked(self, tag):
        return []

    def set(self, name, value, tags, expires=0.0):
        assert tags == {"mlops-wizard": "wine-cmr"}
        self.held[name] = VaultSecret(name, value, enabled=True, expires=expires)

    def purge(self, name):
        self.held.pop(name, None)


@dataclass
class FakeScopes:
    secrets: HeldSecrets
    scopes: dict[str, SecretScope] = field(default_factory=dict)

    def get(self, name):
        return self.scopes.get(name)

    def create_of_vault(self, name, vault_id, vault_host):
        assert vault_host == self.secrets.host
        self.scopes[name] = SecretScope(name, vault_id)

    def keys(self, name):
        return self.secrets.names()

    def delete(self, name):
        del self.scopes[name]


@dataclass
class FakePrincipals:
    host: str = "graph.microsoft.com"

    def object_id(self, app_id):
        return "object-of-azuredatabricks"


@dataclass
class RegistryCommands:
    """A cluster that reads the scope, and registers models: `into` is where they land."""

    central: FakeDatabricks
    into: FakeDatabricks
    shown: str = "[REDACTED]"
    resolved: bool = True
    ran: list[str] = field(default_factory=list)

    def run(self, cluster_id, code, seconds):
        self.ran.append(code)
        if "dbutils.secrets.get" in code:
            return f"{self.shown}\n" * 3 + json.dumps({"resolved": self.resolved})
        if "create_registered_model" in code:
            self.into.models.registered.append(ModelVersion("wine-prod-probe", "0", "", "", ""))
        elif "delete_registered_model" in code:
            self.into.models.registered.clear()
        return ""


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    cloud = await pipeline_cloud(tmp_path, monkeypatch)
    credential, services = cloud.login.credential, cloud.session.services
    cloud.secrets = HeldSecrets()
    cloud.cmr, cloud.prod = FakeDatabricks(host=CMR_HOST), FakeDatabricks(host=PROD_HOST)
    cloud.prod.secret_scopes = FakeScopes(cloud.secrets)
    cloud.prod.commands = RegistryCommands(cloud.cmr, cloud.cmr)
    cloud.vaults.vaults["kvregistry"] = vault("kvregistry")
    cloud.workspaces.workspaces["dbw-wine-prod"] = workspace("dbw-wine-prod")
    for key, made in (
        (("vault secrets", credential, cloud.secrets.host), cloud.secrets),
        (("service principals", credential), FakePrincipals()),
        (("databricks", credential, CMR_HOST), cloud.cmr),
        (("databricks", credential, PROD_HOST), cloud.prod),
    ):
        await services.get(key, lambda made=made: made)
    known = {
        "databricks.workspaces@cmr": {"host": CMR_HOST, "id": "/id/cmr", "number": "99", "registry": "on"},
        "databricks.workspaces@prod": {"host": PROD_HOST, "id": "/id/prod", "registry": "on"},
        "databricks.cluster@prod": {"name": "wine-prod", "cluster_id": "c3"},
        "databricks.mount@prod": {"path": "/dbfs/mnt/data/winequality-red.csv"},
        "databricks.token@cmr": {"token_id": "t-9", "expires": "4000000000"},
        "databricks.token@prod": {"token_id": "t-3"},
        "keyvault.vault@cmr": {"host": cloud.secrets.host, "name": "kvregistry", "id": VAULT_ID},
    }
    for key, facts in known.items():
        cloud.session.state.remember(key, Outcome(Status.OK, "remembered", facts=facts))
    cloud.session.answers.save({"cmr.key_vault": "kvregistry"})
    cloud.session.secrets.put("DATABRICKS_TOKEN@cmr", Secret(CMR_TOKEN))
    cloud.session.secrets.put("DATABRICKS_TOKEN@prod", Secret("dapi" + "3" * 32))
    cloud.cmr.tokens.tokens = [Token("t-9", "x", 4e9)]
    cloud.prod.tokens.tokens = [Token("t-3", "x", 4e9)]
    await services.get(("databricks with token", CMR_HOST, Secret(CMR_TOKEN)), lambda: cloud.cmr)
    return cloud


def registry_off(cloud, environment="cmr"):
    facts = {**cloud.session.state.facts(f"databricks.workspaces@{environment}"), "registry": "off"}
    cloud.session.state.remember(f"databricks.workspaces@{environment}", Outcome(Status.OK, "off", facts=facts))


class TestSecrets:
    @pytest.fixture
    def walk(self, cloud):
        return Walk(cloud, SECRETS, "cmr")

    async def test_all_three_are_written_and_the_token_ends_with_itself(self, cloud, walk):
        (action,) = await walk.plan()
        assert CMR_TOKEN not in action.command
        assert f"--value https://{CMR_HOST}" in action.command
        outcome = await walk.apply()
        assert outcome.status is Status.OK
        held = {name: each.value.reveal() for name, each in cloud.secrets.held.items()}
        assert held == {"cmr-host": f"https://{CMR_HOST}", "cmr-token": CMR_TOKEN, "cmr-workspace-id": "99"}
        assert cloud.secrets.held[TOKEN].expires == 4e9
        assert await walk.plan() == []
        await walk.undo()
        assert cloud.secrets.held == {}

    @pytest.mark.parametrize(
        ("name", "changes", "said"),
        [
            ("cmr-host", {"value": Secret(CMR_HOST)}, "cmr-host does not begin with https://"),
            ("cmr-host", {"value": Secret("https://elsewhere")}, "cmr-host has another value than the address"),
            ("cmr-token", {"enabled": False}, "cmr-token is disabled"),
            ("cmr-token", {"expires": 1.0}, "cmr-token has expired"),
            ("cmr-workspace-id", {"value": Secret("7")}, "cmr-workspace-id has another value"),
        ],
    )
    async def test_what_differs_is_said_and_written_again(self, cloud, walk, name, changes, said):
        await walk.apply()
        cloud.secrets.held[name] = replace(cloud.secrets.held[name], **changes)
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.TODO, "F31")
        assert said in outcome.message
        assert (await walk.plan())[0].title == f"Write {name} into kvregistry"
        assert (await walk.apply()).status is Status.OK

    async def test_none_is_needed_where_models_go_to_a_catalog(self, cloud, walk):
        registry_off(cloud)
        outcome = await walk.check()
        assert outcome.left_out
        assert "Unity Catalog" in outcome.message
        assert await walk.plan() == []


class TestScope:
    @pytest.fixture
    async def walk(self, cloud):
        await Walk(cloud, SECRETS, "cmr").apply()
        return Walk(cloud, SCOPE, "prod")

    async def test_databricks_is_let_in_first_and_then_the_scope_is_made(self, cloud, walk, monkeypatch):
        monkeypatch.setattr(cloud.access, "check", lambda *_: [Verdict("read", bool(cloud.access.given))])
        assert (await walk.check()).status is Status.TODO
        titles = [action.title for action in await walk.plan()]
        assert titles == [f"Let {APPLICATION} read kvregistry", "Create secret scope cmr"]
        outcome = await walk.apply()
        assert outcome.status is Status.OK
        assert "each shown as [REDACTED]" in outcome.proof
        assert list(cloud.access.given.values()) == [SECRETS_USER.id]
        assert await walk.plan() == []
        await walk.undo()
        assert cloud.prod.secret_scopes.scopes == {}
        assert cloud.access.given == {}

    async def test_where_its_workspace_is_gone_only_the_role_is_taken_back(self, cloud, walk, monkeypatch):
        monkeypatch.setattr(cloud.access, "check", lambda *_: [Verdict("read", bool(cloud.access.given))])
        await walk.apply()
        cloud.workspaces.workspaces.clear()
        monkeypatch.setattr(cloud.prod, "secret_scopes", None)  # nobody answers there any more
        assert [action.title for action in await SCOPE.undo(walk.context)] == [
            f"Take {APPLICATION}'s role on kvregistry back"
        ]

    async def test_a_vault_with_policies_gets_one_that_reads_and_lists(self, cloud, walk):
        cloud.vaults.vaults["kvregistry"] = vault("kvregistry", by_roles=False)
        assert "--secret-permissions get list" in (await walk.plan())[0].command
        await walk.apply()
        assert cloud.vaults.let_in == ["object-of-azuredatabricks"]

    async def test_a_scope_that_shows_something_else_is_left(self, cloud, walk):
        cloud.prod.secret_scopes.scopes["cmr"] = SecretScope("cmr", "/id/another")
        outcome = await walk.check()
        assert outcome.status is Status.FAIL
        assert "shows another, not kvregistry" in outcome.message
        assert await walk.plan() is None
        assert await SCOPE.undo(walk.context) == []

    async def test_a_missing_key_is_for_the_step_that_writes_it(self, cloud, walk):
        cloud.prod.secret_scopes.scopes["cmr"] = SecretScope("cmr", VAULT_ID)
        del cloud.secrets.held[KEYS[0]]
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.TODO, "F31")
        assert "cmr.secrets@cmr" in outcome.fix

    @pytest.mark.parametrize(
        ("changes", "said"),
        [({"shown": "a value"}, "shows a secret's value"), ({"resolved": False}, "leads to another workspace")],
    )
    async def test_values_that_are_shown_and_another_workspace_are_failures(self, cloud, walk, changes, said):
        cloud.prod.secret_scopes.scopes["cmr"] = SecretScope("cmr", VAULT_ID)
        cloud.prod.commands = RegistryCommands(cloud.cmr, cloud.cmr, **changes)
        outcome = await walk.check()
        assert outcome.status is Status.FAIL
        assert said in outcome.message
        assert "a value" not in outcome.message + outcome.proof or "secret's" in outcome.message

    async def test_looking_runs_nothing(self, cloud, walk):
        cloud.prod.secret_scopes.scopes["cmr"] = SecretScope("cmr", VAULT_ID)
        assert (await SCOPE.look(walk.context)).status is Status.OK
        assert cloud.prod.commands.ran == []


class TestRegistry:
    @pytest.fixture
    def walk(self, cloud):
        return Walk(cloud, REGISTRY, "prod")

    async def test_a_model_registered_on_the_cluster_is_seen_in_the_central_registry_and_deleted(self, cloud, walk):
        outcome = await walk.check()
        assert outcome.status is Status.OK
        assert outcome.facts == {"uri": "databricks://cmr:cmr", "model": registry_names.MODEL}
        assert CMR_HOST in outcome.proof
        assert "registry of cmr is on" in outcome.message
        assert cloud.cmr.models.registered == []

    async def test_a_model_that_lands_in_prod_is_a_failure(self, cloud, walk):
        cloud.prod.commands = RegistryCommands(cloud.cmr, cloud.prod)
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F31")
        assert "not in the central registry" in outcome.message
        assert cloud.prod.models.registered == []

    async def test_looking_registers_nothing(self, cloud, walk):
        assert (await REGISTRY.look(walk.context)).facts["uri"] == "databricks://cmr:cmr"
        assert cloud.prod.commands.ran == []

    async def test_the_schema_is_taken_back_while_there_is_somebody_to_ask_for_it(self, cloud, walk):
        facts = {**cloud.session.state.facts("databricks.workspaces@cmr"), "registry": "off", "catalog": "cmr_own"}
        cloud.session.state.remember("databricks.workspaces@cmr", Outcome(Status.OK, "off", facts=facts))
        cloud.cmr.catalog_models = SimpleNamespace(schema_comment=lambda name: f"{note(walk.context)} {name}")
        assert await REGISTRY.undo(walk.context) == [], "the workspace of cmr is gone"
        cloud.workspaces.workspaces["dbw-wine-cmr"] = workspace("dbw-wine-cmr")
        (action,) = await REGISTRY.undo(walk.context)
        assert action.title == "Delete schema cmr_own.models and the model's versions"
        facts = {**facts, "catalog": ""}
        cloud.session.state.remember("databricks.workspaces@cmr", Outcome(Status.OK, "off", facts=facts))
        assert await REGISTRY.undo(walk.context) == [], "the workspace of cmr has no catalog that could have a schema"


class TestProd:
    @pytest.fixture
    def known(self, cloud):
        facts = {"uri": "databricks://cmr:cmr", "model": registry_names.MODEL}
        cloud.session.state.remember("cmr.registry@prod", Outcome(Status.OK, "works", facts=facts))
        return cloud

    async def test_its_group_has_the_registrys_token_as_a_second_secret(self, known):
        walk = Walk(known, VARIABLES, "prod")
        known.session.state.remember("aml.workspaces@prod", Outcome(Status.OK, "", facts={"id": "/id/mlw"}))
        command = (await walk.plan())[0].command
        assert "DATABRICKS_TOKEN=[secret] REGISTRY_TOKEN=[secret]" in command
        assert "REGISTRY_URI=databricks://cmr:cmr" in command
        assert wanted(walk.context).keys() == NAMES
        outcome = await walk.apply()
        assert outcome.status is Status.OK
        assert "2 of them secret" in outcome.message
        assert known.devops.variables.secrets["REGISTRY_TOKEN"] == CMR_TOKEN
        assert known.devops.variables.groups["prod-env"].variables["REGISTRY_HOST"].value == f"https://{CMR_HOST}"
        known.cmr.tokens.tokens = []
        dead = await walk.check()
        assert (dead.status, dead.diagnosis) == (Status.TODO, "F04")
        assert "REGISTRY_TOKEN" in dead.message

    async def test_its_model_must_be_in_the_central_registry_and_nowhere_else(self, known):
        facts = {"run": "42", "number": "20261125.2"}
        known.session.state.remember("devops.run-prod@prod", Outcome(Status.OK, "ran", facts=facts))
        tags = {"pipeline_run": "42", "commit": "a" * 40}
        known.prod.models.tracked = [TrackedRun("r7", "FINISHED", {"r2": 0.38}, {}, tags)]
        walk, version = Walk(known, MODEL_CMR, "prod"), ModelVersion(registry_names.MODEL, "1", "r7", "READY", "None")
        known.prod.models.registered = [version]
        assert (await walk.check()).status is Status.FAIL
        known.cmr.models.registered = [version]
        strayed = await walk.check()
        assert strayed.status is Status.FAIL
        assert "prod's own registry, too" in strayed.message
        known.prod.models.registered = []
        outcome = await walk.check()
        assert outcome.status is Status.OK
        assert CMR_HOST in outcome.proof
        assert "the workspace registry of prod does not have it" in outcome.proof

    def test_the_registry_is_asked_for_only_once_it_is_known(self, cloud):
        with pytest.raises(WizardError, match="not known to work"):
            model_registry.of(Walk(cloud, MODEL_CMR, "prod").context)


def test_an_own_workspace_without_the_legacy_registry_has_its_catalog(cloud):
    context = Walk(cloud, MODEL_CMR, "test").context
    assert model_registry.of(context).uri == "databricks"
    facts = {"host": "h", "registry": "off", "catalog": "dbw_wine_test"}
    cloud.session.state.remember("databricks.workspaces@test", Outcome(Status.OK, "", facts=facts))
    assert model_registry.of(context) == model_registry.Registry(
        "databricks-uc", f"dbw_wine_test.default.{registry_names.MODEL}"
    )
