"""Git over HTTPS: what git itself gets, may do, and is told when it may not."""

import secrets
from dataclasses import dataclass

import httpx
import pytest

from tests.sandbox.devops_access import Git, basic, clone, rest, service_principal

GIT_NAMESPACE = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
MINIMUM_REVIEWERS = "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"


@dataclass(frozen=True)
class Place:
    """A repository of its own for one test, and HTTP to it."""

    http: httpx.Client
    project: str
    name: str
    id: str
    url: str
    project_id: str

    def refs(self):
        found = self.http.get(f"{self.project}/_apis/git/repositories/{self.id}/refs").json()["value"]
        return {ref["name"]: ref["objectId"] for ref in found}

    def protect(self, branch="refs/heads/main", **settings):
        scope = {"repositoryId": self.id, "refName": branch, "matchKind": "Exact"}
        body = {
            "type": {"id": MINIMUM_REVIEWERS},
            "isEnabled": True,
            "isBlocking": True,
            "settings": {"minimumApproverCount": 1, "scope": [scope], **settings},
        }
        self.http.post(f"{self.project}/_apis/policy/configurations", json=body).raise_for_status()


@pytest.fixture
def place(cloud):
    project = cloud.environment["AZURE_DEVOPS_PROJECT"]
    with rest(cloud.environment) as http:
        name = f"repo-{secrets.token_hex(4)}"
        made = http.post(f"{project}/_apis/git/repositories", json={"name": name}).raise_for_status().json()
        yield Place(http, project, name, made["id"], made["webUrl"], made["project"]["id"])


@pytest.fixture
def working(cloud, place, tmp_path):
    """A clone with one commit that is pushed."""
    git = clone(cloud.environment, tmp_path / "work", place.url)
    git.commit("README.md", "hello\n")
    git.run("push", "--quiet", "origin", "main")
    return git


def test_the_first_push_makes_the_default_branch(cloud, place, tmp_path):
    git = clone(cloud.environment, tmp_path / "empty", place.url)
    made = git.commit("README.md", "hello\n")
    git.run("push", "--quiet", "origin", "main")
    assert place.refs() == {"refs/heads/main": made}
    record = place.http.get(f"{place.project}/_apis/git/repositories/{place.id}").json()
    assert record["defaultBranch"] == "refs/heads/main"
    assert record["size"] > 0


def test_a_fresh_clone_elsewhere_has_what_was_pushed(cloud, place, working, tmp_path):
    elsewhere = clone(cloud.environment, tmp_path / "elsewhere", place.url)
    assert (elsewhere.folder / "README.md").read_text() == "hello\n"
    assert elsewhere.run("rev-parse", "HEAD") == working.run("rev-parse", "HEAD")


def test_big_pushes_arrive_in_chunks(cloud, place, working, tmp_path):
    (working.folder / "noise.bin").write_bytes(secrets.token_bytes(3_000_000))
    working.run("add", ".")
    working.run("commit", "--quiet", "-m", "Noise")
    working.run("push", "--quiet", "origin", "main")
    elsewhere = clone(cloud.environment, tmp_path / "elsewhere", place.url)
    assert (elsewhere.folder / "noise.bin").read_bytes() == (working.folder / "noise.bin").read_bytes()


def test_branches_and_tags_come_and_go(place, working):
    head = working.run("rev-parse", "HEAD")
    working.run("push", "--quiet", "origin", "HEAD:refs/heads/initial")
    working.run("tag", "-a", "v1", "-m", "one")
    working.run("push", "--quiet", "origin", "v1")
    refs = place.refs()
    assert refs["refs/heads/initial"] == head
    assert set(refs) == {"refs/heads/main", "refs/heads/initial", "refs/tags/v1"}
    working.run("push", "--quiet", "origin", ":initial")
    assert "refs/heads/initial" not in place.refs()


def test_pushes_are_remembered(place, working):
    head = working.run("rev-parse", "HEAD")
    params = {"searchCriteria.includeRefUpdates": "true"}
    pushes = place.http.get(f"{place.project}/_apis/git/repositories/{place.id}/pushes", params=params).json()["value"]
    assert [update["newObjectId"] for push in pushes for update in push["refUpdates"]] == [head]
    assert pushes[0]["pushedBy"]["displayName"] == "Casey"


@pytest.mark.parametrize("version", ["0", "2"])
def test_both_protocols_fetch(cloud, place, working, tmp_path, version):
    git = Git(cloud.environment, tmp_path, basic(cloud.environment["AZURE_DEVOPS_EXT_PAT"]))
    seen = git.run("-c", f"protocol.version={version}", "ls-remote", place.url, "refs/heads/main")
    assert seen.split() == [working.run("rev-parse", "HEAD"), "refs/heads/main"]


