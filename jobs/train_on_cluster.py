"""Trains on Databricks, for a pipeline: brings jobs/ there, runs train.py on a cluster, and waits with its output.

The registry is handed over as a parameter, since what is set on an agent is not set on the cluster. The model version
goes to a small JSON file, from which `jobs.deploy` and `jobs.smoke_test` take it (`--model-from`).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.errors.platform import NotFound
from databricks.sdk.service.compute import ClusterDetails, ClusterSource, ListClustersFilterBy, State
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunResultState, Source, SparkPythonTask, SubmitTask
from databricks.sdk.service.workspace import ExportFormat, ImportFormat

from jobs.registry import given
from jobs.settings import MODEL_NAME

JOBS = Path(__file__).parent
# The last line that train.py prints.
REGISTERED = re.compile(r"^registered (?P<name>\S+) version (?P<version>\d+) from run (?P<run>[0-9a-f]+)$", re.M)
# Orders to a terminal, or to the agent that reads this output: text from afar must not give any.
ORDERS = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)|[\x00-\x08\x0b-\x1f\x7f]|##(?=vso|\[)")
ENDED = (RunLifeCycleState.TERMINATED, RunLifeCycleState.SKIPPED, RunLifeCycleState.INTERNAL_ERROR)
MADE_BY_PEOPLE = ListClustersFilterBy(cluster_sources=[ClusterSource.UI, ClusterSource.API])
PAUSE = 5.0
LAST_LINES = 15


class TrainingError(Exception):
    """No model was trained; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one training run on a cluster."""

    cluster: str
    data: str
    experiment: str
    tracking_uri: str
    registry_uri: str
    model_name: str
    commit: str
    pipeline_run: str
    attempt: str
    minutes: float
    result: str


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it; `run_id` is MLflow's, `job_run_id` the workspace's."""

    registry_uri: str
    model_name: str
    model_version: str
    run_id: str
    job_run_id: int


