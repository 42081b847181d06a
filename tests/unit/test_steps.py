"""What each step finds and plans when its thing is missing, half made, made by us, or made by somebody else."""

import subprocess

import pytest

from tests.unit.fake_cloud import ACCOUNT, HOST, account, cluster, fake_cloud, workspace
from wizard.clients.blobs import Container
from wizard.clients.job_runs import JobRun
from wizard.clients.models import ModelVersion, TrackedRun
from wizard.clients.resource_groups import ResourceGroup
from wizard.clients.tokens import Token
from wizard.engine.errors import AnswerError, ServiceError
from wizard.engine.step import Status
from wizard.steps import jobs, registry_names, storage_data, training, waiting
from wizard.steps.job_following import RUN_KEY

DAY = 86_400


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.0)
    return await fake_cloud(tmp_path)


async def test_names_are_written_down_once(cloud):
    assert (await cloud.check("plan.names")).status is Status.TODO
    assert (await cloud.apply("plan.names")).status is Status.OK
    assert 'prefix = "wine"' in cloud.session.project.answers.read_text()
    assert await cloud.plan("plan.names") == []


async def test_a_name_that_somebody_else_has_is_told_before_anything_is_made(cloud):
    cloud.accounts.taken[ACCOUNT] = f"The storage account named {ACCOUNT} is already taken."
    outcome = await cloud.check("plan.names")
    assert outcome.status is Status.FAIL
    assert "already taken" in outcome.message
    assert await cloud.plan("plan.names") is None


async def test_our_own_account_does_not_count_as_taken(cloud):
    cloud.accounts.accounts[ACCOUNT] = account(ACCOUNT)
    assert (await cloud.apply("plan.names")).status is Status.OK


async def test_a_region_without_databricks_is_refused_with_those_that_have_it(cloud):
    cloud.providers.offered = frozenset({"northeurope"})
    outcome = await cloud.check("plan.names")
    assert outcome.status is Status.FAIL
    assert "Databricks" in outcome.message
    assert "northeurope" in outcome.fix


async def test_two_environments_must_not_share_an_account(cloud):
    cloud.session.answers.set("test.storage_account", ACCOUNT)
    assert "own" in (await cloud.check("plan.names")).message


async def test_a_group_is_created_once(cloud):
    assert (await cloud.check("azure.groups")).status is Status.TODO
    assert (await cloud.apply("azure.groups")).status is Status.OK
    assert cloud.groups.created == ["rg-wine-dev"]
    assert await cloud.plan("azure.groups") == []


async def test_a_group_elsewhere_is_accepted_with_a_warning(cloud):
    cloud.groups.groups["rg-wine-dev"] = ResourceGroup("rg-wine-dev", "/id", "northeurope", "Succeeded", {})
    assert (await cloud.check("azure.groups")).status is Status.WARN


async def test_a_workspace_in_creation_is_waited_for_not_created_again(cloud):
    cloud.workspaces.workspaces["dbw-wine-dev"] = workspace("dbw-wine-dev", state="Creating", host="")
    actions = await cloud.plan("databricks.workspaces")
    assert [action.title for action in actions] == ["Create Databricks workspace dbw-wine-dev"]
    cloud.workspaces.workspaces["dbw-wine-dev"] = workspace("dbw-wine-dev", state="Creating")
    await actions[0].run(cloud.at("databricks.workspaces"))
    assert cloud.workspaces.created == []


async def test_a_failed_workspace_is_left_to_a_person(cloud):
    cloud.workspaces.workspaces["dbw-wine-dev"] = workspace("dbw-wine-dev", state="Failed")
    assert (await cloud.check("databricks.workspaces")).status is Status.FAIL
    assert await cloud.plan("databricks.workspaces") is None


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, Status.OK),
        ({"state": "Creating"}, Status.TODO),
        ({"shared_key": False}, Status.FAIL),
        ({"kind": "FileStorage"}, Status.FAIL),
        ({"public_blobs": True}, Status.WARN),
        ({"minimum_tls": "TLS1_0"}, Status.WARN),
    ],
)
async def test_accounts(cloud, changes, status):
    cloud.accounts.accounts[ACCOUNT] = account(ACCOUNT, **changes)
    assert (await cloud.check("storage.accounts")).status is status
    assert cloud.accounts.created == []


