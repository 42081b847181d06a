"""Azure ML by azureml-core itself: models, environments, Kubernetes clusters and services that really answer."""

import time
from collections.abc import Iterator

import pytest
import requests
from azureml.core import Environment
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AksWebservice, Webservice
from azureml.exceptions import ComputeTargetException, WebserviceException

from tests.sandbox.machine_learning_access import SCRIPT, MachineLearning, machine_learning, open_workspace
from wizard.sandbox import control
from wizard.sandbox.scenarios.player import Player

pytestmark = pytest.mark.xdist_group("azure-ml")


@pytest.fixture(scope="module")
def ml(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MachineLearning]:
    with machine_learning(tmp_path_factory.mktemp("ml")) as opened:
        yield opened


@pytest.fixture(scope="module")
def cluster(ml: MachineLearning) -> AksCompute:
    wanted = AksCompute.provisioning_configuration()
    wanted.enable_ssl(leaf_domain_label="tests")
    made = ComputeTarget.create(ml.workspace, "aks", wanted)
    settle(made)
    return made


def settle(compute: AksCompute) -> str:
    """Wait without azureml-core's pauses of five seconds until a compute is created or has failed."""
    end = time.monotonic() + 60
    while compute.get_status() == "Creating" and time.monotonic() < end:
        pass
    return str(compute.provisioning_state)


def finish(ml: MachineLearning, service: Webservice) -> dict:
    """Wait likewise for a service's operation; the operation."""
    end = time.monotonic() + 90
    while (operation := service._get_operation_state(True, 0))[0] == "Running" and time.monotonic() < end:
        pass
    service.update_deployment_state()
    return operation[2]


def config(
    ml: MachineLearning, script: str = SCRIPT, packages: tuple[str, ...] = ("azureml-defaults",)
) -> InferenceConfig:
    source = ml.folder / "source"
    source.mkdir(exist_ok=True)
    (source / "score.py").write_text(script)
    environment = Environment("scoring")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=list(packages))
    return InferenceConfig("score.py", source_directory=str(source), environment=environment)


@pytest.fixture(scope="module")
def service(ml: MachineLearning, cluster: AksCompute) -> AksWebservice:
    wanted = AksWebservice.deploy_configuration(num_replicas=1, cpu_cores=0.5, memory_gb=1)
    made = Model.deploy(ml.workspace, "factor", [ml.register(2)], config(ml), wanted, cluster)
    operation = finish(ml, made)
    assert operation["state"] == "Succeeded", operation
    return made


class TestModels:
    def test_versions_count_up_and_come_back_as_they_were(self, ml: MachineLearning) -> None:
        first, second = ml.register(3), ml.register(4)
        assert second.version == first.version + 1
        assert Model(ml.workspace, "factor").id == second.id
        path = first.download(str(ml.folder / "back"), exist_ok=True)
        assert (ml.folder / "back" / "model" / "factor.txt").read_text() == "3", path
        assert [model.version for model in Model.list(ml.workspace, "factor", tags=[["factor", "3"]])] == [
            first.version
        ]

    def test_tags_change_and_a_deleted_one_is_gone(self, ml: MachineLearning) -> None:
        made = ml.register(5)
        made.add_tags({"stage": "test"})
        assert Model(ml.workspace, id=made.id).tags["stage"] == "test"
        made.delete()
        with pytest.raises(WebserviceException, match="ModelNotFound"):
            Model(ml.workspace, id=made.id)

    def test_environments(self, ml: MachineLearning) -> None:
        made = Environment("tests").register(ml.workspace)
        assert Environment.get(ml.workspace, "tests").version == made.version
        assert "tests" in Environment.list(ml.workspace)

    def test_a_token_is_needed(self, ml: MachineLearning) -> None:
        address = (
            f"https://westeurope.modelmanagement.azureml.net/modelmanagement/v1.0{ml.azure.workspace('mlw-tests')}"
        )
        refused = requests.get(f"{address}/models", timeout=30)
        assert (refused.status_code, refused.json()["details"][0]["code"]) == (401, "EmptyOrInvalidToken")
        unknown = ml.azure.http.get(f"{address}/nothing")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "NotFound")

    def test_a_reader_may_not_register(self, ml: MachineLearning) -> None:
        address = (
            f"https://westeurope.modelmanagement.azureml.net/modelmanagement/v1.0{ml.azure.workspace('mlw-tests')}"
        )
        with Player(ml.cloud.folder) as player:
            player.play("f06-reader-only")
            listed = ml.azure.http.get(f"{address}/models")
            refused = ml.azure.http.post(f"{address}/models", json={"name": "factor"})
            player.clear("f06-reader-only")
        assert (listed.status_code, refused.status_code, refused.json()["code"]) == (200, 403, "Forbidden")
        assert "workspaces/models/write" in refused.json()["details"][0]["message"]


