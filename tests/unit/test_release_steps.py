"""The release of prod, its environment with approvals, and the run that is the release's."""

from dataclasses import dataclass, field, replace

import pytest

from tests.rehearsal import ROOT
from tests.unit.pipeline_walk import COMMIT, Walk, pipeline_cloud
from tests.unit.test_pipeline_steps import record, run
from wizard.clients.devops import Ref
from wizard.clients.environments import Approval, Environment
from wizard.engine.step import Outcome, Status
from wizard.steps import wanted_run
from wizard.steps.devops_approval import APPROVAL, complaint
from wizard.steps.pipeline_run import RUN_PROD, RUN_TEST
from wizard.steps.release import RELEASE

ME, OTHER = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
TAG = "refs/tags/v1.0.0"


@dataclass
class FakeEnvironments:
    found: Environment | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def get(self, project, name):
        return self.found

    def create(self, project, name, description):
        self.found = Environment(5, name, description)

    def delete(self, project, environment):
        self.found = None

    def approvals(self, project, environment):
        return [Approval(number, frozenset(who)) for number, who in enumerate(self.asked)]

    def ask(self, project, environment, approvers, instructions):
        self.asked.append(tuple(approvers))


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    cloud = await pipeline_cloud(tmp_path, monkeypatch)
    cloud.devops.environments = FakeEnvironments()
    cloud.devops.held = {}
    cloud.devops.refs = lambda project, repository, prefix: [
        Ref(name, commit) for name, commit in cloud.devops.held.items() if name.startswith(f"refs/{prefix}")
    ]
    cloud.devops.create_ref = lambda project, repository, ref, commit: cloud.devops.held.update({ref: commit})
    cloud.devops.delete_ref = lambda project, repository, ref, commit: cloud.devops.held.pop(ref)
    facts = {"url": "https://dev.azure.com/contoso", "project": "mlops", "project_id": "p-1", "member_id": ME}
    cloud.remember("signin.devops", **facts, by="the Azure sign-in")
    cloud.remember(
        "repo.devops", repository="wine", repository_id="r-1", repository_url="https://x", default_branch="main"
    )
    cloud.session.state.remember("devops.pipeline@prod", Outcome(Status.OK, "made", facts={"id": "7"}))
    (cloud.session.project.folder / "pipelines").mkdir()
    text = (ROOT / "pipelines" / "azure-pipelines.yml").read_text()
    cloud.yaml = cloud.session.project.folder / "pipelines" / "azure-pipelines.yml"
    cloud.yaml.write_text(text)
    return cloud


class TestRelease:
    @pytest.fixture
    def walk(self, cloud):
        return Walk(cloud, RELEASE, "prod")

    async def test_it_is_a_tag_at_the_main_branchs_commit_by_default(self, cloud, walk):
        assert (await walk.check()).status is Status.TODO
        (action,) = await walk.plan()
        assert action.command == f"git push https://x {COMMIT}:{TAG}"
        outcome = await walk.apply()
        assert cloud.devops.held == {TAG: COMMIT}
        assert outcome.facts == {"name": "v1.0.0", "ref": TAG, "commit": COMMIT}
        assert "heads/main skipped; heads/releases/1.0 runs; tags/v1.2.3 runs" in outcome.proof
        assert await walk.plan() == []
        await walk.undo()
        assert cloud.devops.held == {TAG: COMMIT}, "the journal does not know that it was made here"
        for event in ("begun", "ended"):
            cloud.session.journal.write(event, instance="repo.release@prod", action="Release v1.0.0")
        await walk.undo()
        assert cloud.devops.held == {}

    async def test_one_that_is_there_stays_where_it_is(self, cloud, walk):
        cloud.devops.held[TAG] = "b" * 40
        assert (await walk.check()).facts["commit"] == "b" * 40
        assert await walk.plan() == []

    async def test_it_may_be_a_branch(self, cloud, walk):
        cloud.session.answers.save({"prod.release": "releases/2.0"})
        assert (await walk.apply()).facts["ref"] == "refs/heads/releases/2.0"

    @pytest.mark.parametrize(
        ("condition", "said"),
        [
            ("succeeded()", "refs/heads/main gets into prod"),
            ("eq(variables['Build.SourceBranch'], 'refs/tags/v9')", "refs/tags/v1.0.0 does not get into prod"),
            ("eq(dependencies.Test.result, 'x')", "cannot be worked out"),
        ],
    )
    async def test_a_condition_that_is_wrong_is_for_a_person(self, cloud, walk, condition, said):
        before, _, after = cloud.yaml.read_text().rpartition("    condition: |")
        cloud.yaml.write_text(f"{before}    condition: {condition}\n    jobs:{after.partition('    jobs:')[2]}")
        outcome = await walk.check()
        assert outcome.status is Status.FAIL
        assert said in outcome.message
        assert await walk.plan() is None


