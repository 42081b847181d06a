"""Jobs of a workspace with databricks-sdk: real processes, followed while they run, ended in every way there is."""

import io
import time
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, PermissionDenied, ResourceDoesNotExist
from databricks.sdk.service.compute import ClusterSource, ClusterSpec, Library, PythonPyPiLibrary
from databricks.sdk.service.jobs import (
    RunIf,
    RunLifeCycleState,
    RunResultState,
    SparkPythonTask,
    SubmitTask,
    Task,
    TaskDependency,
    TerminationCodeCode,
)
from databricks.sdk.service.workspace import ImportFormat

from tests.sandbox.workspaces import new_workspace
from wizard.sandbox import control

SCRIPT = "/Shared/jobs/script.py"
# Says its arguments at once, then does what the first one asks for.
SOURCE = """
import sys, time
print("arguments", sys.argv[1:])
print("a warning", file=sys.stderr)
if sys.argv[1] == "fail":
    raise ValueError("no [column] named quality")
if sys.argv[1] == "wait":
    time.sleep(600)
print("done")
"""
PATIENCE = timedelta(seconds=60)


@pytest.fixture(scope="module")
def client(in_workspace):
    return WorkspaceClient()


@pytest.fixture(scope="module")
def cluster_id(client):
    return prepared(client)


def prepared(client):
    """A cluster, and the script in the workspace; the cluster's id."""
    client.workspace.mkdirs("/Shared/jobs")
    client.workspace.upload(SCRIPT, io.BytesIO(SOURCE.encode()), format=ImportFormat.AUTO, overwrite=True)
    made = client.clusters.create(
        cluster_name="jobs", spark_version="15.4.x-cpu-ml-scala2.12", node_type_id="Standard_DS3_v2",
        num_workers=0, autotermination_minutes=20,
    )  # fmt: skip
    return made.response.cluster_id


def task(cluster_id, *parameters, key="only", file=SCRIPT, **more):
    python = SparkPythonTask(python_file=file, parameters=list(parameters))
    return SubmitTask(task_key=key, existing_cluster_id=cluster_id, spark_python_task=python, **more)


def until(what, condition):
    """Ask until the answer fits."""
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while time.monotonic() < deadline:
        answer = what()
        if condition(answer):
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"still {answer}")


def ended(client, run_id):
    return until(lambda: client.jobs.get_run(run_id), lambda run: run.end_time)


def output(client, run_id):
    [task_run] = client.jobs.get_run(run_id).tasks
    return client.jobs.get_run_output(task_run.run_id)


def test_a_run_executes_the_file_and_shows_what_it_printed(client, cluster_id):
    wait = client.jobs.submit(run_name="hello", tasks=[task(cluster_id, "go", "{{job.run_id}}", "{{run_id}}")])
    run = wait.result(timeout=PATIENCE)
    [task_run] = run.tasks
    assert run.state.result_state is RunResultState.SUCCESS
    assert run.status.termination_details.code is TerminationCodeCode.SUCCESS
    assert run.run_name == "hello"
    assert run.run_page_url.startswith("https://adb-")
    assert task_run.cluster_instance.cluster_id == cluster_id
    assert run.execution_duration > 0
    logs = client.jobs.get_run_output(task_run.run_id).logs
    assert f"arguments ['go', '{run.run_id}', '{task_run.run_id}']" in logs
    assert "a warning" in logs
    assert logs.rstrip().endswith("done")


def test_a_failing_file_fails_its_run_with_error_and_trace(client, cluster_id):
    wait = client.jobs.submit(run_name="failing", tasks=[task(cluster_id, "fail")])
    run = ended(client, wait.run_id)
    assert run.state.life_cycle_state is RunLifeCycleState.TERMINATED
    assert run.state.result_state is RunResultState.FAILED
    assert run.status.termination_details.code is TerminationCodeCode.RUN_EXECUTION_ERROR
    assert run.state.state_message == "Task only failed with message: Workload failed, see run output for details."
    shown = output(client, wait.run_id)
    assert shown.error == "ValueError: no [column] named quality"
    assert shown.error_trace.startswith("Traceback (most recent call last)")
    assert "arguments ['fail']" in shown.logs


