"""What the last steps of a stage find: the model that the pipeline made, and the service that answers with it."""

import json
from dataclasses import dataclass, field, replace

import pytest

from tests.unit.fake_devops import record, run
from tests.unit.pipeline_walk import COMMIT, Walk, pipeline_cloud
from wizard.clients import local_model, scoring
from wizard.clients.local_model import Predictions
from wizard.clients.ml_services import MLService
from wizard.clients.models import ModelVersion, TrackedRun
from wizard.clients.scoring import Answer
from wizard.engine.diagnosis import diagnose
from wizard.engine.errors import ServiceError
from wizard.engine.secrets import Secret
from wizard.engine.step import Outcome, Status
from wizard.steps import registry_names
from wizard.steps.ml_service import SERVICE_TEST, innermost
from wizard.steps.pipeline_model import MODEL_TEST

ADDRESS = "https://aks-wine1.westeurope.cloudapp.azure.com:443/api/v1/service/wine-quality/score"
ROWS, VALUES = [[7.4, 0.7], [15.9, 0.36]], [5.1, 6.9]
CRASHED = {"code": "KubernetesDeploymentFailed", "message": "Kubernetes Deployment failed",
           "details": [{"code": "CrashLoopBackOff", "message": "Your container application\ncrashed."}]}  # fmt: skip


@dataclass
class FakeServices:
    """The services of a workspace, one or none."""

    service: MLService | None = None
    lines: list[str] = field(default_factory=list)
    host: str = "westeurope.api.azureml.ms"

    def get(self, name):
        return self.service

    def key(self, name):
        return Secret("the-key-of-the-service")

    def log(self, name, lines):
        return self.lines[-lines:]

    def delete(self, name):
        self.service = None


@dataclass
class FakeScoring:
    """Answers as it is told; keeps the keys that it was shown, and counts how often the model here was asked."""

    answers: list[float] | str = field(default_factory=lambda: list(VALUES))
    status: int = 200
    keys: list[str] = field(default_factory=list)
    predicted: int = 0

    def ask(self, address, key, rows):
        assert rows == ROWS
        self.keys.append(key.reveal())
        body = self.answers if isinstance(self.answers, list) else None
        return Answer(self.status, json.dumps(body) if body else self.answers, body, 0.004)

    def predictions(self, folder, host, uri, credential, name, version):
        self.predicted += 1
        return Predictions(ROWS, VALUES)


def tracked(run_id, pipeline_run="41"):
    return TrackedRun(run_id, "FINISHED", {"r2": 0.38}, {}, {"pipeline_run": pipeline_run, "commit": COMMIT})


def service(version="2", run_id="r2", state="Healthy", error=None):
    tags = {"registered_version": version, "run_id": run_id}
    return MLService("wine-quality", state, ADDRESS, "aks-wine", True, tags, error or {})


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    return await pipeline_cloud(tmp_path, monkeypatch)


@pytest.fixture
async def services(cloud):
    """The pipeline's run made version 2; version 3 is somebody else's."""
    made = FakeServices(service())
    await cloud.session.services.get(("ml services", cloud.login.credential, "/id/mlw"), lambda: made)
    facts = {"run": "41", "number": "20261125.1", "commit": COMMIT}
    cloud.session.state.remember("devops.run-test@test", Outcome(Status.OK, "ran", facts=facts))
    cloud.databricks.models.tracked = [tracked("r2"), tracked("r3", "40")]
    cloud.databricks.models.registered = [
        ModelVersion(registry_names.MODEL, version, f"r{version}", "READY", "None") for version in ("2", "3")
    ]
    return made


@pytest.fixture
def answering(monkeypatch):
    fake = FakeScoring()
    monkeypatch.setattr(scoring, "ask", fake.ask)
    monkeypatch.setattr(local_model, "predictions", fake.predictions)
    return fake


