"""Tracking and registry of a workspace with MLflow's own client and command, unmodified."""

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy
import psutil
import pytest
from databricks.sdk import WorkspaceClient
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.store.artifact.databricks_artifact_repo import DatabricksArtifactRepository
from sklearn.linear_model import LinearRegression

from tests.sandbox.workspaces import http_client

pytestmark = pytest.mark.xdist_group("mlflow")  # what they share is made once

EXPERIMENT = "/Shared/tracking"
MODEL = "tiny-model"
INPUTS = numpy.arange(20.0).reshape(10, 2)
OUTPUTS = INPUTS.sum(axis=1)


@pytest.fixture(scope="module", autouse=True)
def databricks_uris(in_workspace):
    mlflow.set_tracking_uri("databricks")
    mlflow.set_registry_uri("databricks")
    yield
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


@dataclass(frozen=True)
class Trained:
    run_id: str
    model_id: str
    location: str
    version: str


@pytest.fixture(scope="module")
def trained():
    """A run with a parameter, a metric, an artifact and a logged model, which is registered."""
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run() as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.log_param("split_seed", 3)
        mlflow.log_metric("r2", 0.5)
        mlflow.log_text("eleven features", "notes/data.txt")
        info = mlflow.sklearn.log_model(
            LinearRegression().fit(INPUTS, OUTPUTS),
            name="model",
            signature=infer_signature(INPUTS, OUTPUTS),
            input_example=INPUTS[:2],
            pip_requirements=["scikit-learn"],
        )
    client = MlflowClient()
    location = mlflow.get_logged_model(info.model_id).artifact_location
    client.create_registered_model(MODEL)
    version = client.create_model_version(MODEL, location, run_id=run.info.run_id)
    return Trained(run.info.run_id, info.model_id, location, version.version)


def test_a_run_keeps_what_was_logged_and_belongs_to_the_caller(trained, cloud):
    run = MlflowClient().get_run(trained.run_id)
    assert run.data.params == {"split_seed": "3"}
    assert run.data.metrics == {"r2": 0.5}
    assert run.info.status == "FINISHED"
    assert run.info.user_id == run.data.tags["mlflow.user"] == cloud.environment["AZURE_CLIENT_ID"]
    assert run.info.artifact_uri.startswith("dbfs:/databricks/mlflow-tracking/")


def test_artifacts_list_and_come_back(trained):
    client = MlflowClient()
    assert [item.path for item in client.list_artifacts(trained.run_id)] == ["notes"]
    [file] = client.list_artifacts(trained.run_id, "notes")
    assert (file.path, file.is_dir, file.file_size) == ("notes/data.txt", False, len("eleven features"))
    assert mlflow.artifacts.load_text(f"runs:/{trained.run_id}/notes/data.txt") == "eleven features"


def test_a_logged_model_stands_where_databricks_keeps_it(trained):
    assert f"/logged_models/{trained.model_id}/artifacts" in trained.location
    model = mlflow.pyfunc.load_model(f"models:/{trained.model_id}")
    assert model.predict(INPUTS[:3]) == pytest.approx(OUTPUTS[:3])
    assert model.metadata.signature.inputs.input_types()


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_version_carries_its_run_and_is_loaded_by_its_stage(trained):
    client = MlflowClient()
    [version] = client.search_model_versions(f"name='{MODEL}'")
    assert (version.version, version.run_id, version.status) == (trained.version, trained.run_id, "READY")
    client.transition_model_version_stage(MODEL, trained.version, "Staging")
    [staged] = client.get_latest_versions(MODEL, ["Staging"])
    assert staged.version == trained.version
    model = mlflow.pyfunc.load_model(f"models:/{MODEL}/Staging")
    assert model.predict(INPUTS[:3]) == pytest.approx(OUTPUTS[:3])


def test_the_registry_answers_databricks_sdk(trained):
    registry = WorkspaceClient().model_registry
    model = registry.get_model(MODEL).registered_model_databricks
    assert model.name == MODEL
    assert model.id
    moved = registry.transition_stage(MODEL, trained.version, "Production", False).model_version_databricks
    assert moved.current_stage == "Production"
    assert [item.name for item in registry.list_models()] == [MODEL]


def test_databricks_sdk_deletes_by_query(in_workspace):
    registry = WorkspaceClient().model_registry
    registry.create_model("short-lived")
    version = registry.create_model_version("short-lived", source="dbfs:/nowhere").model_version.version
    registry.delete_model_version("short-lived", version)
    assert list(registry.search_model_versions(filter="name='short-lived'")) == []
    registry.delete_model("short-lived")
    assert "short-lived" not in [each.name for each in registry.list_models()]


