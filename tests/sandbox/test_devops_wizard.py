"""The wizard's own client of Azure DevOps, against the sandbox cloud."""

import secrets
import time

import pytest
from azure.identity import ClientSecretCredential

from wizard.engine.errors import NotFoundError, NotSignedInError
from wizard.engine.secrets import Secret

GIT = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"


@pytest.fixture(params=["token", "entra"])
def devops(request, inside):
    from wizard.clients.devops import DevOps
    from wizard.clients.devops_sign_in import EntraSignIn, TokenSignIn

    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    by_token = TokenSignIn(Secret(inside.environment["AZURE_DEVOPS_EXT_PAT"]))
    by_entra = EntraSignIn(ClientSecretCredential(*(inside.environment[name] for name in names)))
    url = inside.environment["AZURE_DEVOPS_ORG_URL"]
    return DevOps(url, by_token if request.param == "token" else by_entra)


@pytest.fixture
def project(inside):
    return inside.environment["AZURE_DEVOPS_PROJECT"]


def test_who_and_where(devops, project):
    assert devops.me().name in ("Casey", "mlops-wizard-sandbox")
    assert project in [each.name for each in devops.projects()]
    assert devops.project(project).state == "wellFormed"
    assert devops.project("nowhere") is None
    assert devops.repository(project, "nothing") is None
    assert devops.repository(project, project).default_branch == ""


def test_a_project_is_made(devops):
    name = f"project-{secrets.token_hex(4)}"
    operation, end = devops.create_project(name), time.monotonic() + 15
    while devops.operation(operation) != "succeeded":
        assert time.monotonic() < end
        time.sleep(0.02)
    assert devops.project(name).name == name


def test_from_repository_to_merge(inside, devops, project):
    from tests.sandbox.devops_access import basic, rest

    made = devops.create_repository(project, f"repo-{secrets.token_hex(4)}")
    push = {
        "refUpdates": [{"name": "refs/heads/main", "oldObjectId": "0" * 40}],
        "commits": [{"comment": "First", "changes": [_file("/a", "a")]}],
    }
    with rest(inside.environment, basic(inside.environment["AZURE_DEVOPS_EXT_PAT"])) as http:
        pushes = f"{project}/_apis/git/repositories/{made.id}/pushes"
        head = http.post(pushes, json=push).json()["commits"][0]["commitId"]
        devops.create_ref(project, made.id, "refs/heads/initial", head)
        push["refUpdates"] = [{"name": "refs/heads/initial", "oldObjectId": head}]
        push["commits"][0]["changes"] = [_file("/b", "b")]
        tip = http.post(pushes, json=push).json()["commits"][0]["commitId"]
    assert [(ref.name, ref.commit) for ref in devops.refs(project, made.id)] == [
        ("refs/heads/initial", tip),
        ("refs/heads/main", head),
    ]
    asked = devops.create_pull_request(project, made.id, "refs/heads/initial", "refs/heads/main", "Add b")
    found = devops.pull_requests(project, made.id, "refs/heads/initial", "refs/heads/main")
    assert [(each.id, each.source_commit) for each in found] == [(asked.id, tip)]
    assert devops.complete_pull_request(project, made.id, asked).merge == "queued"
    done = devops.pull_request(project, made.id, asked.id)
    assert (done.status, done.merge) == ("completed", "succeeded")
    assert {ref.name: ref.commit for ref in devops.refs(project, made.id)}["refs/heads/main"] == done.merge_commit
    devops.delete_repository(project, made.id)
    assert devops.repository(project, made.id) is None


def _file(path, content):
    return {"changeType": "add", "item": {"path": path}, "newContent": {"content": content, "contentType": "rawtext"}}


def test_rights(devops, project):
    from wizard.clients.devops import Right

    token = f"repoV2/{devops.project(project).id}"
    assert devops.may([Right(GIT, token, 256), Right(GIT, token, 128), Right(GIT, token, 4)]) == [True, False, True]


def test_wrong_tokens_and_organisations(inside):
    from wizard.clients.devops import DevOps
    from wizard.clients.devops_sign_in import TokenSignIn

    token = Secret(inside.environment["AZURE_DEVOPS_EXT_PAT"])
    with pytest.raises(NotSignedInError):
        DevOps(inside.environment["AZURE_DEVOPS_ORG_URL"], TokenSignIn(Secret("x" * 52))).me()
    with pytest.raises(NotFoundError, match="organisation's name"):
        DevOps("https://dev.azure.com/some-other", TokenSignIn(token)).me()