async def test_an_account_is_created_once(cloud):
    assert (await cloud.apply("storage.accounts")).status is Status.OK
    assert (await cloud.apply("storage.accounts")).status is Status.OK
    assert cloud.accounts.created == [ACCOUNT]


async def test_a_token_is_made_and_kept(cloud):
    await cloud.knows_token(f"dapi{1:032d}")
    outcome = await cloud.apply("databricks.token")
    assert outcome.status is Status.OK
    assert outcome.facts["token_id"] == "id1"
    assert await cloud.plan("databricks.token") == []


async def test_a_token_whose_value_was_lost_is_revoked_and_made_anew(cloud):
    lost = Token("lost", "mlops-wizard wine dev", 4e9)
    other = Token("other", "mine", 4e9)
    cloud.databricks.tokens.tokens = [lost, other]
    await cloud.knows_token(f"dapi{1:032d}")
    assert "lost" in (await cloud.check("databricks.token")).message
    await cloud.apply("databricks.token")
    assert cloud.databricks.tokens.revoked == ["lost"]
    assert {each.id for each in cloud.databricks.tokens.tokens} == {"other", "id1"}


async def test_a_refused_token_is_replaced(cloud):
    await cloud.knows_token(f"dapi{1:032d}")
    await cloud.apply("databricks.token")
    cloud.by_token.refuses = True
    assert (await cloud.check("databricks.token")).status is Status.TODO
    assert [action.title for action in await cloud.plan("databricks.token")] == ["Make a token"]


@pytest.mark.parametrize(("days", "status", "says"), [(20, Status.OK, "20 days"), (13.5, Status.WARN, "14 days"),
                                                      (1.5, Status.WARN, "36 hours")])  # fmt: skip
async def test_a_token_near_its_end_is_warned_about(cloud, days, status, says, monkeypatch):
    monkeypatch.setattr("wizard.steps.databricks_tokens.time.time", lambda: 1e9)
    await cloud.knows_token(f"dapi{1:032d}")
    await cloud.apply("databricks.token")
    cloud.databricks.tokens.tokens = [Token("id1", "mlops-wizard wine dev", 1e9 + days * DAY)]
    outcome = await cloud.check("databricks.token")
    assert outcome.status is status
    assert says in outcome.message


async def test_a_pasted_token_is_tried_and_kept(cloud):
    value = "dapi" + "0" * 32
    await cloud.knows_token(value)
    cloud.session.answers.set("dev.token", f" '{value}'\n")
    assert (await cloud.apply("databricks.token")).status is Status.OK
    assert cloud.databricks.tokens.made == 0
    assert cloud.session.secrets.get("DATABRICKS_TOKEN@dev").reveal() == value


def test_a_pasted_token_of_another_service_is_refused_by_name(cloud):
    with pytest.raises(AnswerError, match="GitHub") as caught:
        cloud.session.answers.set("dev.token", "ghp_" + "a" * 36)
    assert "aaaa" not in caught.value.message


def git(folder, *arguments):
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


async def with_token(cloud):
    await cloud.knows_token(f"dapi{1:032d}")
    await cloud.apply("databricks.token")
    return cloud.session.project.folder


async def test_the_script_is_written_tried_and_ignored(cloud):
    folder = await with_token(cloud)
    git(folder, "init", "-q")
    assert (await cloud.apply("local.install-script")).status is Status.OK
    assert (folder / "env.sh").stat().st_mode & 0o777 == 0o600
    assert (folder / "env.ps1").stat().st_mode & 0o777 == 0o600
    assert f"https://{HOST}" in (folder / "env.ps1").read_text()
    assert "env.sh\n" in (folder / ".gitignore").read_text()
    assert await cloud.plan("local.install-script") == []


async def test_a_script_in_a_commit_is_an_alarm(cloud):
    folder = await with_token(cloud)
    git(folder, "init", "-q")
    await cloud.apply("local.install-script")
    git(folder, "add", "-f", "env.sh")
    git(folder, "commit", "-q", "-m", "oops")
    outcome = await cloud.check("local.install-script")
    assert outcome.status is Status.FAIL
    assert "git" in outcome.message