class TestModel:
    async def test_it_is_the_newest_version_that_the_pipelines_run_made(self, cloud, services):
        outcome = await Walk(cloud, MODEL_TEST, "test").check()
        assert outcome.status is Status.OK
        assert "version 2" in outcome.message
        assert "pipeline run 41" in outcome.proof
        assert COMMIT[:10] in outcome.proof
        assert outcome.facts == {"model": registry_names.MODEL, "version": "2", "run_id": "r2"}
        assert await Walk(cloud, MODEL_TEST, "test").plan() == []

    async def test_without_one_the_pipelines_log_is_where_to_look(self, cloud, services):
        cloud.databricks.models.tracked = [tracked("r2", "39")]
        walk = Walk(cloud, MODEL_TEST, "test")
        outcome = await walk.check()
        assert outcome.status is Status.FAIL
        assert "20261125.1" in outcome.message
        assert "log" in outcome.fix
        assert [action.title for action in await walk.plan()] == ["Run stage Test again, which trains"]

    async def test_a_version_that_is_not_ready_is_told(self, cloud, services):
        models = cloud.databricks.models
        models.registered = [replace(each, status="FAILED_REGISTRATION") for each in models.registered]
        outcome = await Walk(cloud, MODEL_TEST, "test").check()
        assert (outcome.status, "FAILED_REGISTRATION" in outcome.message) == (Status.FAIL, True)


class TestService:
    @pytest.fixture
    def walk(self, cloud, services, answering):
        return Walk(cloud, SERVICE_TEST, "test")

    async def test_it_is_proven_by_answers_that_equal_the_models_own(self, walk, answering):
        outcome = await walk.check()
        assert outcome.status is Status.OK
        assert "gave 2 numbers from 5.100 to 6.900" in outcome.proof
        assert "by at most 0.0e+00" in outcome.proof
        assert answering.keys == ["the-key-of-the-service"]
        assert await walk.plan() == []
        assert answering.predicted == 1  # once for a version, however often it is checked

    @pytest.mark.parametrize(
        ("answers", "words"),
        [
            ("'NoneType' object has no attribute", "no list of numbers, but: 'NoneType'"),
            ([5.1], "1 predictions for 2 rows"),
            ([5.1, 11.0], "predicts 11.0 for row 1, which is no quality"),
            ([5.1, True], "predicts True for row 1, which is no quality"),
            ([5.1, 6.9 + 1e-8], "the registered version predicts 6.9"),
        ],
    )
    async def test_a_wrong_answer_is_no_answer(self, walk, answering, answers, words):
        answering.answers = answers
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F28")
        assert words in outcome.message
        assert await walk.plan() is None

    async def test_a_refusal_is_told_with_its_status(self, walk, answering):
        answering.status, answering.answers = 503, "No ready replicas for service wine-quality"
        with pytest.raises(ServiceError, match="503: No ready replicas"):
            await walk.check()

    @pytest.mark.parametrize("there", [None, service(version="1", run_id="r1"), service(run_id="of another workspace")])
    async def test_what_is_missing_or_of_another_version_is_deployed_by_the_pipelines_stage(
        self,
        cloud,
        services,
        walk,
        there,
    ):
        runs = cloud.devops.pipeline_runs
        runs.runs, runs.records = [run(COMMIT)], [record("Stage", "Test", "succeeded")]
        services.service = there
        assert (await walk.check()).status is Status.TODO
        for action in await walk.plan():
            await action.run(walk.context)
        assert runs.repeated == [("Test", True)]

    async def test_a_deployment_that_goes_on_is_waited_for(self, services, walk):
        services.service = service(state="Transitioning")
        assert (await walk.check()).status is Status.TODO
        [action] = await walk.plan()
        assert action.title == "Wait for wine-quality"
        services.service = service()
        await action.run(walk.context)

    async def test_a_broken_one_is_explained_by_its_own_error_and_the_last_words_of_its_log(self, services, walk):
        services.service = service(state="Failed", error=CRASHED)
        services.lines = ["starting", "ModuleNotFoundError: No module named 'mlflow'", "bye"]
        with pytest.raises(ServiceError) as refused:
            await walk.check()
        assert "Your container application crashed. Its log: ModuleNotFoundError" in refused.value.message
        found = diagnose(refused.value, {})
        assert (found.rule.id, found.rule.name) == ("F27", "container-crashed")

    async def test_it_is_deleted_and_what_is_not_there_is_left_alone(self, services, walk):
        await walk.undo()
        assert services.service is None
        await walk.undo()


def test_the_innermost_message_is_told():
    assert innermost(CRASHED) == "Your container application crashed."
    assert innermost({}) == "Azure ML gives no reason."