@dataclass(slots=True)
class Training:
    """One training run on a workspace; `pause` is what waiting is."""

    workspace: WorkspaceClient
    settings: Settings
    pause: Callable[[float], None] = time.sleep

    def run(self) -> Trained:
        """From files to a registered version. TrainingError or DatabricksError say what went wrong."""
        until = time.monotonic() + self.settings.minutes * 60
        cluster_id = self._cluster(until)
        folder = self._sync()
        job_run_id = self._submit(cluster_id, f"{folder}/train.py")
        logs = self._follow(job_run_id, until)
        found = REGISTERED.search(logs)
        if found is None:
            raise TrainingError("train.py ended well and named no model version: is jobs/train.py changed?")
        self._tag(found["run"])
        return Trained(self.settings.registry_uri, found["name"], found["version"], found["run"], job_run_id)

    def _cluster(self, until: float) -> str:
        """The id of the cluster of that name, once it runs; it is started where it does not."""
        found = named(self.workspace, self.settings.cluster)
        cluster_id, asked = str(found.cluster_id), False
        while found.state not in (State.RUNNING, State.RESIZING):
            if found.state is State.TERMINATED and not asked:
                print(f"starting cluster {self.settings.cluster}", flush=True)
                self.workspace.clusters.start(cluster_id)
                asked = True
            elif found.state in (State.TERMINATED, State.ERROR, State.UNKNOWN):
                reason = found.state_message or f"it is {found.state.value}"
                raise TrainingError(f"cluster {self.settings.cluster} does not start: {reason}")
            self._wait(until, f"cluster {self.settings.cluster} does not run yet")
            found = self.workspace.clusters.get(cluster_id)
        print(f"cluster {self.settings.cluster} runs", flush=True)
        return cluster_id

    def _sync(self) -> str:
        """Bring jobs/*.py to a folder of its own for each state of the code; gives the folder."""
        files = {file.name: file.read_bytes() for file in sorted(JOBS.glob("*.py"))}
        folder = f"/Users/{self.workspace.current_user.me().user_name}/mlops-wizard/pipeline/{fingerprint(files)}/jobs"
        self.workspace.workspace.mkdirs(folder)
        written = sum(self._write(f"{folder}/{name}", content) for name, content in files.items())
        print(f"{written} of {len(files)} files brought to {folder}", flush=True)
        return folder

    def _write(self, path: str, content: bytes) -> bool:
        """Write a file where it is not there as it should be; whether that was needed."""
        files = self.workspace.workspace
        try:
            if base64.b64decode(files.export(path, format=ExportFormat.AUTO).content or "") == content:
                return False
        except NotFound:
            pass
        files.import_(path, content=base64.b64encode(content).decode(), format=ImportFormat.RAW, overwrite=True)
        return True

    def _submit(self, cluster_id: str, file: str) -> int:
        """Submit train.py; the same attempt of the same pipeline run finds the run it began."""
        said = self.settings
        key = f"pipeline-{said.pipeline_run}-{said.attempt}" if said.pipeline_run else ""
        parameters = {
            "data": said.data,
            "experiment": said.experiment,
            "tracking-uri": said.tracking_uri,
            "registry-uri": said.registry_uri,
            "model-name": said.model_name,
            "run-key": key,
            "code-version": said.commit,
        }
        arguments = [part for name, value in parameters.items() if value for part in (f"--{name}", value)]
        task = SubmitTask(
            task_key="main",
            existing_cluster_id=cluster_id,
            spark_python_task=SparkPythonTask(python_file=file, parameters=arguments, source=Source.WORKSPACE),
        )
        name = f"train {said.model_name} {key}".strip()
        run_id = int(self.workspace.jobs.submit(run_name=name, tasks=[task], idempotency_token=key or None).run_id)
        print(f"run {run_id} submitted, registry {said.registry_uri}", flush=True)
        return run_id

    def _follow(self, run_id: int, until: float) -> str:
        """Pass on output as it comes, to the end; gives all of it. TrainingError when the run fails."""
        state, shown = None, ""
        while True:
            run = self.workspace.jobs.get_run(run_id)
            life = run.state.life_cycle_state if run.state else None
            if life is not state and life is not None:
                print(f"run {run_id} is {life.value.lower()}", flush=True)
                state = life
            shown = self._pass_on(run, shown)
            if state in ENDED:
                return self._result(run, shown)
            self._wait(until, f"run {run_id} is not finished; it goes on: {run.run_page_url}")

    def _pass_on(self, run: Run, shown: str) -> str:
        """Print what is new of the output; gives what is shown by now."""
        try:
            logs = self.workspace.jobs.get_run_output(task_of(run)).logs or ""
        except DatabricksError:  # nothing to tell before the task has begun
            return shown
        ended = run.state is not None and run.state.life_cycle_state in ENDED
        whole = logs if ended else logs[: logs.rfind("\n") + 1]
        fresh = whole[len(shown) :] if whole.startswith(shown) else whole
        for line in fresh.splitlines():
            print(f"  {ORDERS.sub('', line)}", flush=True)
        return whole

    def _result(self, run: Run, logs: str) -> str:
        """The output of a run that ended well; TrainingError with its own words for one that did not."""
        if run.state is not None and run.state.result_state is RunResultState.SUCCESS:
            return logs
        output = self.workspace.jobs.get_run_output(task_of(run))
        for line in (output.error_trace or "").splitlines()[-LAST_LINES:]:
            print(f"  {ORDERS.sub('', line)}", flush=True)
        own = next((line[7:] for line in reversed(logs.splitlines()) if line.startswith("error: ")), "")
        reason = own or output.error or (run.state.state_message if run.state else "") or "no reason is given"
        raise TrainingError(f"the run failed: {ORDERS.sub('', reason)} (see {run.run_page_url})")

    def _tag(self, run_id: str) -> None:
        """Let the MLflow run tell which commit and pipeline run it is of."""
        for key, value in {"commit": self.settings.commit, "pipeline_run": self.settings.pipeline_run}.items():
            if value:
                self.workspace.experiments.set_tag(key, value, run_id=run_id)

    def _wait(self, until: float, what: str) -> None:
        if time.monotonic() > until:
            raise TrainingError(f"{what} (after {self.settings.minutes:g} minutes)")
        self.pause(PAUSE)