async def test_without_a_repository_the_script_still_works(cloud):
    await with_token(cloud)
    outcome = await cloud.apply("local.install-script")
    assert outcome.status is Status.WARN
    assert "git init" in outcome.fix


async def test_somebody_elses_script_is_kept_beside(cloud):
    folder = cloud.session.project.folder
    (folder / "env.sh").write_text("export MINE=1\n")
    await with_token(cloud)
    await cloud.apply("local.install-script")
    assert (folder / "env.sh.previous").read_text() == "export MINE=1\n"
    assert (folder / "env.sh.previous").stat().st_mode & 0o777 == 0o600


async def test_a_cluster_is_created_started_or_waited_for(cloud):
    assert [action.title for action in await cloud.plan("databricks.cluster")] == ["Create the cluster"]
    for state, title in (("TERMINATED", "Start the cluster"), ("PENDING", "Wait for the cluster")):
        cloud.databricks.clusters.clusters = [cluster(state)]
        assert [action.title for action in await cloud.plan("databricks.cluster")] == [title]
        assert (await cloud.check("databricks.cluster")).status is Status.TODO
    assert (await cloud.apply("databricks.cluster")).status is Status.OK
    assert cloud.databricks.clusters.created == []
    cloud.databricks.clusters.clusters = [cluster("TERMINATED")]
    assert (await cloud.apply("databricks.cluster")).status is Status.OK
    assert cloud.databricks.clusters.started == ["c1"]


async def test_our_cluster_wins_over_one_of_the_same_name_and_two_are_told_apart(cloud):
    theirs = cluster("RUNNING", tags={"team": "x"}, id_="c9")
    cloud.databricks.clusters.clusters = [theirs, cluster("RUNNING")]
    assert (await cloud.check("databricks.cluster")).facts["cluster_id"] == "c1"
    cloud.databricks.clusters.clusters = [theirs, cluster("RUNNING", tags={"team": "y"}, id_="c8")]
    with pytest.raises(ServiceError, match="c9, c8"):
        await cloud.check("databricks.cluster")


async def test_why_a_cluster_did_not_start_is_told(cloud):
    cloud.databricks.clusters.clusters = [cluster("PENDING", reason="AZURE_QUOTA_EXCEEDED_EXCEPTION (QuotaExceeded)")]
    cloud.databricks.clusters.becomes = "TERMINATED"
    with pytest.raises(ServiceError, match="QuotaExceeded") as caught:
        await cloud.apply("databricks.cluster")
    assert caught.value.code == "AZURE_QUOTA_EXCEEDED_EXCEPTION"


async def test_only_missing_packages_are_installed(cloud):
    cloud.databricks.libraries.statuses = {"pyyaml": "INSTALLED"}
    assert (await cloud.check("databricks.libraries")).status is Status.TODO
    assert (await cloud.apply("databricks.libraries")).status is Status.OK
    assert cloud.databricks.libraries.installed == ["mlflow[extras]"]
    assert await cloud.plan("databricks.libraries") == []


async def test_a_public_container_is_an_alarm(cloud):
    cloud.blobs.containers["data"] = Container("data", "blob")
    assert (await cloud.check("storage.container")).status is Status.FAIL
    assert await cloud.plan("storage.container") == []


async def test_the_data_set_is_uploaded_and_another_file_replaced(cloud):
    cloud.blobs.create_container("data")
    assert (await cloud.apply("storage.dataset")).status is Status.OK
    cloud.blobs.contents["winequality-red.csv"] = b"a;b\n1;2\n"
    assert (await cloud.check("storage.dataset")).status is Status.TODO
    assert (await cloud.plan("storage.dataset"))[0].risk == "hard to undo"
    assert (await cloud.apply("storage.dataset")).status is Status.OK


def test_the_shipped_file_is_the_published_one():
    assert storage_data.differences(storage_data.SHIPPED.read_bytes()) == []


