"""Deploying, with Azure ML held in memory: what is made, what is found again, what is waited for, what is told."""

import json
from types import SimpleNamespace

import pytest
from azureml.core import Environment
from azureml.exceptions import ComputeTargetException, WebserviceException
from mlflow.tracking import MlflowClient

from jobs import aks, azure_ml, deploy
from jobs.aks import ClusterError
from jobs.azure_ml import SignInError
from jobs.deploy import DeployError, main
from jobs.deploy_settings import deploy_settings
from jobs.registry import RegistryError
from jobs.settings import MODEL_NAME, TrainSettings
from jobs.train import train
from tests.rehearsal import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of azureml-core's own YAML reader
DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
KEY = "the-key-of-the-service"
NAMES = ["--subscription-id", "s", "--resource-group", "g", "--workspace-name", "w", "--service", "wine",
         "--aks-cluster", "aks-wine"]  # fmt: skip


class FakeAzure:
    """Models, clusters and services of one workspace; `states` are what a cluster is in turn."""

    def __init__(self):
        self.models, self.clusters, self.services = [], {}, {}
        self.states, self.errors, self.calls, self.outcome = ["Succeeded"], None, [], "Healthy"

    # models
    def list(self, workspace, name=None):
        return [model for model in self.models if model.name == name]

    def register(self, workspace, model_path, model_name, tags=None, properties=None):
        self.calls.append("register")
        number = len(self.models) + 1
        model = SimpleNamespace(id=f"{model_name}:{number}", name=model_name, tags=tags, properties=properties)
        self.models.append(model)
        return model

    # clusters
    def cluster(self, workspace, name):
        if name not in self.clusters:
            raise ComputeTargetException(f"ComputeTargetNotFound: Compute Target with name {name} not found")
        return self.clusters[name]

    def create(self, workspace, name, configuration):
        self.calls.append("create cluster")
        self.clusters[name] = FakeCluster(self, name)
        return self.clusters[name]

    # services
    def service(self, workspace, name):
        if name not in self.services:
            raise WebserviceException(f"WebserviceNotFound: Webservice with name {name} not found")
        return self.services[name]

    def deploy(self, workspace, name, models, inference, configuration, target, overwrite=False):
        self.calls.append("deploy")
        self.services[name] = FakeService(self, name, models, inference, configuration.tags, target.name)
        return self.services[name]


class FakeCluster:
    type = "AKS"

    def __init__(self, azure, name):
        self.azure, self.name = azure, name
        self.refresh_state()

    def refresh_state(self):
        states = self.azure.states
        self.provisioning_state = states.pop(0) if len(states) > 1 else states[0]
        self.provisioning_errors = self.azure.errors


