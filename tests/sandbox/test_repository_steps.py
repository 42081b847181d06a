"""The repository's steps with real git against the sandbox cloud: from an empty project to code on the main branch."""

import pytest

from tests.sandbox.repository_project import new_place, place_in
from wizard.engine.errors import WizardError
from wizard.engine.events import ActionFailed
from wizard.engine.step import Status

TOKEN = "dapi" + "0123456789abcdef" * 2
OK, WARN, TODO, FAIL, SKIP = Status.OK, Status.WARN, Status.TODO, Status.FAIL, Status.SKIP


@pytest.fixture
def place(inside, tmp_path):
    return new_place(tmp_path / "project", inside.folder)


def statuses(outcomes):
    return {step: outcome.status for step, outcome in outcomes.items() if step.startswith("repo.")}


ALL_OK = {"repo.devops": OK, "repo.clone": OK, "repo.branch": OK, "repo.push": OK}


class TestTheWholeWay:
    """From nothing to code on the main branch."""

    async def test_by_a_branch_and_a_pull_request(self, place):
        first = place.git("rev-parse", "HEAD")
        outcomes = await place.run("apply")
        assert statuses(outcomes) == ALL_OK, outcomes
        assert all(outcomes[step].proof for step in ALL_OK)
        assert place.git("branch", "--show-current") == "initial"
        head = place.git("rev-parse", "HEAD")
        assert (
            place.git("log", "-1", "--format=%s", "--", "mlops-wizard.toml") == "Write down how this project is set up"
        )
        heads = await place.heads()
        assert heads["initial"] == head
        assert heads["main"] not in (first, head), "main has a merge commit"
        assert place.git("rev-parse", "origin/main") == heads["main"], "what is known of the remote is up to date"
        assert "has the commit in its history" in outcomes["repo.push"].proof
        again = await place.run("apply")
        assert statuses(again) == ALL_OK
        assert place.actions == 0

    async def test_by_a_push_to_main_where_the_branch_is_left_out(self, place):
        place.answer(**{"repo__branch__skip": "one person works here"})
        outcomes = await place.run("apply")
        assert statuses(outcomes) == {**ALL_OK, "repo.branch": SKIP}
        assert place.exit_code == 0
        assert await place.heads() == {"main": place.git("rev-parse", "HEAD")}
        assert place.git("branch", "--show-current") == "main"
        place.commit("notes.md", "more\n")
        assert (await place.run("check"))["repo.push"].status is TODO
        assert (await place.run("apply"))["repo.push"].status is OK
        assert await place.heads() == {"main": place.git("rev-parse", "HEAD")}

    async def test_no_credential_is_left_anywhere(self, place, inside, monkeypatch):
        from wizard.clients import git_command

        arguments = []
        real = git_command.subprocess.Popen

        def start(command, **options):
            arguments.append(" ".join(command))
            return real(command, **options)

        monkeypatch.setattr(git_command.subprocess, "Popen", start)
        await place.run("apply")
        devops, _ = await place.devops()
        token = devops.authorization().reveal().partition(" ")[2]
        assert any(" push " in line for line in arguments)
        written = place.written() + "\n".join(arguments)
        assert token[:20] not in written
        assert "Authorization" not in written

    async def test_a_personal_access_token_opens_git_too(self, place, monkeypatch):
        from wizard.engine.errors import NotSignedInError
        from wizard.steps import devops_signin, reach

        async def refused(context, url):
            raise NotSignedInError("Entra tokens are not accepted here.")

        monkeypatch.setattr(devops_signin.reach, "devops", refused)
        outcomes = await place.run("apply", "repo.clone", "repo.devops", "repo.branch", "repo.push")
        assert statuses(outcomes) == ALL_OK
        assert place.session.state.facts("signin.devops")["by"] == reach.BY_TOKEN

    async def test_doctor_only_reads(self, place, monkeypatch):
        from wizard.clients.git_remote import GitRemote

        await place.run("apply")

        def never(*_):
            raise AssertionError("doctor ran git over the network")

        monkeypatch.setattr(GitRemote, "_run", never)
        assert statuses(await place.run("doctor")) == ALL_OK


