"""The pipeline before it deploys, against a workspace: train on its cluster, find and download the version."""

import json

import mlflow
import pytest
from databricks.sdk import WorkspaceClient

from jobs import registry, train_on_cluster
from jobs.registry import ModelChoice
from tests.rehearsal import ROOT

pytestmark = pytest.mark.xdist_group("train-on-cluster")  # what they share is made once

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
MODEL = "wine-of-the-pipeline"


@pytest.fixture(scope="module")
def client(in_workspace):
    """The workspace, with a cluster of the name the pipeline knows and the data on it."""
    client = WorkspaceClient()
    with client.dbfs.open("/pipeline/wine.csv", write=True, overwrite=True) as file:
        file.write(DATA.read_bytes())
    client.clusters.create(
        cluster_name="pipeline", spark_version="15.4.x-cpu-ml-scala2.12", node_type_id="Standard_DS3_v2",
        num_workers=0, autotermination_minutes=20,
    )  # fmt: skip
    return client


def test_it_trains_there_and_the_version_can_be_found_and_loaded_here(client, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train_on_cluster, "PAUSE", 0.5)
    monkeypatch.setenv("BUILD_BUILDID", "17")
    monkeypatch.setenv("BUILD_SOURCEVERSION", "abc123")
    result = tmp_path / "model.json"
    train_on_cluster.main([
        "--cluster", "pipeline", "--data", "/dbfs/pipeline/wine.csv", "--experiment", "/Shared/pipeline",
        "--model-name", MODEL, "--result", str(result), "--minutes", "3",
    ])  # fmt: skip
    trained = json.loads(result.read_text())
    assert "r2=0.37977560" in capsys.readouterr().out
    tags = {tag.key: tag.value for tag in client.experiments.get_run(trained["run_id"]).run.data.tags}
    assert (tags["commit"], tags["pipeline_run"], tags["run_key"]) == ("abc123", "17", "pipeline-17-1-1")

    found = registry.find(ModelChoice("databricks", MODEL, trained["model_version"]), {})
    assert found.run_id == trained["run_id"]
    assert found.registry.startswith("https://")
    folder = registry.download(found, tmp_path / "download")
    assert "scikit-learn==" in (folder / "requirements.txt").read_text()
    assert len(mlflow.pyfunc.load_model(str(folder)).predict(mlflow.pyfunc.load_model(str(folder)).input_example)) == 3