class FakeService:
    compute_type, error = "AKS", None
    scoring_uri = "http://20.1.2.3/api/v1/service/wine/score"

    def __init__(self, azure, name, models, inference, tags, compute_name):
        self.azure, self.name, self.compute_name, self.state = azure, name, compute_name, "Transitioning"
        self.models, self.inference, self.tags = models, inference, tags

    def update(self, models, inference_config, tags, **size):
        self.azure.calls.append("update")
        self.models, self.inference, self.tags, self.size = models, inference_config, tags, size

    def wait_for_deployment(self, show_output, timeout_sec):
        self.azure.calls.append("wait")
        self.state = self.azure.outcome
        if self.state != "Healthy":
            raise WebserviceException("Service deployment polling reached non-successful terminal state")

    def update_deployment_state(self):
        self.azure.calls.append("look")
        self.state = "Healthy"

    def get_logs(self, num_lines):
        return "ImportError: no module named skops\n" * 3

    def get_keys(self):
        return (KEY, KEY)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A registry with two versions of the model."""
    store = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        for _ in range(2):
            train(TrainSettings(str(DATA), "wine", store, store))
    return store


@pytest.fixture
def azure(monkeypatch):
    fake = FakeAzure()
    monkeypatch.setattr(azure_ml, "Model", fake)
    monkeypatch.setattr(azure_ml, "Webservice", fake.service)
    targets = type("Targets", (), {"__new__": lambda cls, *given: fake.cluster(*given), "create": fake.create})
    monkeypatch.setattr(azure_ml, "ComputeTarget", targets)
    monkeypatch.setattr(azure_ml, "open_workspace", lambda *given: SimpleNamespace(location="westeurope"))
    monkeypatch.setattr(aks, "PAUSE", 0.0)
    monkeypatch.setattr(deploy, "PAUSE", 0.0)
    return fake


def run(store, *more):
    return deploy.deploy(deploy_settings([*NAMES, "--registry-uri", store, *more]), {})


def test_from_nothing_to_a_service(azure, store, capsys):
    done = run(store, "--model-version", "1", "--commit", "abc", "--pipeline-run", "17")
    assert azure.calls == ["register", "create cluster", "deploy", "wait"]
    assert done.changed
    assert done.scoring_uri == FakeService.scoring_uri
    said = capsys.readouterr().out
    assert f"scoring URI: {FakeService.scoring_uri}" in said
    assert KEY not in said


def test_a_version_of_another_run_is_refused(azure, store, tmp_path):
    trained = tmp_path / "model.json"
    trained.write_text(json.dumps({"model_name": MODEL_NAME, "model_version": "1", "run_id": "of-another-registry"}))
    with pytest.raises(RegistryError, match="not of of-another-registry: sqlite"):
        run(store, "--model-from", str(trained))
    assert azure.calls == []


def test_the_model_tells_where_it_comes_from(azure, store):
    run(store, "--model-version", "1", "--commit", "abc", "--pipeline-run", "17")
    (model,) = azure.models
    assert model.properties["registry"] == store
    assert model.properties["registered_model"] == "sk-learn-linear-reg-model"
    assert model.properties["registered_version"] == "1"
    assert len(model.properties["run_id"]) == 32
    assert (model.tags["commit"], model.tags["pipeline_run"]) == ("abc", "17")


def test_a_three_level_name_becomes_its_last_level_in_azure_ml(azure, store):
    client = MlflowClient(store, store)
    for name in ("main.wine.quality", "other.wine.quality"):
        first = client.get_model_version(MODEL_NAME, "1")
        client.create_registered_model(name)
        client.create_model_version(name, first.source, first.run_id)
        run(store, "--model-name", name)
        run(store, "--model-name", name)
    assert [model.name for model in azure.models] == ["quality", "quality"]
    assert [model.properties["registered_model"] for model in azure.models] == [
        "main.wine.quality",
        "other.wine.quality",
    ]
    assert azure.services["wine"].tags["registered_model"] == "other.wine.quality"


def test_packages_and_python_are_the_models_with_the_inference_server(azure, store):
    run(store)
    inference = azure.services["wine"].inference
    assert inference.environment.inferencing_stack_version == "latest"
    assert isinstance(inference.environment, Environment)
    packages = list(inference.environment.python.conda_dependencies.pip_packages)
    assert deploy.INFERENCE_SERVER in packages
    assert {package.split("==")[0] for package in packages} >= {"mlflow", "scikit-learn", "pandas", "numpy"}
    assert "python=3.11" in list(inference.environment.python.conda_dependencies.conda_packages)
    assert inference.entry_script == "score.py"
    assert f"{deploy.INFERENCE_SERVER}\n" in (ROOT / "constraints.txt").read_text()


def test_a_second_run_with_the_same_version_changes_nothing_and_says_so(azure, store, capsys):
    run(store, "--model-version", "1")
    azure.calls.clear()
    done = run(store, "--model-version", "1")
    assert not done.changed
    assert azure.calls == []
    assert "runs sk-learn-linear-reg-model:1 already: nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize("more", [("--model-version", "2"), ("--replicas", "2"), ("--memory-gb", "2")])
def test_another_version_or_size_changes_the_service_in_place(azure, store, more):
    run(store, "--model-version", "1")
    azure.calls.clear()
    assert run(store, *(("--model-version", "1") if "--model-version" not in more else ()), *more).changed
    assert [call for call in azure.calls if call != "register"] == ["update", "wait"]
    assert len(azure.services) == len(azure.clusters) == 1


def test_a_service_that_failed_is_replaced_and_an_unhealthy_one_changed(azure, store):
    run(store)
    azure.services["wine"].state = "Failed"
    azure.calls.clear()
    run(store)
    assert azure.calls == ["deploy", "wait"]
    azure.services["wine"].state = "Unhealthy"
    azure.calls.clear()
    run(store)
    assert azure.calls == ["update", "wait"]


def test_the_change_of_another_run_is_waited_for(azure, store, capsys):
    run(store)
    azure.services["wine"].state = "Transitioning"
    azure.calls.clear()
    assert not run(store).changed
    assert azure.calls == ["look"]
    assert "being changed by another run" in capsys.readouterr().out


def test_a_service_on_another_cluster_is_left_alone(azure, store):
    run(store)
    azure.services["wine"].compute_name = "other"
    with pytest.raises(DeployError, match="runs on other, not on aks-wine"):
        run(store)


def test_a_failed_service_ends_with_its_log(azure, store, capsys):
    azure.outcome = "Failed"
    with pytest.raises(DeployError, match="did not become healthy: Service deployment polling"):
        run(store)
    assert "ImportError: no module named skops" in capsys.readouterr().out


def test_a_cluster_that_is_being_made_is_waited_for_and_never_made_twice(azure, store, capsys):
    azure.states = ["Creating", "Creating", "Succeeded"]
    azure.create(None, "aks-wine", None)
    azure.calls.clear()
    run(store)
    assert "create cluster" not in azure.calls
    assert "cluster aks-wine is Creating, 0 minutes waited" in capsys.readouterr().out


def test_when_the_time_is_over_another_run_goes_on(azure, store):
    azure.states = ["Creating"]
    with pytest.raises(ClusterError, match=r"still Creating after 1e-06 minutes\. Nothing is lost: run this again"):
        run(store, "--aks-minutes", "0.000001")
    azure.states = ["Succeeded"]
    azure.clusters["aks-wine"].refresh_state()
    run(store)
    assert azure.calls.count("create cluster") == 1


def test_a_failed_cluster_gives_the_inner_error_and_advice(azure, store):
    azure.states = ["Creating", "Failed"]
    azure.errors = [{"error": {"code": "BadRequest", "message": "Failed", "details": [
        {"code": "QuotaExceeded", "message": "Operation results in exceeding\nquota limits of Core."}]}}]  # fmt: skip
    with pytest.raises(
        ClusterError, match=r"Failed: Operation results in exceeding quota .*smaller --aks-vm-size.*delete"
    ):
        run(store)
    assert azure.calls.count("create cluster") == 1


def test_a_cluster_whose_making_was_answered_by_an_error_is_looked_up(azure, store):
    made = azure.create

    def create(*given):
        made(*given)
        raise ComputeTargetException("RequestTimeout: did not complete within the allowed timeout period")

    azure.create = create
    targets = type("Targets", (), {"__new__": lambda cls, *given: azure.cluster(*given), "create": create})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(azure_ml, "ComputeTarget", targets)
        assert run(store).changed


def test_a_compute_of_another_kind_is_refused(azure, store):
    azure.create(None, "aks-wine", None).type = "AmlCompute"
    with pytest.raises(ClusterError, match="of type AmlCompute"):
        run(store)


def test_a_version_that_is_not_there_ends_with_one_line(azure, store):
    with pytest.raises(SystemExit, match=r"error: MLflow .*version=7\) not found"):
        main([*NAMES, "--registry-uri", store, "--model-version", "7"])


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({"idToken": "a.b.c"}, "ClientAssertionCredential"),
        ({"servicePrincipalKey": "k"}, "ClientSecretCredential"),
    ],
)
def test_a_pipeline_signs_in_as_its_service_connection(environment, kind):
    given = {"servicePrincipalId": "client", "tenantId": "11111111-1111-1111-1111-111111111111", **environment}
    assert type(azure_ml.credential(given)).__name__ == kind


def test_a_machine_signs_in_by_the_chain_and_half_a_connection_is_explained():
    assert type(azure_ml.credential({})).__name__ == "ChainedTokenCredential"
    with pytest.raises(SignInError, match="tenantId with idToken"):
        azure_ml.credential({"servicePrincipalId": "client", "tenantId": "$(tenantId)"})
