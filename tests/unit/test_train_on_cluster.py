"""Training on a cluster for a pipeline, with the workspace held in memory: what is asked of it, and what is told."""

import base64
import json
from types import SimpleNamespace

import pytest
from databricks.sdk.errors.platform import NotFound, PermissionDenied
from databricks.sdk.service.compute import ClusterDetails, State
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunOutput, RunResultState, RunState, RunTask

from jobs import train_on_cluster
from jobs.deploy_settings import deploy_settings
from jobs.train_on_cluster import JOBS, Training, TrainingError, main, settings_of

TOKEN = "the-token-of-the-workspace"
ARGUMENTS = ["--cluster", "wine", "--data", "/dbfs/mnt/data/wine.csv", "--experiment", "/Shared/wine-test",
             "--registry-uri", "databricks://cmr:cmr"]  # fmt: skip
AGENT = {"BUILD_SOURCEVERSION": "abc123", "BUILD_BUILDID": "17", "SYSTEM_STAGEATTEMPT": "1", "SYSTEM_JOBATTEMPT": "2"}
RUN = "0123456789abcdef0123456789abcdef"
LAST = f"registered sk-learn-linear-reg-model version 4 from run {RUN}\n"
Life = RunLifeCycleState


class FakeWorkspace:
    """Clusters, files and one run; `looks` are what the run is and has written, in turn."""

    def __init__(self):
        self.clusters = self.jobs = self.experiments = self.current_user = self.workspace = self
        self.found = [cluster("wine", State.RUNNING)]
        self.states, self.files, self.tags, self.submitted, self.started = [], {}, {}, [], []
        self.looks = [(Life.PENDING, None), (Life.RUNNING, "r2=0.37\nhalf a li"), (Life.TERMINATED, f"r2=0.37\n{LAST}")]
        self.result, self.error, self.trace = RunResultState.SUCCESS, None, None

    def list(self, filter_by, page_size):
        return iter(self.found)

    def start(self, cluster_id):
        self.started.append(cluster_id)

    def get(self, cluster_id):
        return cluster("wine", self.states.pop(0))

    def me(self):
        return SimpleNamespace(user_name="someone@example.org")

    def mkdirs(self, path):
        self.folder = path

    def export(self, path, format):
        if path not in self.files:
            raise NotFound("no such file")
        return SimpleNamespace(content=base64.b64encode(self.files[path]).decode())

    def import_(self, path, content, format, overwrite):
        self.files[path] = base64.b64decode(content)

    def submit(self, run_name, tasks, idempotency_token):
        self.submitted.append((run_name, tasks[0], idempotency_token))
        return SimpleNamespace(run_id=99)

    def get_run(self, run_id):
        life, self.logs = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        result = self.result if life is Life.TERMINATED else None
        return Run(run_id=run_id, tasks=[RunTask(task_key="main", run_id=100)], run_page_url="https://page",
                   state=RunState(life_cycle_state=life, result_state=result, state_message="the state"))  # fmt: skip

    def get_run_output(self, run_id):
        assert run_id == 100
        if self.logs is None:
            raise PermissionDenied("Run output is not available yet")
        return RunOutput(logs=self.logs, error=self.error, error_trace=self.trace)

    def set_tag(self, key, value, run_id):
        self.tags[key] = (value, run_id)


def cluster(name, state, cluster_id="c1"):
    return ClusterDetails(cluster_id=cluster_id, cluster_name=name, state=state, state_message="no cores left")


@pytest.fixture
def workspace():
    return FakeWorkspace()


def train(workspace, *more, environment=AGENT):
    return Training(workspace, settings_of([*ARGUMENTS, *more], environment), pause=lambda seconds: None).run()


def test_the_version_comes_from_the_runs_own_words(workspace, capsys):
    trained = train(workspace)
    assert (trained.model_name, trained.model_version) == ("sk-learn-linear-reg-model", "4")
    assert (trained.run_id, trained.job_run_id) == (RUN, 99)
    said = capsys.readouterr().out
    assert said.count("r2=0.37") == 1
    assert "half a li" not in said
    assert f"  {LAST}" in said


def test_the_registry_is_handed_over_as_a_parameter(workspace):
    train(workspace)
    ((name, task, key),) = workspace.submitted
    parameters = task.spark_python_task.parameters
    assert parameters[parameters.index("--registry-uri") + 1] == "databricks://cmr:cmr"
    assert parameters[parameters.index("--code-version") + 1] == "abc123"
    assert task.existing_cluster_id == "c1"
    assert task.spark_python_task.python_file == f"{workspace.folder}/train.py"
    assert key == "pipeline-17-1-2"
    assert key in name


def test_the_code_is_brought_once_for_each_state_of_it(workspace, capsys):
    train(workspace)
    assert workspace.files[f"{workspace.folder}/train.py"] == (JOBS / "train.py").read_bytes()
    assert workspace.folder.endswith("/jobs")
    count = len(list(JOBS.glob("*.py")))
    assert f"{count} of {count} files brought" in capsys.readouterr().out
    workspace.looks = [(Life.TERMINATED, LAST)]
    train(workspace)
    assert f"0 of {count} files brought" in capsys.readouterr().out


