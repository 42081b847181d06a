"""Workspaces as new accounts have them: no mounts and no workspace registry, so the jobs go by volume and catalog."""

import json
import os
import shutil
import subprocess
import sys

import mlflow
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, DatabricksError, PermissionDenied
from databricks.sdk.service.catalog import VolumeType

from jobs import batch_score, predict, registry, train, train_on_cluster
from jobs.registry import ModelChoice, RegistryError
from tests.rehearsal import ROOT
from tests.sandbox.catalog_places import signed_in
from tests.sandbox.conftest import VERY_FAST, RunningCloud
from wizard.sandbox import control
from wizard.sandbox.scenarios.player import Player

pytestmark = pytest.mark.xdist_group("new-workspaces")  # what they share is made once

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
UC = "databricks-uc"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A workspace in a cloud of its own in which the scenario is played, with a cluster of the pipeline's."""
    folder = tmp_path_factory.mktemp("new")
    control.start(folder, VERY_FAST)
    try:
        with Player(folder) as player:
            player.play("x-new-workspaces")
        with signed_in(RunningCloud(folder, control.environment(folder)), "dbw-new"):
            yield WorkspaceClient()
    finally:
        control.stop(folder)


@pytest.fixture(scope="module")
def catalog(client):
    return str(client.metastores.current().default_catalog_name)


@pytest.fixture(scope="module")
def volume(client, catalog):
    client.volumes.create(catalog, "default", "data", VolumeType.MANAGED)
    path = f"/Volumes/{catalog}/default/data"
    with DATA.open("rb") as file:
        client.files.upload(f"{path}/wine.csv", file)
    return path


@pytest.fixture(scope="module")
def model(catalog):
    return f"{catalog}.default.wine"


@pytest.fixture(scope="module")
def trained(client, volume, model, tmp_path_factory):
    """What the pipeline's training on a cluster came to; twice, so that newest and first differ."""
    client.clusters.create(
        cluster_name="pipeline", spark_version="17.3.x-cpu-ml-scala2.13", node_type_id="Standard_DS3_v2",
        num_workers=0, autotermination_minutes=20,
    )  # fmt: skip
    results = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_on_cluster, "PAUSE", 0.3)
        for number in ("1", "2"):
            result = tmp_path_factory.mktemp("result") / "model.json"
            patch.setenv("BUILD_BUILDID", number)
            train_on_cluster.main([
                "--cluster", "pipeline", "--data", f"{volume}/wine.csv", "--experiment", "/Shared/new",
                "--registry-uri", UC, "--model-name", model, "--result", str(result), "--minutes", "5",
            ])  # fmt: skip
            results.append(json.loads(result.read_text()))
    return results


@pytest.fixture(autouse=True)
def _as_before():
    """MLflow's addresses are this process's own; give them back."""
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    yield
    mlflow.set_tracking_uri(before[0])
    mlflow.set_registry_uri(before[1])


def test_what_is_old_is_off(client):
    with pytest.raises(DatabricksError, match=r"Public DBFS root is disabled"):
        list(client.dbfs.list("/"))
    with pytest.raises(PermissionDenied, match="legacy workspace model registry is disabled"):
        client.model_registry.create_model("wine")
    with pytest.raises(BadRequest, match="Metastore storage root URL does not exist"):
        client.catalogs.create("more")


def test_training_on_a_cluster_registers_versions_with_their_runs_and_the_alias(client, trained, model):
    versions = {each.version: each for each in client.model_versions.list(model)}
    for number, result in enumerate(trained, 1):
        assert (result["model_version"], result["registry_uri"]) == (str(number), UC)
        assert versions[number].run_id == result["run_id"]
        assert client.experiments.get_run(result["run_id"]).run.data.metrics
    assert str(versions[2].run_workspace_id) == str(client.get_workspace_id())
    assert client.model_versions.get_by_alias(model, "champion").version == 2


@pytest.mark.parametrize(("choice", "number"), [({}, "2"), ({"alias": "champion"}, "2"), ({"version": "1"}, "1")])
def test_an_agent_finds_a_version_and_downloads_it(trained, model, tmp_path, choice, number):
    found = registry.find(ModelChoice(UC, model, **choice), {})
    assert (found.version, found.run_id) == (number, trained[int(number) - 1]["run_id"])
    assert found.registry == f"{os.environ['DATABRICKS_HOST']} {UC}"
    assert found.lineage["registered_model"] == model
    assert found.plain_name == "wine"
    folder = registry.download(found, tmp_path / "files")
    assert "scikit-learn==" in (folder / "requirements.txt").read_text()


def test_a_version_must_be_of_the_run_that_is_named(trained, model):
    first, second = trained
    assert registry.find(ModelChoice(UC, model, "2", run_id=second["run_id"]), {}).version == "2"
    with pytest.raises(RegistryError, match="is not the registry to which the model went"):
        registry.find(ModelChoice(UC, model, "2", run_id=first["run_id"]), {})


def test_a_registry_that_broke_off_is_not_the_newest(client, trained, model):
    """A version without files stays PENDING_REGISTRATION in Unity Catalog."""
    body = {"name": model, "source": "dbfs:/nowhere"}
    client.api_client.do("POST", "/api/2.0/mlflow/unity-catalog/model-versions/create", body=body)
    assert registry.find(ModelChoice(UC, model), {}).version == "2"
    client.model_versions.delete(model, 3)


def test_an_agent_predicts_and_scores_with_the_champion(trained, model, tmp_path, capsys):
    predict.main(["--registry-uri", UC, "--model-name", model, "--model-alias", "champion"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["version"], len(said["predictions"])) == ("2", len(predict.KNOWN_ROWS))
    data = shutil.copy(DATA, tmp_path)
    command = [
        sys.executable, "-m", "jobs.batch_score", "--data", str(data), "--experiment", "/Shared/new",
        "--registry-uri", UC, "--model-name", model, "--alias", "champion",
    ]  # fmt: skip
    scored = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert scored.returncode == 0, scored.stderr[-2000:]
    assert f"{model} version 2 scored 1599 rows" in scored.stdout
    assert (tmp_path / "winequality-red-enriched.csv").is_file()


def test_a_job_says_in_one_line_what_unity_catalog_refuses(catalog, tmp_path):
    data = shutil.copy(DATA, tmp_path)
    ask = ["--data", str(data), "--experiment", "/Shared/new", "--registry-uri", UC, "--model-name"]
    with pytest.raises(SystemExit, match=r"^error: MLflow .* specify all three levels"):
        train.main([*ask, "default.wine"])
    with pytest.raises(SystemExit, match=f"has no version of {catalog}.default.nothing"):
        batch_score.main([*ask, f"{catalog}.default.nothing"])
    with pytest.raises(SystemExit, match="knows aliases and no stages"):
        batch_score.main([*ask, f"{catalog}.default.wine", "--stage", "Production"])