async def test_a_mount_of_another_account_is_replaced_and_the_key_is_nowhere_to_be_read(cloud):
    cloud.databricks.commands.mounted = ("wasbs://data@other.blob.core.windows.net", 1599)
    actions = await cloud.plan("databricks.mount")
    assert "unmount" in actions[0].command
    assert "AAAA" not in actions[0].command
    assert (await cloud.apply("databricks.mount")).status is Status.OK
    assert await cloud.plan("databricks.mount") == []


async def test_a_mount_that_does_not_read_is_not_believed(cloud):
    cloud.databricks.commands.mounted = (f"wasbs://data@{ACCOUNT}.blob.core.windows.net", -1)
    assert (await cloud.check("databricks.mount")).status is Status.TODO


def trained(cloud, result="SUCCESS", *, version=True):
    folder = cloud.session.project.folder
    code = jobs.version_of(jobs.code(folder))
    tags = {"code_version": code, "dataset_md5": "m", RUN_KEY: "k1"}
    metrics = {"r2": 0.38, "baseline_r2": 0.0, "rmse": 0.6}
    cloud.databricks.models.tracked = [TrackedRun("run1", "FINISHED", metrics, {}, tags)]
    cloud.databricks.models.registered = (
        [ModelVersion(registry_names.MODEL, "1", "run1", "READY", "None")] if version else []
    )
    cloud.databricks.runs.runs["wine-model-train k1"] = JobRun(7, 8, "TERMINATED", result, "", "https://page")


async def test_a_run_that_was_lost_sight_of_is_followed_further_and_a_failed_one_is_not(cloud):
    code = cloud.session.project.folder / "jobs"
    code.mkdir(exist_ok=True)
    (code / "train.py").write_text("print(1)\n")
    entry = {"instance": "jobs.train-from-local@dev", "action": training.TITLE, "key": "k1"}
    for event in ("begun", "failed"):
        cloud.session.journal.write(event, **entry)
    runs = cloud.databricks.runs.runs
    for state, result, again in (
        ("RUNNING", "", True),
        ("TERMINATED", "SUCCESS", True),
        ("TERMINATED", "FAILED", False),
    ):
        runs["wine-model-train k1"] = JobRun(7, 8, state, result, "", "https://page")
        (action,) = await cloud.plan("jobs.train-from-local")
        assert (action.key == "k1") is again, (state, result)


async def test_training_is_ok_as_long_as_code_and_data_are_the_same(cloud):
    code = cloud.session.project.folder / "jobs"
    code.mkdir()
    (code / "train.py").write_text("print(1)\n")
    assert (await cloud.check("jobs.train-from-local")).status is Status.TODO
    trained(cloud)
    outcome = await cloud.check("jobs.train-from-local")
    assert outcome.status is Status.OK
    assert "run1" in outcome.proof
    assert await cloud.plan("jobs.train-from-local") == []
    (code / "train.py").write_text("print(2)\n")
    assert (await cloud.check("jobs.train-from-local")).status is Status.TODO
    assert len(await cloud.plan("jobs.train-from-local")) == 1


async def test_a_run_without_success_or_version_does_not_count(cloud):
    (cloud.session.project.folder / "jobs").mkdir()
    (cloud.session.project.folder / "jobs" / "train.py").write_text("")
    trained(cloud, result="FAILED")
    assert (await cloud.check("jobs.train-from-local")).status is Status.TODO
    trained(cloud, version=False)
    assert (await cloud.check("jobs.train-from-local")).status is Status.TODO


async def test_a_run_that_a_crash_left_behind_is_taken_up_with_its_key(cloud):
    (cloud.session.project.folder / "jobs").mkdir()
    (cloud.session.project.folder / "jobs" / "train.py").write_text("")
    first = (await cloud.plan("jobs.train-from-local"))[0]
    cloud.session.journal.write("begun", instance="jobs.train-from-local@dev", action=first.title, key=first.key)
    assert (await cloud.plan("jobs.train-from-local"))[0].key == first.key
    name = f"wine-model-train {first.key}"
    cloud.databricks.runs.runs[name] = JobRun(7, 8, "TERMINATED", "FAILED", "", "")
    assert (await cloud.plan("jobs.train-from-local"))[0].key != first.key