class TestRepository:
    """repo.devops."""

    async def test_what_holds_another_project_is_left_alone(self, place, inside, tmp_path):
        await place.run("apply", "repo.devops")
        heads = await place.heads()
        other = new_place(tmp_path / "other", inside.folder)
        (other.folder / "README.md").write_text("another\n")
        other.git("add", ".")
        other.git("commit", "--quiet", "--amend", "-m", "Another beginning")
        other.answer(devops__repository=place.name)
        outcome = (await other.run("apply", "repo.devops"))["repo.devops"]
        assert (outcome.status, other.actions) == (FAIL, 0)
        assert "holds another project" in outcome.message
        assert "--set devops.repository" in outcome.fix
        assert "git clone https://dev.azure.com/" in outcome.fix
        assert await place.heads() == heads

    async def test_a_kill_after_the_repository_was_made_costs_nothing(self, place):
        await place.run("check", "signin.devops")
        devops, project = await place.devops()
        made = devops.create_repository(project, place.name)
        outcome = (await place.run("check", "repo.devops"))["repo.devops"]
        assert (outcome.status, "is empty" in outcome.message) == (TODO, True)
        assert (await place.run("apply", "repo.devops"))["repo.devops"].status is OK
        assert devops.repository(project, place.name).id == made.id
        assert place.actions == 1

    async def test_a_folder_without_history_has_the_service_import(self, place, inside, tmp_path):
        await place.run("apply", "repo.devops")
        folder = tmp_path / "empty"
        folder.mkdir()
        (folder / "jobs").mkdir()
        (folder / "jobs" / "mine.py").write_text("mine = 1\n")
        (folder / ".gitignore").write_text("mine\n")
        empty = place_in(folder, inside.folder, place.name + "-2")
        outcome = (await empty.run("apply", "repo.devops"))["repo.devops"]
        assert (outcome.status, empty.actions) == (TODO, 0)
        assert "devops.import_url" in outcome.fix
        empty.answer(devops__import_url=place.session.state.facts("repo.devops")["repository_url"])
        outcomes = await empty.run("apply", "repo.devops", "repo.clone")
        assert statuses(outcomes) == {"repo.devops": OK, "repo.clone": OK}
        assert (await empty.heads())["main"] == empty.git("rev-parse", "HEAD")
        assert (folder / "jobs" / "mine.py").read_text() == "mine = 1\n"
        assert (folder / "jobs" / "train.py").exists(), "what was missing is there"
        assert (folder / ".gitignore").read_text() == "mine\n", "what was there stays"
        assert empty.git("status", "--porcelain").splitlines()[0] == " M .gitignore".strip()

    async def test_undo_takes_back_what_was_made(self, place):
        await place.run("apply")
        await place.run("undo", "repo.devops", "repo.clone", "repo.branch")
        devops, project = await place.devops()
        assert devops.repository(project, place.name) is None
        assert place.git("remote") == ""
        assert place.git("branch", "--format=%(refname:short)") == "main"

    async def test_commits_with_a_secret_are_not_even_pushed_first(self, place):
        place.commit("settings.py", f'TOKEN = "{TOKEN}"\n')
        outcome = (await place.run("apply", "repo.devops"))["repo.devops"]
        assert outcome.status is FAIL
        assert "settings.py line 1" in outcome.message
        assert TOKEN not in place.written()
        assert await place.heads() == {}

    async def test_what_others_have_already_was_published_before(self, place, tmp_path):
        place.commit("settings.py", f'TOKEN = "{TOKEN}"\n')
        place.git("init", "--quiet", "--bare", str(tmp_path / "elsewhere.git"))
        place.git("remote", "add", "origin", str(tmp_path / "elsewhere.git"))
        place.git("push", "--quiet", "origin", "main")
        outcomes = await place.run("apply", "repo.devops", "repo.clone")
        assert statuses(outcomes) == {"repo.devops": OK, "repo.clone": OK}
        assert place.git("remote").split() == ["azure", "origin"]