def test_output_shows_while_the_run_goes_on_and_cancelling_ends_it(client, cluster_id):
    wait = client.jobs.submit(run_name="long", tasks=[task(cluster_id, "wait")])
    shown = until(lambda: output(client, wait.run_id), lambda shown: "arguments" in (shown.logs or ""))
    assert shown.metadata.state.life_cycle_state is RunLifeCycleState.RUNNING
    assert [run.run_id for run in client.jobs.list_runs(active_only=True)] == [wait.run_id]
    client.jobs.cancel_run(wait.run_id)
    run = ended(client, wait.run_id)
    assert run.state.result_state is RunResultState.CANCELED
    assert run.state.user_cancelled_or_timedout
    assert run.status.termination_details.code is TerminationCodeCode.USER_CANCELED
    assert "done" not in output(client, wait.run_id).logs


def test_a_run_ends_at_its_time_limit(client, cluster_id):
    wait = client.jobs.submit(run_name="slow", tasks=[task(cluster_id, "wait")], timeout_seconds=2)
    run = ended(client, wait.run_id)
    assert run.state.result_state is RunResultState.TIMEDOUT


def test_a_token_names_the_run_it_made_before(client, cluster_id):
    first = client.jobs.submit(run_name="once", tasks=[task(cluster_id, "go")], idempotency_token="only-once")
    again = client.jobs.submit(run_name="once", tasks=[task(cluster_id, "go")], idempotency_token="only-once")
    assert first.run_id == again.run_id
    first.result(timeout=PATIENCE)
    assert client.jobs.submit(tasks=[task(cluster_id, "go")], idempotency_token="only-once").run_id == first.run_id
    assert [run.run_name for run in client.jobs.list_runs()].count("once") == 1


def test_tasks_take_their_turns_and_a_failure_skips_those_after_it(client, cluster_id):
    after = {"depends_on": [TaskDependency(task_key="first")]}
    tasks = [
        task(cluster_id, "fail", key="first"),
        task(cluster_id, "go", key="skipped", **after),
        task(cluster_id, "go", key="anyway", run_if=RunIf.ALL_DONE, **after),
    ]
    run = ended(client, client.jobs.submit(run_name="three", tasks=tasks).run_id)
    results = {part.task_key: part.state.result_state for part in run.tasks}
    assert results == {
        "first": RunResultState.FAILED,
        "skipped": RunResultState.UPSTREAM_FAILED,
        "anyway": RunResultState.SUCCESS,
    }
    assert run.state.result_state is RunResultState.FAILED


def test_what_cannot_run_is_refused_before_it_starts(client, cluster_id):
    def refused(*tasks, match, **more):
        with pytest.raises(InvalidParameterValue, match=match):
            client.jobs.submit(run_name="refused", tasks=list(tasks), **more)

    no_cluster = "One of job_cluster_key, new_cluster, or existing_cluster_id must be specified"
    refused(match=no_cluster)
    refused(task(None, "go"), match=no_cluster)
    refused(task("0000-000000-nothing1", "go"), match="Cluster 0000-000000-nothing1 does not exist")
    refused(task(cluster_id, "go", file="s.py"), match="Invalid Python file reference")
    refused(task(cluster_id, "go"), task(cluster_id, "go"), match="Duplicate task key")
    unknown = {"depends_on": [TaskDependency(task_key="nobody")]}
    refused(task(cluster_id, "go", **unknown), match="which does not exist")
    circle = {"depends_on": [TaskDependency(task_key="only")]}
    refused(task(cluster_id, "go", **circle), match="form a cycle")
    refused(task(cluster_id, "go"), match="at most 64 characters", idempotency_token="x" * 65)
    with pytest.raises(ResourceDoesNotExist, match="Run 12345 does not exist"):
        client.jobs.get_run(12345)


