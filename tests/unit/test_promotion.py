"""Another version for a service: which one is meant, what is done for it, and when it counts as right."""

from dataclasses import replace

import pytest

from tests.unit.engine_tools import no_question, yes
from tests.unit.pipeline_walk import pipeline_cloud
from tests.unit.test_service_steps import FakeScoring, FakeServices, service, tracked
from wizard.clients import local_deployment, local_model, scoring
from wizard.clients.models import ModelVersion
from wizard.engine.errors import WizardError
from wizard.engine.events import Planned
from wizard.engine.runner import Runner
from wizard.engine.step import Outcome, Status
from wizard.operations.promote import promotions, restarts, rollbacks
from wizard.steps import registry_names

DONE = (0, "")


class Killed(BaseException):
    """The process died."""


class FakeDeployment:
    """Deploys what it is told; `to` is the far side that runs it."""

    def __init__(self, to: FakeServices) -> None:
        self.to = to
        self.deployed: list[str] = []

    def deploy(self, folder, model, target, credential, tell, *, again=False):
        self.deployed.append(model.version)
        tell(f"changing service {target.service}")
        self.to.service = service(version=model.version, run_id=f"r{model.version}")


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    cloud = await pipeline_cloud(tmp_path, monkeypatch)
    cloud.services, cloud.scoring = FakeServices(service()), FakeScoring()
    cloud.deployment = FakeDeployment(cloud.services)
    await cloud.session.services.get(("ml services", cloud.login.credential, "/id/mlw"), lambda: cloud.services)
    facts = {"run": "41", "number": "20261125.1", "commit": "c"}
    cloud.session.state.remember("devops.run-test@test", Outcome(Status.OK, "ran", facts=facts))
    cloud.session.state.remember("signin.azure", Outcome(Status.OK, "in", facts={"subscription": "s"}))
    models = cloud.databricks.models
    models.tracked = [tracked("r2"), tracked("r1", "40")]
    models.registered = [
        ModelVersion(registry_names.MODEL, each, f"r{each}", "READY", "None") for each in ("1", "2")
    ] + [ModelVersion(registry_names.MODEL, "3", "r3", "PENDING_REGISTRATION", "None")]

    def move(name, version, stage):
        models.registered = [replace(e, stage=stage if e.version == version else "None") for e in models.registered]

    models.move = move
    monkeypatch.setattr(scoring, "ask", cloud.scoring.ask)
    monkeypatch.setattr(local_model, "predictions", cloud.scoring.predictions)
    monkeypatch.setattr(local_deployment, "deploy", cloud.deployment.deploy)
    return cloud


async def run(cloud, procedure, **command):
    """How a change ends: the runner's exit code, and what was said of it."""
    runner, before = Runner(cloud.session, no_question, yes), len(cloud.said)
    await runner.carry_out("promote", procedure(cloud.session, {"environment": "test", **command}))
    planned = [event.manual for event in cloud.said[before:] if isinstance(event, Planned)]
    return runner.exit_code("apply"), " ".join(planned)


async def test_a_service_goes_back_and_forward_and_its_step_takes_either_for_right(cloud):
    assert await run(cloud, rollbacks) == DONE
    assert cloud.services.service.tags["registered_version"] == "1"
    assert [each.version for each in cloud.databricks.models.registered if each.promoted] == ["1"]
    assert (await cloud.check("service.test", "test")).status is Status.OK
    assert await cloud.plan("service.test", "test") == []
    cloud.session.state.remember("service.test@test", Outcome(Status.OK, "answers", facts={"version": "1"}))
    assert await run(cloud, promotions, version="2") == DONE
    assert [each.version for each in cloud.databricks.models.registered if each.promoted] == ["2"]
    assert await run(cloud, promotions, version="2") == DONE
    assert cloud.deployment.deployed == ["1", "2"], "what runs already is not deployed again"
    assert cloud.session.state.facts("service.test@test")["version"] == "2", "its row is no longer what it was"


async def test_a_service_is_restarted_with_the_version_that_it_runs(cloud):
    cloud.services.service = service("1", "r1")
    assert await run(cloud, restarts) == DONE
    assert cloud.deployment.deployed == ["1"]


async def test_a_version_that_nobody_promoted_is_still_the_wrong_one(cloud):
    cloud.services.service = service("1", "r1")
    assert (await cloud.check("service.test", "test")).status is Status.TODO


async def test_wrong_answers_are_not_written_down_as_promoted(cloud):
    cloud.scoring.answers = [5.0, 6.0]
    assert (await run(cloud, promotions, version="1"))[0] == 1
    assert not any(each.promoted for each in cloud.databricks.models.registered)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({}, "Say which version"),
        ({"version": "1", "source": "test"}, "Say which version"),
        ({"source": "test"}, "cannot follow itself"),
        ({"version": "1", "environment": "dev"}, "dev has no service"),
        ({"version": "1", "environment": "prod"}, "prod is not set up yet"),
    ],
)
async def test_what_means_nothing_is_refused(cloud, command, said):
    with pytest.raises(WizardError, match=said):
        await run(cloud, promotions, **command)


@pytest.mark.parametrize(("number", "said"), [("9", "no version 9"), ("3", "no version 3 that is ready")])
async def test_a_version_that_is_not_there_is_told(cloud, number, said):
    code, told = await run(cloud, promotions, version=number)
    assert (code, said in told) == (1, True), told


async def test_there_is_nothing_before_the_first_version(cloud):
    cloud.services.service = service("1", "r1")
    code, told = await run(cloud, rollbacks)
    assert (code, "no ready version before 1" in told) == (1, True), told


@pytest.mark.parametrize("killed_in", ["deploying", "writing down"])
async def test_a_way_back_that_was_broken_off_goes_on_and_not_back_once_more(cloud, killed_in):
    registered = cloud.databricks.models.registered
    cloud.databricks.models.registered = [replace(each, version=str(n), run_id=f"r{n}") for n, each in
                                          enumerate([*registered[:2], registered[0]], 1)]  # fmt: skip
    cloud.services.service = service("3", "r3")
    victim = cloud.deployment if killed_in == "deploying" else cloud.databricks.models
    name = "deploy" if killed_in == "deploying" else "move"
    whole = getattr(victim, name)

    def killed(*given, **more):
        if killed_in == "deploying":
            whole(*given, **more)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_deployment if killed_in == "deploying" else victim, name, killed)
        with pytest.raises(Killed):
            await run(cloud, rollbacks)
    assert cloud.services.service.tags["registered_version"] == "2"
    assert await run(cloud, rollbacks) == DONE
    assert cloud.services.service.tags["registered_version"] == "2", "once back, not twice"
    assert await run(cloud, rollbacks) == DONE
    assert cloud.services.service.tags["registered_version"] == "1"
