"""From an empty sandbox cloud to a trained and registered model, with one command and no answer."""

import json
import re
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.benchmarks.mission import RATIO
from tests.rehearsal import ROOT, WIZARD, clean_environment, key
from tests.sandbox.conftest import enter
from tests.sandbox.devops_access import connection
from wizard.engine.secrets import read_exports
from wizard.sandbox.scenarios.player import Player
from wizard.sandbox.store import Store
from wizard.steps.registry_names import MODEL

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

# Databricks tokens, JSON web tokens, storage account keys: also those that no test knows the value of.
SHAPES = (
    r"dapi[0-9a-f]{32}",
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    r"(?<![\w+/=])[A-Za-z0-9+/]{86}==(?![\w+/=])",
)
SCRIPTS = ("env", "env.test", "env.prod", "env.cmr")
DATA = ROOT / "wizard" / "data" / "winequality-red.csv"


def test_apply_reaches_the_trained_model(finished):
    run = finished.first
    assert run.exit_code == 0, run.explain()
    assert set(run.statuses.values()) <= {"ok", "warn"}
    assert run.statuses["jobs.train-from-local@dev"] == "ok"


def test_the_code_is_on_the_main_branch(finished):
    def git(*command):
        done = subprocess.run(
            ["git", *command], cwd=finished.rehearsal.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    proofs = [event["proof"] for event in finished.first.of("step.checked") if event["step"] == "repo.push"]
    assert "has the commit in its history" in proofs[-1]
    assert git("branch", "--show-current") == "initial"
    assert git("show", "--name-only", "--format=%s", "HEAD").split("\n") == [
        "Write down how this project is set up", "", "mlops-wizard.toml",
    ]  # fmt: skip
    assert git("merge-base", "HEAD", "origin/main") == git("rev-parse", "HEAD")
    assert git("status", "--porcelain") == ""


def test_the_service_is_proven_by_its_answers_and_comes_of_the_pushed_commit(finished):
    last = {event["step"]: event for event in finished.first.of("step.checked")}
    difference = float(re.search(r"by at most (\S+)$", last["service.test"]["proof"])[1])
    assert difference <= 1e-9
    main = subprocess.run(
        ["git", "rev-parse", "origin/main"], cwd=finished.rehearsal.folder, capture_output=True, text=True, check=True
    ).stdout[:10]
    assert f"is of {main}" in last["devops.run-test"]["proof"]
    assert main in last["registry.model-test"]["proof"]
    said = [event["message"] for event in finished.first.of("step.checked") if event["step"] == "devops.run-test"]
    assert any("Train and deploy in prod skipped" in each for each in said)
    assert "Train and deploy in prod succeeded" in said[-1], "the release went through test, too"
    assert "model version 2" in last["service.test"]["message"], "and left its own version there"
    runs = {re.search(r"run (\d+)", last[step]["proof"].rpartition("pipeline")[2])[1]
            for step in ("devops.run-test", "registry.model-test")}  # fmt: skip
    assert len(runs) == 1


@pytest.mark.usefixtures("entered")
def test_prods_model_is_in_the_central_registry_alone_and_of_the_releases_run(finished):
    found = {event["step"]: event for event in finished.first.of("step.checked")}
    run = re.search(r"run (\d+) is of", found["devops.run-prod"]["proof"])[1]
    central, prod = (databricks(finished.rehearsal.folder / name) for name in ("env.cmr.sh", "env.prod.sh"))
    (version,) = central.model_registry.search_model_versions(filter=f"name='{MODEL}'")
    tags = {tag.key: tag.value for tag in prod.experiments.get_run(version.run_id).run.data.tags}
    assert tags["pipeline_run"] == run
    assert list(prod.model_registry.list_models()) == []
    assert [model.name for model in central.model_registry.list_models()] == [MODEL]
    difference = float(re.search(r"by at most (\S+)$", found["service.prod"]["proof"])[1])
    assert difference <= 1e-9


@pytest.fixture
def entered(finished, monkeypatch):
    """This process is in the sandbox."""
    enter(finished.rehearsal.environment(), monkeypatch)


def databricks(script):
    """The vendor's client of the workspace that an install script names."""
    from databricks.sdk import WorkspaceClient

    exports = read_exports(script)
    return WorkspaceClient(host=exports["DATABRICKS_HOST"], token=exports["DATABRICKS_TOKEN"])


@pytest.mark.usefixtures("entered")
def test_a_push_to_a_feature_branch_starts_nothing_and_a_tag_starts_what_goes_to_prod(finished):
    environment = finished.rehearsal.environment()
    clients = connection(environment, environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1
    project, git = environment["AZURE_DEVOPS_PROJECT"], clients.get_git_client()
    repository = git.get_repository("wine-mlops", project)
    main = git.get_refs(repository.id, project, filter="heads/main")[0].object_id
    pushed = {"name": "refs/heads/feature/x", "oldObjectId": "0" * 40, "newObjectId": main}
    assert git.update_refs([pushed], repository.id, project)[0].success
    builds = clients.get_build_client()
    started = {build.source_branch: build for build in builds.get_builds(project)}
    assert set(started) == {"refs/heads/main", "refs/tags/v1.0.0"}
    ended = {
        ref: {
            each.identifier: each.result
            for each in builds.get_build_timeline(project, build.id).records
            if each.type == "Stage"
        }
        for ref, build in started.items()
    }
    assert ended["refs/heads/main"] == {"Build": "succeeded", "Test": "succeeded", "Prod": "skipped"}
    assert ended["refs/tags/v1.0.0"] == {"Build": "succeeded", "Test": "succeeded", "Prod": "succeeded"}


def test_a_service_that_answers_nonsense_is_found_by_asking_it(finished):
    with Player(finished.rehearsal.folder / ".mlops-wizard" / "sandbox") as player:
        player.play("f28-service-answers-nonsense")
        found = finished.rehearsal.walk("check", "--step", "service.test").of("step.checked")[-1]
        player.clear("f28-service-answers-nonsense")
    assert (found["step"], found["status"], found["diagnosis"]) == ("service.test", "fail", "F28")
    assert found["fix"].startswith("correct jobs/score.py")
    assert finished.rehearsal.walk("check", "--step", "service.test").exit_code == 0


def test_every_step_has_a_proof(finished):
    last = {(event["step"], event["environment"]): event for event in finished.first.of("step.checked")}
    assert [name for name, event in last.items() if not event["proof"]] == []


def guide_table():
    """The rows of the README's table of the guide: step and proof, in which `…` stands for anything."""
    section = (ROOT / "README.md").read_text().partition("## The guide, line by line")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?:\d+|and) .*? \| `([\w.@-]+)` \| (.*) \|$", section, re.MULTILINE)
    assert len(rows) >= 40
    return rows


def test_each_line_of_the_guide_has_the_proof_that_the_readme_shows(finished):
    proofs = {}
    for event in finished.first.of("step.checked"):
        proofs[key(event)] = proofs[event["step"]] = event["proof"]
    shown = {(step, proof) for step, proof in guide_table()}
    patterns = {(step, proof): ".*".join(map(re.escape, proof.split("…"))) for step, proof in shown}
    assert [
        step for (step, proof), pattern in patterns.items() if not re.fullmatch(pattern, proofs[step], re.DOTALL)
    ] == []


def test_applying_takes_about_as_long_as_its_longest_chain(finished):
    summary = finished.first.summary
    print(
        f"{summary['seconds']} s, longest chain {summary['critical_seconds']} s: {' > '.join(summary['critical_path'])}"
    )
    assert summary["critical_path"][-3:] == ["devops.run-prod@prod", "registry.model-cmr@prod", "service.prod@prod"]
    assert summary["seconds"] <= RATIO * summary["critical_seconds"]


def test_the_model_is_as_good_as_the_same_code_run_here(finished, tmp_path):
    store = f"sqlite:///{tmp_path}/mlflow.db"
    local = subprocess.run(
        [sys.executable, "-m", "jobs.train", "--data", str(DATA), "--tracking-uri", store, "--registry-uri", store,
         "--experiment", "local", "--model-name", "local"],
        cwd=tmp_path, env={**clean_environment(), "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert local.returncode == 0, local.stderr
    here = next(float(line.split("=")[1]) for line in local.stdout.splitlines() if line.startswith("r2"))
    there = next(event["value"] for event in finished.first.of("metric") if event["name"] == "r2")
    print(f"held-out R2: cluster {there}, here {here}")
    assert there == pytest.approx(here, abs=1e-9)


def test_a_second_apply_does_nothing(finished):
    again = finished.rehearsal.walk("apply", "--yes")
    assert again.exit_code == 0, again.explain()
    assert again.summary["actions"] == 0


def test_the_sandbox_survives_a_restart(finished):
    finished.rehearsal.stop()
    finished.rehearsal.start(600)
    check = finished.rehearsal.walk("check")
    assert check.exit_code == 0, check.explain()


def test_run_follows_a_job(finished):
    done = finished.rehearsal.wizard("run", "wine-model-train", "--cluster", "wine-dev", "--sandbox")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "r2" in done.stdout


def test_an_unknown_cluster_is_answered_with_the_ones_there_are(finished):
    done = finished.rehearsal.wizard("run", "wine-model-train", "--cluster", "nope", "--sandbox")
    assert done.returncode == 1
    assert "nope" in done.stdout
    assert "wine-dev" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def service_keys(folder):
    """The keys of all deployed services, which only the sandbox itself keeps."""
    with closing(Store(folder / ".mlops-wizard" / "sandbox" / "state.sqlite")) as store:
        found = [key for _, service in store.items("ml_service") for key in service["keys"].values()]
    assert len(found) == 4, "two of each service"
    return found


@pytest.fixture
def secret(finished):
    """What every secret of the whole way looks like, and each one that is known."""
    folder: Path = finished.rehearsal.folder
    tokens = [read_exports(folder / f"{name}.sh")["DATABRICKS_TOKEN"] for name in SCRIPTS]
    environment = finished.rehearsal.environment()
    known = [*tokens, environment["AZURE_CLIENT_SECRET"], environment["AZURE_DEVOPS_EXT_PAT"], *service_keys(folder)]
    return re.compile("|".join([*map(re.escape, known), *SHAPES]))


def test_no_secret_rests_outside_the_install_script(finished, secret):
    folder: Path = finished.rehearsal.folder
    in_bytes = re.compile(secret.pattern.encode())
    holding = {file for file in folder.rglob("*") if file.is_file() and in_bytes.search(file.read_bytes())}
    store = folder / ".mlops-wizard" / "sandbox"
    own = {store / name for name in ("identity.json", "state.sqlite", "state.sqlite-wal", "state.sqlite-shm")}
    scripts = {folder / f"{name}.{kind}" for name in SCRIPTS for kind in ("sh", "ps1")}
    assert holding - own == scripts
    assert {oct(stat.S_IMODE(file.stat().st_mode)) for file in holding} == {"0o600"}
    assert not secret.search(json.dumps(finished.first.events))


def test_no_secret_is_in_a_command_line(finished, secret):
    assert any("jobs.deploy" in line for line in finished.command_lines)
    assert [secret.sub("[secret]", line) for line in finished.command_lines if secret.search(line)] == []


def test_plan_after_the_end_has_nothing_to_do(finished):
    plan = finished.rehearsal.walk("plan")
    assert plan.exit_code == 0, plan.explain()
    assert plan.of("step.planned") == []


def test_a_second_wizard_is_told_who_holds_the_folder(finished):
    folder = finished.rehearsal.folder
    holder = subprocess.Popen(
        [*WIZARD, "engine", "--sandbox", "--project", str(folder), "--purpose", "first wizard"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment(), cwd=folder,
    )  # fmt: skip
    try:
        ready = next(line for line in holder.stdout if '"engine.ready"' in line)
        assert ready
        second = finished.rehearsal.wizard("check", "--sandbox")
    finally:
        holder.communicate()  # closes its input, and takes what it still has to say
    assert second.returncode == 1
    assert "first wizard" in second.stdout
    assert str(holder.pid) in second.stdout