def test_the_run_tells_commit_and_pipeline_run(workspace):
    train(workspace)
    assert workspace.tags == {"commit": ("abc123", RUN), "pipeline_run": ("17", RUN)}


def test_off_an_agent_there_is_no_key_and_no_tag(workspace):
    train(workspace, environment={})
    assert workspace.submitted[0][2] is None
    assert workspace.tags == {}


def test_a_terminated_cluster_is_started_and_waited_for(workspace):
    workspace.found = [cluster("wine", State.TERMINATED)]
    workspace.states = [State.PENDING, State.RUNNING]
    train(workspace)
    assert workspace.started == ["c1"]


def test_a_cluster_that_is_stopping_is_started_when_it_has_stopped(workspace):
    workspace.found = [cluster("wine", State.TERMINATING)]
    workspace.states = [State.TERMINATED, State.PENDING, State.RUNNING]
    train(workspace)
    assert workspace.started == ["c1"]


@pytest.mark.parametrize("states", [[State.PENDING, State.TERMINATED], [State.ERROR]])
def test_a_cluster_that_does_not_start_says_why(workspace, states):
    workspace.found = [cluster("wine", State.TERMINATED)]
    workspace.states = states
    with pytest.raises(TrainingError, match="does not start: no cores left"):
        train(workspace)
    assert workspace.started == ["c1"]


def test_no_cluster_and_two_clusters_are_refused(workspace):
    workspace.found = [cluster("other", State.RUNNING)]
    with pytest.raises(TrainingError, match="no cluster 'wine'; it has: other"):
        train(workspace)
    workspace.found = [cluster("wine", State.RUNNING, "c1"), cluster("wine", State.TERMINATED, "c2")]
    with pytest.raises(TrainingError, match=r"2 clusters 'wine' \(c1, c2\): rename all but one"):
        train(workspace)
    assert workspace.submitted == []


def test_a_failed_run_ends_with_its_own_words_and_trace(workspace, capsys):
    workspace.looks = [(Life.TERMINATED, "start\nerror: /dbfs/x.csv is empty.\n")]
    workspace.result, workspace.error, workspace.trace = RunResultState.FAILED, "SystemExit", "Traceback\n  line 3"
    with pytest.raises(TrainingError, match=r"the run failed: /dbfs/x\.csv is empty\. \(see https://page\)"):
        train(workspace)
    assert "  line 3" in capsys.readouterr().out


def test_a_run_that_registers_nothing_is_a_failure(workspace):
    workspace.looks = [(Life.TERMINATED, "done\n")]
    with pytest.raises(TrainingError, match="named no model version"):
        train(workspace)


def test_the_wait_has_an_end_and_says_that_the_run_goes_on(workspace):
    workspace.looks = [(Life.RUNNING, "r2")]
    with pytest.raises(TrainingError, match=r"run 99 is not finished; it goes on: https://page \(after 0 minutes\)"):
        train(workspace, "--minutes", "0")


def test_output_from_afar_gives_no_orders(workspace, capsys):
    orders = "##vso[task.setvariable variable=X]1\n##[error]no\n\x1b]0;title\x07\x1b[31mred\n"
    workspace.looks = [(Life.TERMINATED, orders + LAST)]
    train(workspace)
    said = capsys.readouterr().out
    assert "##" not in said
    assert "\x1b" not in said


def test_the_result_is_written_and_read_by_the_next_step(workspace, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train_on_cluster, "sign_in", lambda environment: workspace)
    monkeypatch.setattr(train_on_cluster, "PAUSE", 0.0)
    result = tmp_path / "model.json"
    main([*ARGUMENTS, "--result", str(result)])
    assert json.loads(result.read_text())["model_version"] == "4"
    names = ["--subscription-id", "s", "--resource-group", "g", "--workspace-name", "w", "--service", "x",
             "--aks-cluster", "a"]  # fmt: skip
    model = deploy_settings([*names, "--model-from", str(result), "--registry-uri", "databricks"]).model
    assert (model.model_name, model.version) == ("sk-learn-linear-reg-model", "4")
    assert model.run_id == json.loads(result.read_text())["run_id"]
    with pytest.raises(SystemExit, match="names no model version"):
        deploy_settings([*names, "--model-from", str(tmp_path / "none.json")])


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"DATABRICKS_HOST": "https://h"}, "DATABRICKS_TOKEN"),
        ({"DATABRICKS_HOST": "https://h", "DATABRICKS_TOKEN": "$(DATABRICKS_TOKEN)"}, "DATABRICKS_TOKEN"),
        ({"DATABRICKS_TOKEN": TOKEN}, "DATABRICKS_HOST"),
    ],
)
def test_a_secret_that_is_not_mapped_is_explained(monkeypatch, environment, missing):
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=f"error: {missing} is empty: a secret variable reaches a script only"):
        main(ARGUMENTS)


def test_a_refused_token_ends_with_one_line(workspace, monkeypatch):
    def refuse(**given):
        raise PermissionDenied("Invalid access\ntoken.")

    workspace.list = refuse
    monkeypatch.setattr(train_on_cluster, "sign_in", lambda environment: workspace)
    with pytest.raises(SystemExit, match=r"error: Databricks: Invalid access token\."):
        main(ARGUMENTS)