def test_experiments_are_paths_below_folders_that_exist(trained):
    with pytest.raises(MlflowException, match="must be an absolute path within the Databricks workspace"):
        mlflow.create_experiment("tracking")
    with pytest.raises(MlflowException, match="Parent directory /Shared/nowhere does not exist"):
        mlflow.create_experiment("/Shared/nowhere/tracking")
    with pytest.raises(MlflowException, match=f"Node named '{EXPERIMENT}' already exists"):
        mlflow.create_experiment(EXPERIMENT)


def test_there_is_no_default_experiment(trained):
    names = [experiment.name for experiment in mlflow.search_experiments()]
    assert EXPERIMENT in names
    assert "Default" not in names
    with pytest.raises(MlflowException, match="No experiment was found"):
        MlflowClient().create_run("0")
    listed = [experiment.name for experiment in WorkspaceClient().experiments.list_experiments()]
    assert sorted(listed) == sorted(names)


def test_an_experiment_stands_in_the_workspace_tree(trained):
    client = WorkspaceClient()
    experiment = mlflow.get_experiment_by_name(EXPERIMENT)
    found = {entry.path: entry for entry in client.workspace.list("/Shared")}
    assert str(found[EXPERIMENT].object_id) == experiment.experiment_id
    gone = mlflow.create_experiment("/Shared/gone")
    MlflowClient().delete_experiment(gone)
    assert "/Shared/gone" not in {entry.path for entry in client.workspace.list("/Shared")}
    MlflowClient().restore_experiment(gone)
    assert "/Shared/gone" in {entry.path for entry in client.workspace.list("/Shared")}


def test_aliases_are_refused_by_client_and_service(trained, in_workspace, cloud):
    with pytest.raises(MlflowException, match="unsupported for models in the Workspace Model Registry"):
        MlflowClient().set_registered_model_alias(MODEL, "champion", trained.version)
    with http_client(cloud.environment) as http:
        http.headers["Authorization"] = f"Bearer {in_workspace.token}"
        body = {"name": MODEL, "alias": "champion", "version": trained.version}
        answer = http.post(f"{in_workspace.host}/api/2.0/mlflow/registered-models/alias", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_the_unity_catalog_registry_is_another(trained):
    with pytest.raises(MlflowException, match="CATALOG_DOES_NOT_EXIST"):
        MlflowClient(registry_uri="databricks-uc").create_registered_model("main.default.model")


def test_the_signed_fallback_carries_run_artifacts(trained, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_DATABRICKS_SDK_FOR_RUN_ARTIFACTS", "true")
    content = os.urandom(50_000)
    (tmp_path / "weights.bin").write_bytes(content)
    client = MlflowClient()
    client.log_artifact(trained.run_id, str(tmp_path / "weights.bin"), "signed")
    assert [item.path for item in client.list_artifacts(trained.run_id, "signed")] == ["signed/weights.bin"]
    back = client.download_artifacts(trained.run_id, "signed/weights.bin", str(tmp_path))
    assert Path(back).read_bytes() == content


def test_the_signed_fallback_carries_logged_models(trained, tmp_path):
    (tmp_path / "extra.txt").write_text("extra")
    repository = DatabricksArtifactRepository(trained.location)
    repository.log_artifact(str(tmp_path / "extra.txt"), "more")
    assert [item.path for item in repository.list_artifacts("more")] == ["more/extra.txt"]
    back = repository.download_artifacts("more/extra.txt", str(tmp_path))
    assert Path(back).read_text() == "extra"


def test_the_command_finds_and_downloads(trained, in_workspace, cloud, tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "MLFLOW_TRACKING_URI": "databricks",
        "DATABRICKS_HOST": in_workspace.host,
        "DATABRICKS_TOKEN": in_workspace.token,
        **{name: value for name, value in cloud.environment.items() if not name.startswith("AZURE_")},
    }

    lines = [
        ["experiments", "search"],
        ["artifacts", "download", "--run-id", trained.run_id, "--artifact-path", "notes", "--dst-path", "."],
    ]
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "mlflow", *line],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in lines
    ]
    (searched, *_), (_, trouble) = [command.communicate(timeout=120) for command in commands]
    assert EXPERIMENT in searched
    assert (tmp_path / "notes" / "data.txt").read_text() == "eleven features", trouble


def test_a_wrong_token_is_refused(in_workspace, monkeypatch):
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi" + "0" * 32)
    with pytest.raises(MlflowException, match="Invalid access token"):
        mlflow.search_experiments()


def test_a_server_that_died_comes_back_with_all_it_knew(trained, in_workspace):
    [server] = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if "mlflow.server.fastapi_app:app" in (process.info["cmdline"] or [])
        and in_workspace.workspace_id in (process.info["environ"] or {}).get("_MLFLOW_SERVER_FILE_STORE", "")
        and "uvicorn" in process.info["cmdline"][2]
    ]
    server.kill()
    server.wait(10)
    assert MlflowClient().get_run(trained.run_id).data.metrics == {"r2": 0.5}