def test_an_entra_token_opens_too(cloud, place, working, tmp_path):
    git = clone(cloud.environment, tmp_path / "sp", place.url, service_principal(cloud.environment))
    git.commit("more.txt", "by a service principal")
    git.run("push", "--quiet", "origin", "main")
    assert place.refs()["refs/heads/main"] == git.run("rev-parse", "HEAD")


def test_the_remote_url_of_the_service_works_with_the_token_as_password(cloud, place, working, tmp_path):
    token = cloud.environment["AZURE_DEVOPS_EXT_PAT"]
    helper = tmp_path / "askpass"
    helper.write_text(f"#!/bin/sh\necho {token}\n")
    helper.chmod(0o700)
    remote = place.http.get(f"{place.project}/_apis/git/repositories/{place.id}").json()["remoteUrl"]
    git = Git(cloud.environment, tmp_path, "")
    assert "refs/heads/main" in git.run("-c", f"core.askPass={helper}", "ls-remote", remote)


class TestRefused:
    """What git shows when the service says no."""

    @pytest.mark.parametrize("authorization", ["", basic("not-a-token"), "Bearer a.b.c"])
    def test_wrong_or_no_credentials(self, cloud, place, tmp_path, authorization):
        said = Git(cloud.environment, tmp_path, authorization).run("ls-remote", place.url, succeeds=False)
        assert "could not read Username" in said or "Authentication failed" in said

    def test_an_unknown_repository(self, cloud, place, tmp_path):
        git = Git(cloud.environment, tmp_path, basic(cloud.environment["AZURE_DEVOPS_EXT_PAT"]))
        said = git.run("ls-remote", place.url + "x", succeeds=False)
        assert f"remote: TF401019: The Git repository with name or identifier {place.name}x does not exist" in said
        assert f"repository '{place.url}x/' not found" in said

    def test_an_unknown_project(self, cloud, place, tmp_path):
        git = Git(cloud.environment, tmp_path, basic(cloud.environment["AZURE_DEVOPS_EXT_PAT"]))
        address = place.url.replace(f"/{place.project}/", "/nowhere/")
        assert "remote: TF200016: The following project does not exist: nowhere" in git.run(
            "ls-remote", address, succeeds=False
        )

    def test_a_direct_push_to_a_branch_with_a_policy(self, place, working):
        place.protect()
        before = place.refs()["refs/heads/main"]
        working.commit("README.md", "changed\n")
        said = working.run("push", "origin", "main", succeeds=False)
        assert "[remote rejected] main -> main (TF402455: Pushes to this branch are not permitted; you must" in said
        assert place.refs()["refs/heads/main"] == before
        working.run("push", "--quiet", "origin", "HEAD:refs/heads/initial")

    def test_a_big_refused_push_is_told_the_same(self, place, working):
        place.protect()
        working.commit("noise.txt", secrets.token_hex(1_500_000))
        assert "TF402455" in working.run("push", "origin", "main", succeeds=False)

    def test_a_push_without_the_right_to_contribute(self, cloud, place, working):
        person = place.http.get("_apis/connectionData").json()["authenticatedUser"]
        entry = {"descriptor": person["descriptor"], "allow": 0, "deny": 4}
        body = {"token": f"repoV2/{place.project_id}/{place.id}", "merge": True, "accessControlEntries": [entry]}
        url = f"_apis/AccessControlEntries/{GIT_NAMESPACE}"
        place.http.post(url, json=body).raise_for_status()
        working.commit("README.md", "changed\n")
        said = working.run("push", "origin", "main", succeeds=False)
        assert "TF401027: You need the Git 'GenericContribute' permission to perform this action." in said
        assert f"identity '{person['properties']['Account']['$value']}', scope 'branch'" in said

    def test_rewriting_history_without_the_right_to_force(self, place, working):
        person = place.http.get("_apis/connectionData").json()["authenticatedUser"]
        entry = {"descriptor": person["descriptor"], "allow": 0, "deny": 8}
        body = {"token": f"repoV2/{place.project_id}/{place.id}", "merge": True, "accessControlEntries": [entry]}
        place.http.post(f"_apis/AccessControlEntries/{GIT_NAMESPACE}", json=body).raise_for_status()
        working.run("commit", "--quiet", "--amend", "-m", "Another history")
        assert "non-fast-forward" in working.run("push", "--force", "origin", "main", succeeds=False)