class TestClone:
    """repo.clone."""

    async def test_a_remote_by_ssh_is_taken_and_never_rewritten(self, place):
        await place.run("apply", "repo.devops")
        organisation = place.session.state.facts("signin.devops")["url"].rpartition("/")[2]
        _, project = await place.devops()
        url = f"git@ssh.dev.azure.com:v3/{organisation}/{project}/{place.name}"
        place.git("remote", "add", "origin", url)
        outcomes = await place.run("apply")
        assert outcomes["repo.clone"].status is WARN
        assert "SSH" in outcomes["repo.clone"].message
        assert outcomes["repo.push"].status is OK
        assert place.git("remote", "get-url", "origin") == url
        assert place.git("remote") == "origin"

    async def test_a_detached_head_is_for_a_person_to_resolve(self, place):
        await place.run("apply", "repo.devops", "repo.clone")
        place.git("switch", "--quiet", "--detach", "HEAD")
        outcome = (await place.run("apply", "repo.clone"))["repo.clone"]
        assert (outcome.status, place.actions) == (FAIL, 0)
        assert "detached" in outcome.message
        assert "git switch main" in outcome.fix

    async def test_undo_leaves_a_remote_that_the_person_added(self, place):
        await place.run("apply", "repo.devops")
        place.git("remote", "add", "mine", place.session.state.facts("repo.devops")["repository_url"])
        assert (await place.run("apply", "repo.clone"))["repo.clone"].status is OK
        await place.run("undo", "repo.clone")
        assert place.git("remote") == "mine"


class TestBranch:
    """repo.branch."""

    async def test_it_is_not_the_main_branch(self, place):
        await place.run("apply", "repo.clone", "repo.devops")
        place.answer(repo__feature_branch="main")
        outcome = (await place.run("apply", "repo.branch"))["repo.branch"]
        assert (outcome.status, place.actions) == (FAIL, 0)

    async def test_one_that_was_merged_and_deleted_is_not_made_again(self, place):
        await place.run("apply")
        place.git("switch", "--quiet", "main")
        place.git("branch", "--quiet", "-D", "initial")
        remote = await TestPush().remote(place)
        remote.delete("initial", (await place.heads())["initial"])
        outcome = (await place.run("apply", "repo.branch"))["repo.branch"]
        assert (outcome.status, "pull request" in outcome.proof, place.actions) == (OK, True, 0)