def named(workspace: WorkspaceClient, name: str) -> ClusterDetails:
    """The one cluster of that name; TrainingError when there is none, or more than one."""
    everything = list(workspace.clusters.list(filter_by=MADE_BY_PEOPLE, page_size=100))
    found = [each for each in everything if each.cluster_name == name]
    if not found:
        there = ", ".join(sorted({str(each.cluster_name) for each in everything})[:10]) or "none"
        raise TrainingError(f"the workspace has no cluster {name!r}; it has: {there}. Correct DATABRICKS_CLUSTER.")
    if len(found) > 1:
        ids = ", ".join(sorted(str(each.cluster_id) for each in found))
        raise TrainingError(f"the workspace has {len(found)} clusters {name!r} ({ids}): rename all but one.")
    return found[0]


def fingerprint(files: Mapping[str, bytes]) -> str:
    """Changes whenever a file does."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def task_of(run: Run) -> int:
    """The id that a run's output is asked by."""
    return int((run.tasks[0].run_id if run.tasks else None) or run.run_id or 0)


def settings_of(arguments: Sequence[str] | None, environment: Mapping[str, str]) -> Settings:
    """Read the settings from command-line arguments; `--help` describes them. Defaults are the agent's variables."""
    parser = argparse.ArgumentParser(
        prog="python -m jobs.train_on_cluster",
        description="Train on a Databricks cluster and wait. Sign-in: DATABRICKS_HOST and DATABRICKS_TOKEN.",
    )
    parser.add_argument("--cluster", required=True, help="name of the cluster; it is started if it does not run")
    parser.add_argument("--data", required=True, help="path of the CSV file on the cluster")
    parser.add_argument("--experiment", required=True, help="MLflow experiment, such as /Shared/wine-test")
    parser.add_argument("--tracking-uri", default="databricks", help="where runs are logged (%(default)s)")
    parser.add_argument("--registry-uri", default="databricks", help="where models are registered (%(default)s)")
    parser.add_argument("--model-name", default=MODEL_NAME, help="name of the registered model (%(default)s)")
    parser.add_argument("--commit", default=given(environment, "BUILD_SOURCEVERSION"), help="commit of the code")
    parser.add_argument("--pipeline-run", default=given(environment, "BUILD_BUILDID"), help="id of the pipeline's run")
    attempt = "-".join(given(environment, f"SYSTEM_{each}ATTEMPT") or "1" for each in ("STAGE", "JOB"))
    parser.add_argument("--attempt", default=attempt, help="which attempt of that run this is")
    parser.add_argument("--minutes", type=float, default=60, help="longest wait for cluster and run (%(default)s)")
    parser.add_argument("--result", default="", help="file to write the model version to, as JSON")
    return Settings(**vars(parser.parse_args(arguments)))


def sign_in(environment: Mapping[str, str]) -> WorkspaceClient:
    """The workspace; TrainingError when a variable did not reach this process."""
    host, token = given(environment, "DATABRICKS_HOST"), given(environment, "DATABRICKS_TOKEN")
    if not host or not token:
        raise TrainingError(
            f"{'DATABRICKS_TOKEN' if host else 'DATABRICKS_HOST'} is empty: a secret variable reaches a script only "
            "when `env:` maps it."
        )
    return WorkspaceClient(host=host, token=token, auth_type="pat")


def main(arguments: list[str] | None = None) -> None:
    """Train as the arguments say. SystemExit with one line when no model came of it."""
    settings = settings_of(arguments, os.environ)
    try:
        trained = Training(sign_in(os.environ), settings).run()
    except TrainingError as error:
        raise SystemExit(f"error: {error}") from error
    except DatabricksError as error:
        raise SystemExit(f"error: Databricks: {' '.join(str(error).split())}") from error
    if settings.result:
        Path(settings.result).write_text(json.dumps(asdict(trained), indent=2) + "\n", encoding="utf-8")
    print(f"{trained.model_name} version {trained.model_version}, run {trained.run_id}", flush=True)


if __name__ == "__main__":
    main()
