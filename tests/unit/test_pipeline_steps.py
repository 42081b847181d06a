"""What the steps of the pipeline find and plan: its way into Azure, its variables, and what it may use."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.rehearsal import ROOT
from tests.unit.fake_devops import ISSUER, SUBJECT, connection, record, run
from tests.unit.pipeline_walk import COMMIT, NAME, TOKEN, Walk, pipeline_cloud
from wizard.clients.managed_identities import Federation
from wizard.clients.tokens import Token
from wizard.clients.variable_groups import Variable
from wizard.engine.diagnosis import diagnose
from wizard.engine.errors import AnswerError, NotFoundError, ServiceError
from wizard.engine.events import Output, TimelineShown
from wizard.engine.step import Outcome, Status
from wizard.steps import pipeline_run
from wizard.steps.aks_compute import COMPUTE
from wizard.steps.devops_connection import CONNECTION
from wizard.steps.devops_pipeline import FILE, PIPELINE
from wizard.steps.devops_variables import VARIABLES
from wizard.steps.pipeline_variables import NAMES, asked_for, wanted


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    return await pipeline_cloud(tmp_path, monkeypatch)


class TestConnection:
    @pytest.fixture
    def walk(self, cloud):
        cloud.access.refused = set()
        return Walk(cloud, CONNECTION, "test")

    async def test_identity_connection_trust_and_role_are_made_and_taken_away(self, cloud, walk):
        cloud.access.refused = {"Microsoft.MachineLearningServices/workspaces/computes/write"}
        cloud.access.helps = "b24988ac-6180-42a0-ab88-20f7382dd24c"
        assert (await walk.check()).status is Status.TODO
        assert [action.title.split()[0] for action in await walk.plan()] == ["Create", "Create", "Let", "Make"]
        outcome = await walk.apply()
        assert outcome.status is Status.OK
        assert cloud.identities.trusted == {NAME: Federation(ISSUER, SUBJECT)}
        assert len(cloud.access.given) == 1
        assert await walk.plan() == []
        await walk.undo()
        assert (cloud.identities.identities, cloud.devops.connections.connections, cloud.access.given) == ({}, {}, {})

    async def test_presented_and_trusted_are_shown_side_by_side(self, cloud, walk):
        await walk.apply()
        cloud.identities.trusted = {"old": Federation(ISSUER, "sc://contoso/renamed/mlops-wizard-test")}
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.TODO, "F02")
        assert SUBJECT in outcome.message
        assert "sc://contoso/renamed" in outcome.message
        assert [action.title for action in await walk.plan()] == ["Let the identity trust the connection"]
        assert (await walk.apply()).status is Status.OK

    @pytest.mark.parametrize("changes", [{"scheme": "ServicePrincipal"}, {"client_id": "another"}])
    async def test_a_connection_of_somebody_else_is_adopted_as_it_is(self, cloud, walk, changes):
        cloud.devops.connections.connections[NAME] = connection(NAME, **changes)
        assert (await walk.check()).status is Status.WARN
        assert await walk.plan() is None

    async def test_one_that_is_not_ready_is_told_with_its_reason(self, cloud, walk):
        cloud.devops.connections.connections[NAME] = connection(NAME, ready=False, problem="Insufficient privileges")
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F25")
        assert "Insufficient privileges" in outcome.message
        assert await walk.plan() is None


class TestVariables:
    @pytest.fixture
    def walk(self, cloud):
        return Walk(cloud, replace(VARIABLES, environments=("test",)), "test")

    async def test_the_group_is_made_with_its_one_secret_and_deleted(self, cloud, walk):
        actions = await walk.plan()
        assert "DATABRICKS_TOKEN=[secret]" in actions[0].command
        assert TOKEN not in actions[0].command
        outcome = await walk.apply()
        assert outcome.status is Status.OK, outcome
        group = cloud.devops.variables.groups["test-env"]
        assert [name for name, each in group.variables.items() if each.secret] == ["DATABRICKS_TOKEN"]
        assert cloud.devops.variables.secrets == {"DATABRICKS_TOKEN": TOKEN}
        assert group.variables["REGISTRY_URI"].value == "databricks"
        assert await walk.plan() == []
        await walk.undo()
        assert cloud.devops.variables.groups == {}

    @pytest.mark.parametrize(
        ("name", "variable", "words"),
        [
            ("MODEL", Variable("another"), "MODEL is 'another' instead of 'sk-learn-linear-reg-model'"),
            ("MODEL", None, "MODEL is missing"),
            ("MODEL", Variable("", secret=True), "need not be"),
            ("DATABRICKS_TOKEN", Variable("dapi"), "not marked secret"),
        ],
    )
    async def test_only_what_differs_is_corrected(self, cloud, walk, name, variable, words):
        await walk.apply()
        held = cloud.devops.variables.groups["test-env"].variables
        held.pop(name) if variable is None else held.update({name: variable})
        held["OF_SOMEBODY_ELSE"] = Variable("stays")
        outcome = await walk.check()
        assert outcome.status is Status.TODO
        assert words in outcome.message
        assert (await walk.apply()).status is Status.OK
        assert cloud.devops.variables.written[-1] == {name, "DATABRICKS_TOKEN"}
        assert cloud.devops.variables.groups["test-env"].variables["OF_SOMEBODY_ELSE"].value == "stays"

    async def test_a_revoked_token_is_replaced(self, cloud, walk):
        await walk.apply()
        cloud.databricks.tokens.tokens = [Token("t-2", "mlops-wizard wine test", 4e9)]
        cloud.session.state.remember("databricks.token@test", Outcome(Status.OK, "new", facts={"token_id": "t-2"}))
        assert (await walk.check()).status is Status.TODO
        assert (await walk.apply()).status is Status.OK

    def test_what_only_the_stage_of_another_environment_reads_is_not_asked_for(self, cloud, walk):
        folder = cloud.session.project.folder / "pipelines"
        shutil.copytree(ROOT / "pipelines", folder)
        read = asked_for(walk.context)
        assert "DATABRICKS_TOKEN" in read
        assert not {"REGISTRY_HOST", "REGISTRY_TOKEN"} & read
        assert read - wanted(walk.context).keys() == set()

    async def test_a_name_that_the_pipeline_reads_and_nobody_defines_is_found_before_the_run(self, cloud, walk):
        folder = cloud.session.project.folder / "pipelines"
        folder.mkdir()
        (folder / "azure-pipelines.yml").write_text(
            "variables: {HERE: 1}\nsteps:\n- script: |\n    echo $(AKS_CLUSTR) $(HERE) $(Build.SourceBranch) $(SET)\n"
            "    echo '##vso[task.setvariable variable=SET]x'\n"
        )
        assert asked_for(walk.context) == {"AKS_CLUSTR"}
        await walk.apply()
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F24")
        assert "AKS_CLUSTR" in outcome.message

    async def test_what_others_added_is_told_before_it_goes_with_the_group(self, cloud, walk):
        await walk.apply()
        assert wanted(walk.context).keys() < NAMES
        cloud.devops.variables.groups["test-env"].variables["OF_SOMEBODY_ELSE"] = Variable("x")
        (action,) = await walk.step.undo(walk.context)
        assert action.loses == ("variable OF_SOMEBODY_ELSE",)

    async def test_without_the_tokens_value_nothing_is_written(self, cloud, walk):
        cloud.session.secrets.delete("DATABRICKS_TOKEN@test")
        with pytest.raises(AnswerError, match="not known on this machine"):
            await walk.apply()
        assert cloud.devops.variables.groups == {}


class TestPipeline:
    @pytest.fixture
    async def walk(self, cloud):
        await Walk(cloud, replace(VARIABLES, environments=("test",)), "test").apply()
        cloud.session.state.remember("devops.variables@test", Outcome(Status.OK, "there", facts={"id": "1"}))
        return Walk(cloud, PIPELINE, "test")

    async def test_it_is_made_and_it_alone_may_use_what_it_needs(self, cloud, walk):
        assert [action.title.split()[0] for action in await walk.plan()] == ["Create", "Let"]
        assert (await walk.apply()).status is Status.OK
        assert cloud.devops.pipelines.authorized == {
            (7, "variablegroup", "1"), (7, "endpoint", "c-1"), (7, "queue", "18"),
        }  # fmt: skip
        assert cloud.devops.pipelines.pipelines["wine-mlops"].default_branch == "refs/heads/main"
        assert await walk.plan() == []

    async def test_a_missing_authorisation_is_named(self, cloud, walk):
        await walk.apply()
        cloud.devops.pipelines.authorized = {(7, "endpoint", "c-1"), (7, "queue", "18")}
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.TODO, "F20")
        assert "variable group test-env" in outcome.message
        assert (await walk.apply()).status is Status.OK

    async def test_a_pipeline_of_another_file_is_left(self, cloud, walk):
        await walk.apply()
        made = cloud.devops.pipelines.pipelines["wine-mlops"]
        cloud.devops.pipelines.pipelines["wine-mlops"] = replace(made, file="other.yml")
        outcome = await walk.check()
        assert outcome.status is Status.FAIL
        assert FILE in outcome.fix
        assert await walk.plan() is None

    async def test_one_that_another_environments_step_just_made_is_taken(self, cloud, walk):
        pipelines = cloud.devops.pipelines

        def made_meanwhile(*arguments):
            del pipelines.create
            pipelines.create(*arguments)
            raise ServiceError("exists", status=409, code="DefinitionExistsException")

        pipelines.create = made_meanwhile
        assert (await walk.apply()).status is Status.OK

    async def test_one_that_another_environments_step_just_deleted_is_gone(self, cloud, walk):
        await walk.apply()

        def gone(*_):
            raise NotFoundError("TF400324: The build definition 7 could not be found.", status=404)

        cloud.devops.pipelines.delete = gone
        (action,) = await walk.step.undo(walk.context)
        await action.run(walk.context)


class TestKubernetes:
    @pytest.fixture
    def walk(self, cloud):
        return Walk(cloud, COMPUTE, "test")

    async def test_it_is_made_waited_for_and_deleted(self, cloud, walk):
        assert (await walk.check()).status is Status.TODO
        outcome = await walk.apply()
        assert outcome.status is Status.OK
        assert "3 nodes of Standard_D3_v2" in outcome.message
        assert await walk.plan() == []
        await walk.undo()
        assert cloud.computes.computes == {}

    async def test_one_that_is_being_made_is_waited_for_and_not_made_again(self, cloud, walk):
        cloud.computes.create_kubernetes("/id/mlw", "aks-wine", "westeurope", "Standard_D3_v2", 3)
        cloud.computes.created.clear()
        assert (await walk.plan())[0].title == "Wait for Kubernetes cluster aks-wine"
        assert (await walk.apply()).status is Status.OK
        assert cloud.computes.created == []

    @pytest.mark.parametrize(("problem", "id_"), [("QuotaExceeded: no quota", "F12"), ("Other: broken", "F27")])
    async def test_a_failed_one_is_told_with_its_inner_error(self, cloud, walk, problem, id_):
        cloud.computes.create_kubernetes("/id/mlw", "aks-wine", "westeurope", "Standard_D3_v2", 3)
        cloud.computes.computes["aks-wine"] = replace(
            cloud.computes.computes["aks-wine"], state="Failed", problem=problem
        )
        outcome = await walk.check()
        assert (outcome.status, outcome.diagnosis) == (Status.FAIL, id_)
        assert problem in outcome.message
        assert await walk.plan() is None


class TestRun:
    @pytest.fixture
    def walk(self, cloud, monkeypatch):
        monkeypatch.setattr(pipeline_run, "FIRST_PAUSE", 0.0)
        return Walk(cloud, pipeline_run.RUN_TEST, "test")

    async def test_it_is_queued_watched_and_proved_by_its_commit(self, cloud, walk):
        runs = cloud.devops.pipeline_runs
        assert (await walk.plan())[0].title == "Run the pipeline"
        going = [record("Stage", "Test", state="inProgress"), record("Task", "Train", state="inProgress", log_id=3)]
        ended = [record("Stage", "Test", "succeeded"), record("Task", "Train", "succeeded", log_id=3),
                 record("Stage", "Prod", "skipped")]  # fmt: skip
        runs.lines = {3: ["one", "two"]}
        going_on = (run(COMMIT, "inProgress", ""), going)
        runs.ahead = [(run("another"), []), (run("another"), []), going_on, going_on, (run(COMMIT), ended)]
        outcome = await walk.apply()
        assert outcome.status is Status.OK
        assert "Prod skipped" in outcome.message
        assert COMMIT[:10] in outcome.proof
        assert runs.queued == [COMMIT]
        said = [(event.part, event.number, event.text) for event in cloud.said if isinstance(event, Output)]
        assert said == [("Task Train", 1, "one"), ("Task Train", 2, "two")]
        shown = [event for event in cloud.said if isinstance(event, TimelineShown)]
        assert [(event.state, event.result) for event in shown] == [
            ("running", ""), ("ended", "ok"), ("ended", "ok"),
        ], "the two looks of the watch, and the check that proves it"  # fmt: skip
        prod = next(line for line in shown[-1].lines if line["name"] == "Prod")
        assert (prod["result"], prod["remark"]) == ("skipped", "expected: prod is set up later")
        assert await walk.plan() == []

    async def test_one_that_a_push_began_is_watched_and_not_queued_again(self, cloud, walk):
        runs = cloud.devops.pipeline_runs
        runs.runs = [run(COMMIT, "inProgress", "")]
        runs.records = [record("Stage", "Test", state="inProgress")]
        assert [action.title for action in await walk.plan()] == ["Watch the run"]
        await walk.undo()
        assert runs.cancelled == [41]

    async def test_the_failing_step_and_its_last_words_are_told_and_its_jobs_run_again(self, cloud, walk):
        runs = cloud.devops.pipeline_runs
        runs.runs, runs.lines = [run(COMMIT, result="failed")], {4: ["fine", "##[error]No such cluster", "bye"]}
        runs.records = [record("Stage", "Test", "failed"), record("Task", "Train", "failed", log_id=4)]
        with pytest.raises(ServiceError, match="step Train failed: error: No such cluster"):
            await walk.check()
        said = [(event.number, event.text, event.stream) for event in cloud.said if isinstance(event, Output)]
        assert said == [(1, "fine", "stdout"), (2, "error: No such cluster", "stderr"), (3, "bye", "stdout")]
        for action in await walk.plan():
            await action.run(walk.context)
        assert runs.repeated == [("Test", False)]

    async def test_a_stage_that_is_run_again_is_watched_until_its_new_attempt_has_ended(self, cloud, walk):
        runs = cloud.devops.pipeline_runs
        failed = record("Stage", "Test", "failed")
        going = replace(failed, state="inProgress", result="", attempt=2)
        ended = replace(going, state="completed", result="succeeded")
        before, during = run(COMMIT, result="failed"), run(COMMIT, "inProgress", "")
        runs.ahead = [(before, [failed]), (before, [failed]), (during, [going]), (run(COMMIT), [ended])]
        await pipeline_run.again(walk.context)
        assert runs.ahead == []
        assert (await walk.check()).status is Status.OK

    @pytest.mark.parametrize(("status", "queued"), [(400, [COMMIT]), (403, [])])
    async def test_a_run_that_cannot_be_repeated_gives_way_to_a_new_one(self, cloud, walk, status, queued):
        runs = cloud.devops.pipeline_runs
        runs.runs, runs.records = [run(COMMIT, result="failed")], [record("Stage", "Test", "failed")]
        runs.refusal = ServiceError("Stage Test cannot be retried.", status=status)
        if not queued:
            with pytest.raises(ServiceError, match="cannot be retried"):
                await pipeline_run.again(walk.context)
        else:
            await pipeline_run.again(walk.context)
        assert runs.queued == queued

    async def test_a_stage_that_goes_on_again_after_a_crash_is_not_run_once_more(self, cloud, walk):
        runs = cloud.devops.pipeline_runs
        going = record("Stage", "Test", state="inProgress")
        runs.ahead = [(run(COMMIT, "inProgress", ""), [going]), (run(COMMIT), [record("Stage", "Test", "succeeded")])]
        await pipeline_run.all_again(walk.context)
        assert runs.repeated == []

    async def test_of_a_run_that_ended_well_the_check_shows_the_last_log_of_the_pipelines_own(self, cloud, walk):
        runs, end = cloud.devops.pipeline_runs, datetime(2026, 11, 25, tzinfo=UTC)
        runs.runs, runs.lines = [run(COMMIT)], {3: ["trained"], 4: ["tested"], 5: ["tidied"]}
        tasks = [record("Task", name, "succeeded", log_id=log) for name, log in
                 (("Train", 3), ("Smoke test", 4), ("Finalize Job", 5))]  # fmt: skip
        runs.records = [record("Stage", "Test", "succeeded")]
        runs.records += [replace(each, finished=end + timedelta(minutes=each.log_id)) for each in tasks]
        assert (await walk.check()).status is Status.OK
        assert [event.text for event in cloud.said if isinstance(event, Output)] == ["tested"]

    async def test_of_a_long_log_the_check_shows_the_end_by_its_numbers(self, cloud, walk):
        runs = cloud.devops.pipeline_runs
        runs.runs, runs.lines = [run(COMMIT, result="failed")], {4: [f"line {n}" for n in range(1, 1001)]}
        runs.records = [record("Stage", "Test", "failed"), record("Task", "Train", "failed", log_id=4)]
        with pytest.raises(ServiceError, match="line 1000"):
            await walk.check()
        said = [event for event in cloud.said if isinstance(event, Output)]
        assert (len(said), said[0].number, said[0].text) == (200, 801, "line 801")

    async def test_a_run_that_could_not_begin_says_why(self, cloud, walk):
        problem = "Variable group test-env was not found or is not authorized for use"
        cloud.devops.pipeline_runs.runs = [run(COMMIT, result="failed", problems=(problem,))]
        with pytest.raises(ServiceError) as refused:
            await walk.check()
        assert problem in refused.value.message
        assert diagnose(refused.value, {}).rule.id == "F21"
        assert (await walk.plan())[0].title == "Run the pipeline"
