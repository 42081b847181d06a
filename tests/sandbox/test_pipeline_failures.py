"""Runs that fail as the real ones do, and what the wizard's own client and rules make of what they said."""

from collections.abc import Iterator

import pytest

from tests.rehearsal import ROOT
from tests.sandbox.conftest import RunningCloud, enter
from tests.sandbox.pipeline_project import PipelineProject, new_pipeline_project
from wizard.clients.pipeline_runs import PipelineRuns
from wizard.engine.diagnosis import Diagnosis, diagnose
from wizard.sandbox.scenarios.player import Player
from wizard.steps.pipeline_run import Seen
from wizard.steps.run_failure import could_not_begin, failed_before_any_step, failed_in
from wizard.steps.run_timeline import log_line

pytestmark = pytest.mark.xdist_group("pipeline-failures")  # what they share is made once

TASK = """
- task: AzureCLI@2
  inputs: {azureSubscription: %s, scriptType: bash, scriptLocation: inlineScript, inlineScript: echo hello}
"""
TOKEN = "the token of the workspace"
JOB = "python -m jobs.train_on_cluster --cluster c --data d --experiment e"


@pytest.fixture(scope="module")
def place(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineProject]:
    """A pipeline that may use a group with a secret, what it may not use, and the jobs of this project."""
    with pytest.MonkeyPatch.context() as patch:
        enter(cloud.environment, patch)
        made = new_pipeline_project(cloud.environment, tmp_path_factory.mktemp("failures"))
        made.group("failures-env", DATABRICKS_HOST="https://adb-1.2.azuredatabricks.net", DATABRICKS_TOKEN=(TOKEN,))
        made.group("not-authorized-env", authorized=False, A="1")
        made.connection("not-authorized", "11111111-1111-1111-1111-111111111111", authorized=False, key="a-key")
        made.push({f"jobs/{file.name}": file.read_text() for file in sorted((ROOT / "jobs").glob("*.py"))})
        yield made


def failure(place: PipelineProject, yaml: str) -> Diagnosis:
    """Push the file, run it to its end, and explain what is read of the run, as the wizard's step does."""
    place.push({"azure-pipelines.yml": f"trigger: none\n{yaml}"})
    if place.pipeline is None:
        place.define()
    run_id = place.ended(place.queue().id).id
    client = PipelineRuns(place.builds)
    found = Seen(client.get(place.project, run_id), client.timeline(place.project, run_id))
    assert found.run.result == "failed"
    task = found.failed()
    if found.run.problems:
        error = could_not_begin(found.run)
    elif task is None:
        error = failed_before_any_step(found.run, found.records)
    else:
        lines = [log_line(line)[0] for line in client.log(place.project, run_id, task.log_id)]
        error = failed_in(found.run, task, lines)
    assert TOKEN not in error.body
    explained = diagnose(error, {})
    assert explained is not None, error.body
    return explained


@pytest.mark.parametrize(
    ("yaml", "rule", "words"),
    [
        ("variables: [{group: no-such-env}]\nsteps: [{script: echo hello}]", "group-not-found", "no-such-env"),
        (
            "variables: [{group: not-authorized-env}]\nsteps: [{script: echo hello}]",
            "group-not-found",
            "may not use it",
        ),
        (f"steps:{TASK % 'no-such-connection'}", "connection-not-authorized", "no-such-connection"),
        (f"steps:{TASK % 'not-authorized'}", "connection-not-authorized", "not-authorized"),
        (f"steps:{TASK % '$(CONNECTION)'}", "connection-by-variable", "$(CONNECTION)"),
        ("pool: {vmImage: ubuntu-18.04}\nsteps: [{script: echo hello}]", "image-retired", "ubuntu-18.04"),
        (
            "steps: [{task: UsePythonVersion@0, inputs: {versionSpec: '3.7'}}]",
            "python-not-there",
            "no Python 3.7",
        ),
        (
            f"variables: [{{group: failures-env}}]\nsteps: [{{bash: '{JOB}', displayName: Train}}]",
            "secret-not-mapped",
            "DATABRICKS_TOKEN did not reach the script",
        ),
        (
            "variables: [{group: failures-env}]\n"
            'steps: [{bash: \'set -e; echo "to $(DATABRICKS_HOTS)"; test -n "$(DATABRICKS_HOTS)"\', displayName: Ask}]',
            "variable-without-value",
            "step Ask failed",
        ),
    ],
    ids=["no-group", "group-not-authorized", "no-connection", "connection-not-authorized", "connection-by-variable",
         "old-image", "old-python", "secret-not-mapped", "misspelt"],
)  # fmt: skip
def test_a_run_that_fails_is_explained(place, yaml, rule, words):
    found = failure(place, yaml)
    assert found.rule.name == rule
    assert words in found.message
    assert found.fix


def test_without_parallel_jobs_no_agent_takes_it(place, cloud):
    with Player(cloud.folder) as player:
        player.play("f22-no-hosted-parallelism")
        found = failure(place, "steps: [{script: echo hello}]")
        player.clear("f22-no-hosted-parallelism")
    assert (found.rule.id, found.rule.name) == ("F22", "no-hosted-parallelism")
    assert "azpipelines-parallelism-request" in found.text