class TestApproval:
    @pytest.fixture
    def walk(self, cloud):
        return Walk(cloud, APPROVAL, "prod")

    async def test_the_environment_is_made_and_asks_nobody_unless_somebody_is_named(self, cloud, walk):
        outcome = await walk.apply()
        assert outcome.message == "environment prod, nobody has to approve"
        assert outcome.facts == {"id": "5", "name": "prod"}
        assert cloud.devops.environments.asked == []
        await walk.undo()
        assert cloud.devops.environments.found is None

    async def test_those_who_are_named_are_asked_once(self, cloud, walk):
        cloud.session.answers.save({"prod.approvers": f"me, {OTHER.upper()}"})
        cloud.devops.environments = FakeEnvironments(Environment(5, "prod"), [(ME,)])
        assert (await walk.check()).status is Status.TODO
        outcome = await walk.apply()
        assert cloud.devops.environments.asked == [(ME,), (OTHER,)]
        assert "waits for 2 approver(s)" in outcome.message
        assert await walk.plan() == []

    def test_only_members_ids_are_taken(self):
        assert complaint("me") is None
        assert complaint("") is None
        assert "'ann@example.org' is no member's id" in complaint(f"{ME}, ann@example.org")


class TestRunOfTheRelease:
    @pytest.fixture
    def runs(self, cloud):
        facts = {"name": "v1.0.0", "ref": TAG, "commit": COMMIT}
        cloud.session.state.remember("repo.release@prod", Outcome(Status.OK, "made", facts=facts))
        return cloud.devops.pipeline_runs

    async def test_a_run_of_the_same_commit_on_main_is_not_the_releases(self, cloud, runs):
        runs.runs, runs.records = [run(COMMIT)], [record("Stage", "Prod", "succeeded")]
        walk = Walk(cloud, RUN_PROD, "prod")
        assert (await walk.check()).status is Status.TODO
        (action,) = await walk.plan()
        assert f"--branch {TAG}" in action.command
        runs.runs = [replace(run(COMMIT), branch=TAG)]
        outcome = await walk.check()
        assert outcome.status is Status.OK
        assert f"{COMMIT[:10]}, the release v1.0.0; stage Prod succeeded" in outcome.proof

    async def test_the_stage_that_failed_is_run_again_and_not_the_one_that_was_skipped_for_it(self, cloud, runs):
        runs.runs = [replace(run(COMMIT), branch=TAG)]
        runs.records = [record("Stage", "Test", "failed"), record("Stage", "Prod", "skipped")]
        (action,) = await Walk(cloud, RUN_PROD, "prod").plan()
        assert action.title == "Run the failed jobs of stage Test again"
        await action.run(Walk(cloud, RUN_PROD, "prod").context)
        assert runs.repeated == [("Test", False)]

    async def test_test_goes_by_the_newest_run_in_which_its_own_stage_succeeded(self, cloud, runs):
        newer, older = replace(run(COMMIT), branch=TAG), replace(run(COMMIT), id=40)
        runs.runs = [newer, older]
        timelines = {41: [record("Stage", "Test", state="inProgress")], 40: [record("Stage", "Test", "succeeded")]}
        runs.timeline = lambda project, run_id: timelines[run_id]
        context = Walk(cloud, RUN_TEST, "test").context
        assert (await wanted_run.look(context)).run.id == 40
        timelines[41] = timelines[40]
        assert (await wanted_run.look(context)).run.id == 41
        timelines[40] = timelines[41] = [record("Stage", "Test", "failed")]
        assert (await wanted_run.look(context)).run.id == 41

    async def test_without_a_release_there_is_nothing_to_cancel(self, cloud):
        assert await RUN_PROD.undo(Walk(cloud, RUN_PROD, "prod").context) == []
