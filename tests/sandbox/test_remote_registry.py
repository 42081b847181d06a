"""`databricks://cmr:cmr`: unmodified MLflow on a cluster registers in another workspace, by the secrets of a vault."""

import io

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import ResourceDoesNotExist
from databricks.sdk.service.workspace import AclPermission, ImportFormat, ScopeBackendType

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.test_vault_scopes import output_of
from tests.sandbox.vault_scopes import Notebook, Place, Somebody, Vault, answer_of
from tests.sandbox.workspaces import WorkspaceAccess, new_workspace

pytestmark = pytest.mark.xdist_group("remote-registry")  # what they share is made once

DEPRECATION = "Accessing remote workspace model registries using registry URIs of the form 'databricks://scope:prefix'"
MODEL = "shared-model"
REGISTER = f"""
import json, sys, numpy, mlflow
from mlflow import MlflowClient
from sklearn.linear_model import LinearRegression
mlflow.set_tracking_uri("databricks")
mlflow.set_registry_uri("databricks://cmr:cmr")
mlflow.set_experiment("/Shared/remote")
inputs = numpy.arange(20.0).reshape(10, 2)
with mlflow.start_run() as run:
    logged = mlflow.sklearn.log_model(
        LinearRegression().fit(inputs, inputs.sum(axis=1)), name="model", pip_requirements=["scikit-learn"]
    )
location = mlflow.get_logged_model(logged.model_id).artifact_location
client = MlflowClient()
if not client.search_registered_models("name='{MODEL}'"):
    client.create_registered_model("{MODEL}")
version = client.create_model_version("{MODEL}", location, run_id=run.info.run_id)
print(json.dumps(dict(run=run.info.run_id, version=version.version, source=version.source, link=version.run_link)))
"""
ASK = """
from mlflow import MlflowClient
print(len(MlflowClient(registry_uri="databricks://{scope}:cmr").search_registered_models()))
"""
MASKED = "[REDACTED]"


@pytest.fixture(scope="module")
def place(in_workspace: WorkspaceAccess, cloud: RunningCloud) -> Place:
    return Place(cloud, in_workspace)


@pytest.fixture(scope="module")
def central(cloud: RunningCloud) -> WorkspaceAccess:
    """The workspace of the central model registry."""
    return new_workspace(cloud.environment, "dbw-cmr")


@pytest.fixture(scope="module")
def vault(place: Place, central: WorkspaceAccess) -> Vault:
    vault = place.vault(roles=False)
    return vault.fill(cmr_host=central.host, cmr_token=central.token, cmr_workspace_id=central.workspace_id)


@pytest.fixture(scope="module")
def notebook(place: Place, vault: Vault) -> Notebook:
    make_scope(place, "cmr", vault)
    return Notebook(place.client)


def make_scope(place: Place, name: str, vault: Vault) -> None:
    kind = ScopeBackendType.AZURE_KEYVAULT
    place.client.secrets.create_scope(name, scope_backend_type=kind, backend_azure_keyvault=vault.metadata)


def registry_of(central: WorkspaceAccess):
    return WorkspaceClient(host=central.host, token=central.token).model_registry


def version_there(central: WorkspaceAccess, number: str):
    [found] = registry_of(central).search_model_versions(filter=f"name='{MODEL}' and version_number={number}")
    return found


@pytest.fixture(scope="module")
def by_command(notebook: Notebook) -> str:
    """What registering from a command showed."""
    return notebook.shown(REGISTER)


def test_a_command_registers_in_the_other_workspace(place, notebook, central, by_command):
    registered = answer_of(by_command)
    assert DEPRECATION in by_command
    found = version_there(central, registered["version"])
    assert (found.run_id, found.source) == (registered["run"], registered["source"])
    assert found.source.startswith(f"dbfs:/databricks/mlflow/tmp-external-source/{registered['run']}/")
    files = {file.path.rpartition("/")[2] for file in files_at(central, found.source)}
    assert {"MLmodel", "model.pkl"} <= files or {"MLmodel", "model.skops"} <= files
    with pytest.raises(ResourceDoesNotExist):
        place.client.model_registry.get_model(MODEL)


def files_at(central: WorkspaceAccess, path: str):
    return WorkspaceClient(host=central.host, token=central.token).dbfs.list(path.removeprefix("dbfs:"))


def test_a_model_of_the_other_workspace_is_loaded_here(notebook, by_command):
    code = f"""
    import mlflow, numpy
    model = mlflow.pyfunc.load_model("models://cmr:cmr@databricks/{MODEL}/1")
    print(round(float(model.predict(numpy.array([[3.0, 4.0]]))[0]), 6))
    """
    assert notebook.shown(code).splitlines()[-1] == "7.0"