class TestComputes:
    def test_a_cluster_shows_its_nodes(self, cluster: AksCompute, ml: MachineLearning) -> None:
        assert (cluster.provisioning_state, cluster.agent_count, cluster.agent_vm_size) == (
            "Succeeded",
            3,
            "Standard_D3_v2",
        )
        assert "aks" in ml.workspace.compute_targets

    def test_its_cores_count_against_the_quota(self, cluster: AksCompute, ml: MachineLearning) -> None:
        wanted = AksCompute.provisioning_configuration(agent_count=40)
        made = ComputeTarget.create(ml.workspace, "big", wanted)
        assert settle(made) == "Failed"
        message = made.provisioning_errors[0]["error"]["message"]
        assert "QuotaExceeded" in message
        assert "Current Limit: 100, Current Usage: 12, Additional Required: 160" in message
        made.delete()

    def test_one_too_small_for_production_is_refused(self, ml: MachineLearning) -> None:
        with pytest.raises(ComputeTargetException, match="at least 12 virtual CPUs"):
            ComputeTarget.create(ml.workspace, "small", AksCompute.provisioning_configuration(agent_count=1))

    def test_a_creation_that_fails(self, ml: MachineLearning) -> None:
        with Player(ml.cloud.folder) as player:
            player.play("f27-aks-create-fails")
            made = ComputeTarget.create(ml.workspace, "fails", AksCompute.provisioning_configuration())
            player.clear("f27-aks-create-fails")
        with pytest.raises(WebserviceException, match="ComputeResourceNotCreated"):
            deploy_at_once(ml, made)
        assert settle(made) == "Failed"
        assert made.provisioning_errors[0]["error"]["code"] == "ResourceDeploymentFailure"


def deploy_at_once(ml: MachineLearning, compute: AksCompute) -> Webservice:
    return Model.deploy(ml.workspace, "early", [], config(ml), AksWebservice.deploy_configuration(), compute)