class TestPullRequests:
    """From a branch to main, over a policy."""

    @pytest.fixture
    def proposed(self, place, working):
        working.run("switch", "--quiet", "-c", "initial")
        working.commit("model.py", "print('wine')\n", "Add the model")
        working.run("push", "--quiet", "origin", "initial")
        body = {
            "sourceRefName": "refs/heads/initial",
            "targetRefName": "refs/heads/main",
            "title": "Add the model",
            "description": "For review",
        }
        return place.http.post(self.url(place), json=body).raise_for_status().json()

    def url(self, place, rest=""):
        return f"{place.project}/_apis/git/repositories/{place.id}/pullRequests{rest}"

    def complete(self, place, request, **options):
        body = {
            "status": "completed",
            "lastMergeSourceCommit": request["lastMergeSourceCommit"],
            "completionOptions": options,
        }
        return place.http.patch(self.url(place, f"/{request['pullRequestId']}"), json=body)

    def test_approved_and_completed(self, cloud, place, working, proposed, tmp_path):
        place.protect()
        refused = self.complete(place, proposed)
        assert refused.status_code == 403
        assert refused.json()["typeKey"] == "GitPullRequestUpdateRejectedByPolicyException"
        with rest(cloud.environment, service_principal(cloud.environment)) as other:
            me = other.get("_apis/connectionData").json()["authenticatedUser"]["id"]
            vote = other.put(self.url(place, f"/{proposed['pullRequestId']}/reviewers/{me}"), json={"vote": 10})
            assert vote.json()["vote"] == 10
        begun = self.complete(place, proposed, deleteSourceBranch=True).raise_for_status().json()
        assert (begun["status"], begun["mergeStatus"]) == ("active", "queued")
        done = place.http.get(self.url(place, f"/{proposed['pullRequestId']}")).json()
        assert (done["status"], done["mergeStatus"]) == ("completed", "succeeded")
        assert place.refs() == {"refs/heads/main": done["lastMergeCommit"]["commitId"]}
        fresh = clone(cloud.environment, tmp_path / "fresh", place.url)
        assert (fresh.folder / "model.py").exists()
        assert fresh.run("log", "-1", "--format=%s") == f"Merged PR {done['pullRequestId']}: Add the model"
        assert len(fresh.run("log", "-1", "--format=%P").split()) == 2

    @pytest.mark.parametrize(("strategy", "parents"), [("squash", 1), ("rebase", 1), ("rebaseMerge", 2)])
    def test_other_strategies(self, place, working, proposed, strategy, parents):
        working.run("switch", "--quiet", "main")
        working.commit("other.txt", "meanwhile on main")
        working.run("push", "--quiet", "origin", "main")
        self.complete(place, proposed, mergeStrategy=strategy).raise_for_status()
        working.run("pull", "--quiet", "--ff-only", "origin", "main")
        assert {"model.py", "other.txt", "README.md"} <= {file.name for file in working.folder.iterdir()}
        assert len(working.run("log", "-1", "--format=%P").split()) == parents

    def test_a_conflict_is_seen_and_not_merged(self, place, working, proposed):
        working.run("switch", "--quiet", "main")
        working.commit("model.py", "print('beer')\n")
        working.run("push", "--quiet", "origin", "main")
        seen = place.http.get(self.url(place, f"/{proposed['pullRequestId']}")).json()
        assert seen["mergeStatus"] == "conflicts"
        assert self.complete(place, proposed).status_code == 409

    def test_a_source_that_moved_on(self, place, working, proposed):
        working.commit("model.py", "print('more wine')\n")
        working.run("push", "--quiet", "origin", "initial")
        stale = self.complete(place, proposed)
        assert (stale.status_code, stale.json()["typeKey"]) == (409, "GitPullRequestStaleException")

    def test_abandoned_and_opened_again(self, place, proposed):
        url = self.url(place, f"/{proposed['pullRequestId']}")
        body = {name: proposed[name] for name in ("sourceRefName", "targetRefName", "title")}
        again = place.http.post(self.url(place), json=body)
        assert (again.status_code, again.json()["message"][:9]) == (409, "TF401179:")
        gone = place.http.patch(url, json={"status": "abandoned"}).json()
        assert gone["status"] == "abandoned"
        assert "closedDate" in gone
        assert place.http.get(self.url(place)).json()["count"] == 0
        assert place.http.patch(url, json={"status": "active"}).json()["status"] == "active"

    def test_one_cannot_vote_for_somebody_else(self, cloud, place, proposed):
        with rest(cloud.environment, service_principal(cloud.environment)) as other:
            somebody = other.get("_apis/connectionData").json()["authenticatedUser"]["id"]
        url = self.url(place, f"/{proposed['pullRequestId']}/reviewers/{somebody}")
        assert place.http.put(url, json={"vote": 10}).status_code == 403