def test_a_missing_file_or_library_is_an_internal_error_that_says_so(client, cluster_id):
    nothing = [Library(pypi=PythonPyPiLibrary(package="no-such-package-anywhere"))]
    for broken, code, message in (
        (task(cluster_id, file="/Shared/jobs/none.py"), "RESOURCE_NOT_FOUND", "Cannot read the python file"),
        (task(cluster_id, "go", libraries=nothing), "LIBRARY_INSTALLATION_ERROR", "Library installation failed"),
    ):
        run = ended(client, client.jobs.submit(tasks=[broken]).run_id)
        assert run.state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
        assert run.status.termination_details.code.value == code
        assert message in run.state.state_message


def test_a_terminated_cluster_is_started_for_a_run(client, cluster_id):
    client.clusters.delete(cluster_id).result(timeout=PATIENCE)
    wait = client.jobs.submit(run_name="cold", tasks=[task(cluster_id, "go")])
    run = wait.result(timeout=PATIENCE)
    assert run.state.result_state is RunResultState.SUCCESS
    assert run.setup_duration > 0


def test_a_run_may_bring_its_own_cluster(client, cluster_id):
    python = SparkPythonTask(python_file=SCRIPT, parameters=["go"])
    own = ClusterSpec(spark_version="15.4.x-cpu-ml-scala2.12", node_type_id="Standard_DS3_v2", num_workers=0)
    tasks = [SubmitTask(task_key="only", new_cluster=own, spark_python_task=python)]
    run = client.jobs.submit(run_name="own cluster", tasks=tasks).result(timeout=PATIENCE)
    made = client.clusters.get(run.tasks[0].cluster_instance.cluster_id)
    assert made.cluster_id != cluster_id
    assert made.cluster_source is ClusterSource.JOB
    assert made.termination_reason.code.value == "JOB_FINISHED"


def test_a_run_ends_with_its_cluster(client, cluster_id):
    wait = client.jobs.submit(run_name="orphan", tasks=[task(cluster_id, "wait")])
    until(lambda: output(client, wait.run_id), lambda shown: "arguments" in (shown.logs or ""))
    client.clusters.delete(cluster_id)
    run = ended(client, wait.run_id)
    assert run.state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
    assert run.status.termination_details.code is TerminationCodeCode.CLUSTER_ERROR
    assert "was terminated" in run.state.state_message


def test_a_stored_job_runs_when_asked(client, cluster_id):
    python = SparkPythonTask(python_file=SCRIPT, parameters=["go", "stored"])
    stored = [Task(task_key="only", existing_cluster_id=cluster_id, spark_python_task=python)]
    job_id = client.jobs.create(name="stored", tasks=stored).job_id
    assert client.jobs.get(job_id).settings.name == "stored"
    assert [job.job_id for job in client.jobs.list(name="stored")] == [job_id]
    run = client.jobs.run_now(job_id, python_params=["go", "given"]).result(timeout=PATIENCE)
    assert run.job_id == job_id
    assert "arguments ['go', 'given']" in output(client, run.run_id).logs
    client.jobs.delete(job_id)
    with pytest.raises(ResourceDoesNotExist):
        client.jobs.get(job_id)


def test_a_wrong_token_is_refused(in_workspace):
    stranger = WorkspaceClient(host=in_workspace.host, token="dapi" + "0" * 32)
    with pytest.raises(PermissionDenied, match="Invalid access token"):
        stranger.jobs.get_run(1)


def test_a_run_cut_off_by_a_restart_says_so(tmp_path, monkeypatch):
    control.start(tmp_path, 600.0)
    try:
        environment = control.environment(tmp_path)
        access = new_workspace(environment, "dbw-restart")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        client = WorkspaceClient(host=access.host, token=access.token)
        wait = client.jobs.submit(run_name="cut off", tasks=[task(prepared(client), "wait")])
        until(lambda: output(client, wait.run_id), lambda shown: "arguments" in (shown.logs or ""))
        control.stop(tmp_path)
        control.start(tmp_path, 600.0)
        run = client.jobs.get_run(wait.run_id)
        assert run.state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
        assert "sandbox was stopped" in run.state.state_message
        assert "arguments ['wait']" in output(client, wait.run_id).logs
    finally:
        control.stop(tmp_path)