class TestServices:
    def test_it_answers_to_its_keys(self, service: AksWebservice) -> None:
        assert service.scoring_uri.endswith(".westeurope.cloudapp.azure.com:443/api/v1/service/factor/score")
        assert service.run('{"data": [1, 2]}') == [2, 4]
        refused = requests.post(service.scoring_uri, data="{}", headers={"Authorization": "Bearer no"}, timeout=30)
        assert refused.status_code == 401
        assert "loaded 2.0" in service.get_logs()

    def test_one_that_answers_its_exceptions_as_text(self, ml: MachineLearning, service: AksWebservice) -> None:
        with Player(ml.cloud.folder) as player:
            player.play("f28-service-answers-nonsense")
            assert isinstance(service.run('{"data": [1]}'), str)
            player.clear("f28-service-answers-nonsense")
        assert isinstance(service.run('{"data": [1]}'), list)

    def test_a_script_that_raises_answers_500(self, service: AksWebservice) -> None:
        headers = {"Authorization": f"Bearer {service.get_keys()[0]}"}
        broken = requests.post(service.scoring_uri, data="{}", headers=headers, timeout=30)
        assert (broken.status_code, broken.headers["x-ms-run-function-failed"]) == (500, "True")

    def test_it_is_listed_and_takes_tags(self, ml: MachineLearning, service: AksWebservice) -> None:
        service.update(tags={"kind": "test"})
        assert [each.name for each in Webservice.list(ml.workspace, model_name="factor", tags=["kind"])] == ["factor"]

    def test_another_model_takes_its_place(self, ml: MachineLearning, service: AksWebservice) -> None:
        keys = service.get_keys()
        service.update(models=[ml.register(10)], inference_config=config(ml))
        assert service.state == "Transitioning"
        finish(ml, service)
        assert (service.state, service.run('{"data": [1]}'), service.get_keys()) == ("Healthy", [10], keys)

    def test_a_crash_in_init_fails_and_the_old_one_stays(self, ml: MachineLearning, service: AksWebservice) -> None:
        before = service.run('{"data": [1]}')
        crashing = SCRIPT.replace("global factor", "raise RuntimeError('no model here')")
        service.update(models=[ml.register(11)], inference_config=config(ml, crashing))
        operation = finish(ml, service)
        assert operation["error"]["code"] == "KubernetesDeploymentFailed"
        assert operation["error"]["details"][0]["code"] == "CrashLoopBackOff"
        assert "no model here" in service.get_logs()
        assert service.run('{"data": [1]}') == before

    @pytest.mark.parametrize("package", ["no-such-package", "scikit-learn==0.24.2"])
    def test_packages_that_are_not_there_fail_the_build(
        self, ml: MachineLearning, cluster: AksCompute, package: str
    ) -> None:
        wanted = config(ml, packages=("azureml-defaults", package))
        made = Model.deploy(ml.workspace, "packages", [], wanted, AksWebservice.deploy_configuration(), cluster, True)
        operation = finish(ml, made)
        assert operation["error"]["code"] == "EnvironmentBuildFailed"
        assert package.split("=")[0] in operation["streamingOperationLog"]

    def test_without_room_nothing_is_scheduled(self, ml: MachineLearning, cluster: AksCompute) -> None:
        wanted = AksWebservice.deploy_configuration(num_replicas=4, cpu_cores=3)
        with pytest.raises(WebserviceException, match="insufficient compute resource"):
            Model.deploy(ml.workspace, "large", [ml.register(1)], config(ml), wanted, cluster)
        made = Model.deploy(ml.workspace, "large", [ml.register(1)], config(ml), wanted, cluster, overwrite=True)
        assert finish(ml, made)["error"]["details"][0]["code"] == "Unschedulable"

    def test_a_cluster_without_a_certificate_answers_plainly(self, ml: MachineLearning) -> None:
        wanted = AksCompute.provisioning_configuration(agent_count=1, cluster_purpose="DevTest")
        plain = ComputeTarget.create(ml.workspace, "plain", wanted)
        assert settle(plain) == "Succeeded"
        made = Model.deploy(
            ml.workspace, "plain", [ml.register(7)], config(ml), AksWebservice.deploy_configuration(), plain
        )
        finish(ml, made)
        assert made.scoring_uri.startswith("http://198.51.100.")
        assert made.run('{"data": [1]}') == [7]
        made.delete()

    def test_too_little_memory_crashes_it(self, ml: MachineLearning, cluster: AksCompute) -> None:
        with Player(ml.cloud.folder) as player:
            player.play("f27-service-crashes")
            made = Model.deploy(ml.workspace, "starved", [ml.register(1)], config(ml), None, cluster)
            operation = finish(ml, made)
            player.clear("f27-service-crashes")
        assert operation["error"]["code"] == "KubernetesDeploymentFailed"

    def test_what_breaks_the_sandbox_itself_fails_the_deployment(
        self, ml: MachineLearning, cluster: AksCompute
    ) -> None:
        (of_workspace,) = (ml.cloud.folder / "machine-learning").iterdir()
        (of_workspace / "broken").write_text("a file, where the service's folder should be")
        made = Model.deploy(ml.workspace, "broken", [ml.register(1)], config(ml), None, cluster)
        assert finish(ml, made)["error"]["code"] == "InternalServerError"

    def test_it_comes_back_with_the_cloud(self, ml: MachineLearning, service: AksWebservice) -> None:
        before = service.run('{"data": [1]}')
        control.stop(ml.cloud.folder)
        control.start(ml.cloud.folder, 6000.0)
        again = Webservice(open_workspace(ml.cloud), "factor")
        end = time.monotonic() + 60
        headers = {"Authorization": f"Bearer {again.get_keys()[0]}"}
        while (
            answer := requests.post(again.scoring_uri, data='{"data": [1]}', headers=headers, timeout=30)
        ).status_code == 503:
            assert time.monotonic() < end
        assert answer.json() == before

    def test_deleted_it_answers_no_more(self, ml: MachineLearning, service: AksWebservice) -> None:
        again = Webservice(ml.workspace, "factor")
        headers = {"Authorization": f"Bearer {again.get_keys()[0]}"}
        again.delete()
        assert requests.post(again.scoring_uri, data="{}", headers=headers, timeout=30).status_code == 404