def test_a_job_registers_there_and_the_version_links_to_its_run(place, notebook, central, by_command):
    path = "/Shared/remote-jobs/register.py"
    place.client.workspace.mkdirs("/Shared/remote-jobs")
    place.client.workspace.upload(path, io.BytesIO(REGISTER.encode()), format=ImportFormat.AUTO, overwrite=True)
    shown = output_of(place.client, notebook.cluster, path)
    assert shown.error is None, shown.error_trace
    assert DEPRECATION in shown.logs
    registered = answer_of(shown.logs)
    found = version_there(central, registered["version"])
    assert found.run_id == registered["run"]
    workspace = place.workspace
    link = f"{workspace.host}?o={workspace.workspace_id}#mlflow/experiments/"
    assert found.run_link.startswith(link)
    assert found.run_link.endswith(f"/runs/{registered['run']}")
    run = place.client.experiments.get_run(registered["run"]).run
    tags = {tag.key: tag.value for tag in run.data.tags}
    assert tags["mlflow.source.type"] == "JOB"
    assert tags["mlflow.databricks.jobID"].isdigit()


class TestWhatKeepsItFromResolving:
    """The causes of F31, each by what the cluster says."""

    def ask(self, place: Place, notebook: Notebook, name: str, **secrets: str) -> str:
        make_scope(place, name, place.vault(roles=False).fill(**secrets))
        return notebook.failed(ASK.format(scope=name))

    def test_no_scope(self, notebook):
        said = notebook.failed(ASK.format(scope="nowhere"))
        assert "Secret does not exist with scope: nowhere and key: cmr-workspace-id" in said
        said = notebook.failed('dbutils.secrets.list("nowhere")')
        assert "RESOURCE_DOES_NOT_EXIST: Scope nowhere does not exist!" in said

    def test_no_token(self, place, notebook, central):
        about = {"cmr_host": central.host, "cmr_workspace_id": central.workspace_id}
        said = self.ask(place, notebook, "no-token", **about)
        assert "Secret does not exist with scope: no-token and key: cmr-token" in said
        assert "The hostname and credentials configured by databricks://no-token:cmr is invalid." in said
        keys = notebook.shown('print(*sorted(item.key for item in dbutils.secrets.list("no-token")))')
        assert keys == "cmr-host cmr-workspace-id"

    def test_no_workspace_id(self, place, notebook, central):
        said = self.ask(place, notebook, "no-id", cmr_host=central.host, cmr_token=central.token)
        assert "Secret does not exist with scope: no-id and key: cmr-workspace-id" in said

    def test_a_token_of_another_workspace(self, place, notebook, central):
        about = {"cmr_host": central.host, "cmr_workspace_id": central.workspace_id}
        said = self.ask(place, notebook, "other", cmr_token=place.workspace.token, **about)
        assert f"RestException: 403: Invalid access token. Config: host={MASKED}" in said
        assert place.workspace.token not in said

    def test_a_token_that_has_been_revoked(self, place, notebook, central):
        about = {"cmr_host": central.host, "cmr_workspace_id": central.workspace_id}
        client = WorkspaceClient(host=central.host, token=central.token)
        made = client.tokens.create(comment="ends", lifetime_seconds=600)
        client.tokens.delete(made.token_info.token_id)
        assert "403: Invalid access token." in self.ask(place, notebook, "ended", cmr_token=made.token_value, **about)

    def test_a_closed_vault(self, place, notebook):
        vault = place.vault(roles=True).fill(cmr_host="https://nowhere")
        make_scope(place, "closed", vault)
        said = notebook.failed(ASK.format(scope="closed"))
        assert f"INVALID_STATE: Databricks could not access keyvault: {vault.address}" in said

    def test_no_permission_on_the_scope(self, place, notebook):
        somebody = Somebody(place)
        theirs = Notebook(place.signed_in(somebody.credential), notebook.cluster)
        words = f"PERMISSION_DENIED: User {somebody.client_id} does not have READ permission on scope cmr"
        assert words in theirs.failed(ASK.format(scope="cmr"))
        place.client.secrets.put_acl("cmr", somebody.client_id, AclPermission.READ)
        assert theirs.shown(ASK.format(scope="cmr")).splitlines()[-1].isdigit()

    def test_a_host_without_its_scheme_is_completed(self, place, notebook, central):
        """MLflow 3.17 leaves it to databricks-sdk, which puts https:// before it; older versions failed."""
        host = central.host.removeprefix("https://")
        about = {"cmr_host": host, "cmr_token": central.token, "cmr_workspace_id": central.workspace_id}
        make_scope(place, "bare", place.vault(roles=False).fill(**about))
        shown = notebook.shown(REGISTER.replace("//cmr:", "//bare:"))
        assert answer_of(shown)["version"].isdigit()