class TestPush:
    """repo.push."""

    async def test_a_policy_asks_for_reviewers_and_who_they_are_is_told(self, place):
        await place.run("apply", "repo.devops", "repo.clone", "repo.branch")
        with place.play("f26-pull-request-needed"):
            outcome = (await place.run("apply"))["repo.push"]
            assert (outcome.status, outcome.diagnosis) == (TODO, "F26"), outcome
            assert "Minimum number of reviewers" in outcome.message
            assert outcome.who == "a reviewer of the repository"
            assert outcome.links[0] in outcome.text
            assert place.exit_code == 1
            number = outcome.links[0].rpartition("/")[2]
            again = (await place.run("apply"))["repo.push"]
            assert again.links == outcome.links, "the open pull request is taken, not made again"
        outcome = (await place.run("apply"))["repo.push"]
        assert outcome.status is OK
        devops, project = await place.devops()
        assert devops.pull_request(project, place.name, int(number)).status == "completed"

    async def test_a_protected_main_is_reached_by_a_pull_request_from_main_too(self, place):
        place.answer(**{"repo__branch__skip": "not wanted"})
        await place.run("apply", "repo.devops", "repo.clone")
        with place.play("f26-pull-request-needed"):
            outcome = (await place.run("apply"))["repo.push"]
            assert (outcome.status, "Pull request" in outcome.message) == (TODO, True), outcome
        assert (await place.run("apply"))["repo.push"].status is OK
        assert place.git("branch", "--show-current") == "main"

    async def test_a_first_push_that_a_policy_refuses(self, place):
        with place.play("f26-pull-request-needed"):
            await place.run("apply", "repo.devops")
        failed = next(event for event in place.said if isinstance(event, ActionFailed))
        assert (failed.diagnosis, "by pull request only" in failed.message) == ("F26", True)
        assert (await place.run("apply"))["repo.push"].status is OK

    async def test_who_may_not_push_is_told_whom_to_ask(self, place):
        await place.run("apply", "repo.devops", "repo.clone", "repo.branch")
        with place.play("f26-push-forbidden"):
            outcome = (await place.run("apply"))["repo.push"]
            assert (outcome.status, outcome.diagnosis) == (FAIL, "F26"), outcome
            assert outcome.who == "an administrator of the Azure DevOps project"
            assert "GenericContribute" in outcome.text
        assert (await place.run("apply"))["repo.push"].status is OK

    async def test_a_repository_that_one_may_no_longer_see_is_not_called_missing(self, place):
        await place.run("apply", "repo.devops")
        with place.play("f26-repository-not-visible"):
            outcome = (await place.run("check", "repo.devops"))["repo.devops"]
            assert (outcome.status, outcome.diagnosis) == (FAIL, "F26")
            assert place.name in outcome.message
            await place.run("apply", "repo.devops")
            failed = next(event for event in place.said if isinstance(event, ActionFailed))
            assert (failed.diagnosis, "you may not see it" in failed.message) == ("F26", True)
        assert (await place.run("apply"))["repo.push"].status is OK

    async def test_a_secret_is_refused_before_it_is_pushed(self, place):
        await place.run("apply")
        heads = await place.heads()
        place.commit("settings.py", f'TOKEN = "{TOKEN}"\n')
        outcome = (await place.run("apply"))["repo.push"]
        assert (outcome.status, place.actions) == (FAIL, 0)
        assert "settings.py line 1" in outcome.message
        assert "revoke" in outcome.fix
        assert await place.heads() == heads
        from wizard.steps import pushing

        with pytest.raises(WizardError, match="Nothing was pushed"):
            await pushing.push_source(place.at("repo.push"))
        assert await place.heads() == heads
        assert TOKEN not in place.written()

    async def test_a_line_that_takes_the_script_back_in_is_named(self, place):
        await place.run("apply")
        (place.folder / "env.sh").write_text("export DATABRICKS_TOKEN=x\n")
        with (place.folder / ".gitignore").open("a") as file:
            file.write("!env.sh\n")
        number = len((place.folder / ".gitignore").read_text().splitlines())
        outcome = (await place.run("apply"))["repo.push"]
        assert (outcome.status, place.actions) == (FAIL, 0)
        assert f".gitignore:{number}: !env.sh" in outcome.fix

    async def test_a_known_defect_is_not_pushed(self, place):
        await place.run("apply")
        place.commit("broken.py", "def (:\n")
        outcome = (await place.run("apply"))["repo.push"]
        assert (outcome.status, place.actions) == (FAIL, 0)
        assert "broken.py:1" in outcome.message

    async def test_other_peoples_changes_are_never_committed(self, place):
        await place.run("apply", "repo.devops", "repo.clone", "repo.branch")
        (place.folder / "jobs" / "train.py").write_text("# changed\n")
        (place.folder / "staged.md").write_text("staged\n")
        (place.folder / "untracked.md").write_text("untracked\n")
        place.git("add", "staged.md")
        outcome = (await place.run("apply"))["repo.push"]
        assert (outcome.status, "2 file(s)" in outcome.message) == (WARN, True), outcome
        assert place.git("show", "--name-only", "--format=", "HEAD") == "mlops-wizard.toml"
        assert place.git("status", "--porcelain").splitlines() == [
            "M jobs/train.py",
            "A  staged.md",
            "?? untracked.md",
        ]

    async def test_who_has_no_name_commits_as_the_member_of_the_organisation(self, place, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        for name in ("EMAIL", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
            monkeypatch.delenv(name, raising=False)
        assert (await place.run("apply"))["repo.push"].status is OK
        assert place.git("log", "-1", "--format=%an", "initial") == place.session.state.facts("signin.devops")["member"]

    @pytest.mark.parametrize(("strategy", "says"), [("squash", "same content"), ("rebase", "same commit")])
    async def test_however_it_was_merged_main_has_it(self, place, strategy, says):
        await place.run("apply", "repo.devops", "repo.clone", "repo.branch")
        with place.play("f26-pull-request-needed"):
            outcome = (await place.run("apply"))["repo.push"]
        await self.merge(place, outcome.links[0].rpartition("/")[2], strategy)
        outcome = (await place.run("check"))["repo.push"]
        assert outcome.status is OK
        assert says in outcome.proof

    async def test_a_squashed_commit_is_known_when_others_have_gone_on(self, place):
        await place.run("apply", "repo.devops", "repo.clone", "repo.branch")
        with place.play("f26-pull-request-needed"):
            outcome = (await place.run("apply"))["repo.push"]
        number = outcome.links[0].rpartition("/")[2]
        await self.merge(place, number, "squash")
        remote = await self.remote(place)
        remote.fetch("origin")
        place.git("switch", "--quiet", "--detach", "origin/main")
        later = place.commit("later.md", "by a colleague\n")
        remote.push(later, "main")
        place.git("switch", "--quiet", "initial")
        outcome = (await place.run("check"))["repo.push"]
        assert (outcome.status, f"pull request {number}" in outcome.proof) == (OK, True), outcome

    async def test_conflicts_are_told_and_left_to_the_person(self, place):
        await place.run("apply")
        remote = await self.remote(place)
        place.git("switch", "--quiet", "--detach", "origin/main")
        remote.push(place.commit("notes.md", "theirs\n"), "main")
        place.git("switch", "--quiet", "initial")
        place.commit("notes.md", "mine\n")
        outcome = (await place.run("apply"))["repo.push"]
        assert (outcome.status, "conflicts" in outcome.message) == (FAIL, True), outcome

    async def test_who_was_overtaken_on_main_is_told_and_nothing_is_forced(self, place):
        place.answer(**{"repo__branch__skip": "not wanted"})
        await place.run("apply")
        remote = await self.remote(place)
        place.git("switch", "--quiet", "--detach", "origin/main")
        theirs = place.commit("theirs.md", "theirs\n")
        remote.push(theirs, "main")
        place.git("switch", "--quiet", "main")
        place.commit("mine.md", "mine\n")
        outcome = (await place.run("apply"))["repo.push"]
        assert (outcome.status, "git pull --rebase" in outcome.fix) == (FAIL, True), outcome
        assert (await place.heads())["main"] == theirs
        place.git("rebase", "--quiet", "origin/main")
        assert (await place.run("apply"))["repo.push"].status is OK

    async def test_a_kill_after_the_pull_request_was_opened(self, place):
        from wizard.steps import pushing

        await place.run("apply")
        place.commit("notes.md", "more\n")
        await pushing.push_source(place.at("repo.push"))
        await pushing.propose(place.at("repo.push"))
        outcome = (await place.run("check"))["repo.push"]
        assert (outcome.status, outcome.fix) == (TODO, "apply again to complete it")
        assert (await place.run("apply"))["repo.push"].status is OK
        devops, project = await place.devops()
        branches = ("refs/heads/initial", "refs/heads/main")
        assert len(devops.pull_requests(project, place.name, *branches, "completed")) == 2

    async def test_a_service_that_does_not_answer_is_not_a_failure_of_the_push(self, place, monkeypatch):
        from wizard.engine.errors import UnreachableError

        await place.run("apply")
        remote = await self.remote(place)
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        with pytest.raises(UnreachableError, match="git push"):
            remote.push(place.git("rev-parse", "HEAD"), "elsewhere")

    async def merge(self, place, number, strategy):
        """Merge a pull request as a person does in the browser."""
        from azure.devops.v7_1.git.models import GitPullRequest

        devops, project = await place.devops()
        seen = devops.pull_request(project, place.name, int(number))
        body = GitPullRequest(
            status="completed",
            last_merge_source_commit={"commitId": seen.source_commit},
            completion_options={"mergeStrategy": strategy},
        )
        devops._git.update_pull_request(body, place.name, int(number), project)

    async def remote(self, place):
        from wizard.steps import repository

        url = place.session.state.facts("repo.devops")["repository_url"]
        return await repository.git_remote(place.at("repo.push"), url)
