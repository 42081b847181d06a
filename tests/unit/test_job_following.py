"""Following a run: what is new is passed on once, figures as they come, and a failure in the job's own words."""

from dataclasses import dataclass, field

import pytest

from tests.unit.fake_cloud import fake_cloud
from wizard.clients.job_runs import JobRun, RunOutput
from wizard.clients.models import TrackedRun
from wizard.engine.errors import ServiceError
from wizard.engine.events import Metric, Output, Progress
from wizard.steps.job_following import Follower


@dataclass
class Script:
    """A run that goes through these states and outputs, one for each look."""

    states: list[tuple[str, str]]
    outputs: list[RunOutput | ServiceError]
    looks: int = field(default=0)

    def get(self, run_id):
        state, result = self.states[self.looks]
        return JobRun(run_id, run_id, state, result, "", "https://page")

    def output(self, task_id):
        self.looks += 1
        found = self.outputs[self.looks - 1]
        if isinstance(found, ServiceError):
            raise found
        return found


@pytest.fixture
async def follow(tmp_path):
    cloud = await fake_cloud(tmp_path)

    def begin(script):
        cloud.databricks.runs = script
        return Follower(cloud.at("jobs.train-from-local"), cloud.databricks, "/Shared/wine-dev", "k"), cloud

    return begin


async def test_lines_and_figures_are_told_once(follow):
    follower, cloud = follow(
        Script(
            [("PENDING", ""), ("RUNNING", ""), ("RUNNING", ""), ("TERMINATED", "SUCCESS")],
            [
                ServiceError("not yet", status=400),
                RunOutput("one\ntw", "", ""),
                RunOutput("one\ntwo\n\x1b[31mred\x1b[0m \x1b]0;title\x07\n", "", ""),
                RunOutput("one\ntwo\n\x1b[31mred\x1b[0m \x1b]0;title\x07\nlast", "", ""),
            ],
        )
    )
    for _ in range(3):
        await follower.look(7)
    cloud.databricks.models.tracked = [TrackedRun("r", "FINISHED", {"r2": 0.38}, {}, {"run_key": "k"})]
    assert (await follower.look(7)).succeeded
    assert [event.text for event in cloud.said if isinstance(event, Output)] == ["one", "two", "red ", "last"]
    assert [(event.name, event.value) for event in cloud.said if isinstance(event, Metric)] == [("r2", 0.38)]
    states = [event.message.split()[-1] for event in cloud.said if isinstance(event, Progress)]
    assert states == ["pending", "running", "terminated"]


async def test_a_failure_is_told_in_the_jobs_own_words_with_the_end_of_its_trace(follow):
    output = RunOutput("begin\nerror: data.csv is empty.\n", "SystemExit: 1", "Traceback\n" * 40 + "SystemExit: 1")
    follower, cloud = follow(Script([("TERMINATED", "FAILED")], [output]))
    with pytest.raises(ServiceError, match=r"data\.csv is empty") as caught:
        await follower.look(7)
    assert "https://page" in caught.value.fix
    trace = [event.text for event in cloud.said if isinstance(event, Output) and event.stream == "stderr"]
    assert len(trace) == 15
    assert trace[-1] == "SystemExit: 1"


async def test_output_that_lost_its_beginning_is_still_told(follow):
    follower, cloud = follow(
        Script([("RUNNING", ""), ("TERMINATED", "SUCCESS")], [RunOutput("a\nb\n", "", ""), RunOutput("c\nd\n", "", "")])
    )
    await follower.look(7)
    await follower.look(7)
    assert [event.text for event in cloud.said if isinstance(event, Output)] == ["a", "b", "c", "d"]
