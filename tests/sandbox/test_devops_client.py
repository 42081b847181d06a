"""The azure-devops package, unmodified: both families of its clients, over everything the service has."""

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sandbox.devops_access import connection
from wizard.sandbox import control

pytestmark = pytest.mark.xdist_group("devops-client")  # its last test looks at what the others sent

VENDORS = Path(__file__).parents[1] / "contract" / "vendors"
GIT = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
LIBRARY = "b7e84409-6553-448a-bbb2-af228e07cbeb"
BASIC = "b8a3a935-7e91-48b8-a94c-606d37c3e9f2"
NOTHING = "0" * 40

# What the shipped descriptions do not have: who one is, rights, policies, history, and git's own protocol. One file
# (items?path=) is described, but by an address with a placeholder in its query, which the check cannot match.
WITHOUT_DESCRIPTION = (
    r"(?i)/_git/|/_apis/(connectionData|SecurityNamespaces|AccessControl|Permissions|Security/)|/_apis/policy/|/reviewers"
    r"|/_apis/git/repositories/[^/]+/commits$|/_apis/(tokens|ResourceAreas)/|/items\?(.*&)?path="
    r"|/distributedtask/(resource(limits|usage)|pools/\d+/agents)"
)

# What the recorded answers have because their project was described, their client asked, somebody had pushed, and the
# pull request was closed at once.
LEFT_OUT = ("response.description", "response.capabilities", "response.defaultBranch", "response.closedDate")


@pytest.fixture(params=["clients", "clients_v7_1"])
def devops(request, inside):
    """One family of clients."""
    return getattr(connection(inside.environment, inside.environment["AZURE_DEVOPS_EXT_PAT"]), request.param)


@pytest.fixture
def project(inside):
    return inside.environment["AZURE_DEVOPS_PROJECT"]


@pytest.fixture
def repository(devops, project):
    return devops.get_git_client().create_repository({"name": f"repo-{secrets.token_hex(4)}"}, project)


def push(devops, repository, project, changes, old=NOTHING, name="refs/heads/main"):
    body = {
        "refUpdates": [{"name": name, "oldObjectId": old}],
        "commits": [{"comment": "By REST", "changes": changes}],
    }
    made = devops.get_git_client().create_push(body, repository.id, project)
    return made.ref_updates[0].new_object_id


def add(path, content):
    return {"changeType": "add", "item": {"path": path}, "newContent": {"content": content, "contentType": "rawtext"}}


def refused(call, *arguments, **options):
    """The number that a refusal's message begins with."""
    from azure.devops.exceptions import AzureDevOpsServiceError

    with pytest.raises(AzureDevOpsServiceError) as error:
        call(*arguments, **options)
    return error.value.message.split(":")[0]


def eventually(condition, seconds=15.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)
    return found


def test_who_one_is(inside, devops, project):
    data = connection(inside.environment, inside.environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1
    user = data.get_location_client().get_connection_data().authenticated_user
    assert user.provider_display_name == "Casey"
    found = devops.get_core_client().get_project(project, include_capabilities=True)
    assert found.capabilities["versioncontrol"]["gitEnabled"] == "True"
    assert (found.state, found.default_team.name) == ("wellFormed", f"{project} Team")


def test_a_new_sandbox_has_the_empty_repository_of_its_project(tmp_path, monkeypatch):
    control.start(tmp_path, 600)
    try:
        environment = control.environment(tmp_path)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        project = environment["AZURE_DEVOPS_PROJECT"]
        clients = connection(environment, environment["AZURE_DEVOPS_EXT_PAT"]).clients
        found = clients.get_git_client().get_repositories(project)
        assert [(each.name, each.default_branch, each.size) for each in found] == [(project, None, 0)]
        assert [each.name for each in clients.get_core_client().get_projects()] == [project]
        control.stop(tmp_path)
        control.start(tmp_path, 600)
        assert clients.get_git_client().get_repository(found[0].id).project.name == project
    finally:
        control.stop(tmp_path)


def test_a_project_is_made_as_an_operation(devops):
    name = f"project-{secrets.token_hex(4)}"
    body = {
        "name": name,
        "visibility": "private",
        "capabilities": {
            "versioncontrol": {"sourceControlType": "Git"},
            "processTemplate": {"templateTypeId": BASIC},
        },
    }
    core, operations = devops.get_core_client(), devops.get_operations_client()
    begun = core.queue_create_project(body)
    eventually(lambda: operations.get_operation(begun.id).status == "succeeded")
    assert core.get_project(name).state == "wellFormed"
    assert [each.name for each in devops.get_git_client().get_repositories(name)] == [name]
    assert refused(core.queue_create_project, body) == "TF200019"
    assert refused(core.queue_create_project, body | {"name": "a/b"}) == "TF50316"
    core.queue_delete_project(core.get_project(name).id)
    assert refused(core.get_project, name) == "TF200016"


def test_projects_come_in_pages(devops, inside):
    core = devops.get_core_client()
    for _ in range(2):
        capabilities = {
            "versioncontrol": {"sourceControlType": "Git"},
            "processTemplate": {"templateTypeId": BASIC},
        }
        core.queue_create_project({"name": f"page-{secrets.token_hex(4)}", "capabilities": capabilities})
    every = [each.name for each in core.get_projects(state_filter="all")]
    first = core.get_projects(state_filter="all", top=2)
    rest = core.get_projects(state_filter="all", continuation_token=2)
    assert [each.name for each in first] + [each.name for each in rest] == every


class TestRepositories:
    """Records of repositories."""

    def test_made_found_renamed_deleted(self, devops, project, repository):
        git = devops.get_git_client()
        assert git.get_repository(repository.name.upper(), project).id == repository.id
        assert refused(git.create_repository, {"name": repository.name}, project) == "TF400948"
        assert refused(git.create_repository, {"name": "a:b"}, project) == "TF401025"
        renamed = git.update_repository({"name": repository.name + "-x"}, repository.id, project)
        assert renamed.name == repository.name + "-x"
        git.delete_repository(repository.id, project)
        assert refused(git.get_repository, repository.id, project) == "TF401019"

    def test_unknown_ones(self, devops, project):
        git = devops.get_git_client()
        assert refused(git.get_repository, "nothing", project) == "TF401019"
        assert refused(git.get_repository, "nothing", "nowhere") == "TF200016"


class TestContents:
    """Pushes, files and history without git."""

    def test_files_are_pushed_and_read_back(self, devops, project, repository):
        git = devops.get_git_client()
        first = push(devops, repository, project, [add("/README.md", "hello"), add("/jobs/train.py", "print()")])
        edit = {**add("/README.md", "hello again"), "changeType": "edit"}
        gone = {"changeType": "delete", "item": {"path": "/jobs/train.py"}}
        second = push(devops, repository, project, [edit, gone, add("/jobs/deploy.py", "")], old=first)
        paths = [item.path for item in git.get_items(repository.id, project, recursion_level="full")]
        assert paths == ["/", "/README.md", "/jobs", "/jobs/deploy.py"]
        content = b"".join(git.get_item_content(repository.id, "/README.md", project))
        assert content == b"hello again"
        item = git.get_item(repository.id, "/README.md", project, include_content=True)
        assert (item.content, item.commit_id) == ("hello again", second)
        version = {"versionType": "commit", "version": first}
        from azure.devops.v7_1.git.models import GitVersionDescriptor

        older = GitVersionDescriptor(version=version["version"], version_type="commit")
        assert git.get_item(repository.id, "/jobs/train.py", project, version_descriptor=older).path
        assert refused(git.get_item, repository.id, "/jobs/train.py", project) == "TF401174"
        history = git.get_commits(repository.id, None, project)
        assert [commit.commit_id for commit in history] == [second, first]
        assert git.get_commit(first, repository.id, project).comment == "By REST"

    def test_a_push_on_top_of_something_else_is_refused(self, devops, project, repository):
        push(devops, repository, project, [add("/a", "a")])
        assert refused(push, devops, repository, project, [add("/b", "b")]) == "TF401028"

    def test_refs(self, devops, project, repository):
        git = devops.get_git_client()
        head = push(devops, repository, project, [add("/a", "a")])
        update = {"name": "refs/heads/initial", "oldObjectId": NOTHING, "newObjectId": head}
        assert git.update_refs([update], repository.id, project)[0].success
        assert [ref.name for ref in git.get_refs(repository.id, project, filter="heads/in")] == ["refs/heads/initial"]
        assert [ref.creator.display_name for ref in git.get_refs(repository.id, project)] == ["Casey", "Casey"]
        again = git.update_refs([update], repository.id, project)[0]
        assert (again.success, again.update_status) == (False, "staleOldObjectId")
        page = git.get_refs(repository.id, project, top=1)
        assert [ref.name for ref in page] == ["refs/heads/initial"]
        branches = {each.name: each.ahead_count for each in git.get_branches(repository.id, project)}
        assert branches == {"main": 0, "initial": 0}

    def test_a_policy_holds_for_rest_too(self, devops, project, repository):
        git = devops.get_git_client()
        head = push(devops, repository, project, [add("/a", "a")])
        scope = {"repositoryId": repository.id, "refName": "refs/heads/", "matchKind": "Prefix"}
        policy = {
            "type": {"id": "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"},
            "isEnabled": True,
            "isBlocking": True,
            "settings": {"minimumApproverCount": 1, "scope": [scope]},
        }
        policies = devops.get_policy_client()
        made = policies.create_policy_configuration(policy, project)
        assert refused(push, devops, repository, project, [add("/b", "b")], old=head) == "TF402455"
        update = {"name": "refs/heads/other", "oldObjectId": NOTHING, "newObjectId": head}
        assert git.update_refs([update], repository.id, project)[0].update_status == "rejectedByPolicy"
        assert made.id in [each.id for each in policies.get_policy_configurations(project)]
        policies.delete_policy_configuration(project, made.id)
        push(devops, repository, project, [add("/b", "b")], old=head)

    def test_an_import_from_a_neighbour(self, devops, project, repository):
        git = devops.get_git_client()
        source = git.create_repository({"name": f"source-{secrets.token_hex(4)}"}, project)
        head = push(devops, source, project, [add("/a", "a")])
        body = {"parameters": {"gitSource": {"url": source.web_url}}}
        begun = git.create_import_request(body, project, repository.id)
        assert begun.status == "queued"

        def finished(request_id=begun.import_request_id):
            found = git.get_import_request(project, repository.id, request_id)
            return found if found.status in ("completed", "failed") else None

        assert eventually(finished).status == "completed"
        assert git.get_refs(repository.id, project)[0].object_id == head
        empty = git.create_repository({"name": f"empty-{secrets.token_hex(4)}"}, project)
        outside = {"parameters": {"gitSource": {"url": "https://git.example/a/b"}}}
        begun = git.create_import_request(outside, project, empty.id)
        failed = eventually(
            lambda: (
                found
                if (found := git.get_import_request(project, empty.id, begun.import_request_id)).status == "failed"
                else None
            )
        )
        assert "Clone URL is incorrect" in failed.detailed_status.error_message


class TestPullRequests:
    """From one branch to another, with the vendor's client."""

    @pytest.fixture
    def proposed(self, devops, project, repository):
        head = push(devops, repository, project, [add("/a", "a")])
        update = {"name": "refs/heads/initial", "oldObjectId": NOTHING, "newObjectId": head}
        devops.get_git_client().update_refs([update], repository.id, project)
        push(devops, repository, project, [add("/b", "b")], old=head, name="refs/heads/initial")
        body = {"sourceRefName": "refs/heads/initial", "targetRefName": "refs/heads/main", "title": "Add b"}
        return devops.get_git_client().create_pull_request(body, repository.id, project)

    def test_completed(self, devops, project, repository, proposed):
        git = devops.get_git_client()
        body = {"status": "completed", "lastMergeSourceCommit": proposed.last_merge_source_commit}
        assert git.update_pull_request(body, repository.id, proposed.pull_request_id, project).status == "active"
        done = git.get_pull_request_by_id(proposed.pull_request_id)
        assert (done.status, done.closed_by.display_name) == ("completed", "Casey")
        assert {item.path for item in git.get_items(repository.id, project, recursion_level="full")} >= {"/a", "/b"}

    def test_abandoned_and_listed(self, devops, project, repository, proposed):
        from azure.devops.v7_1.git.models import GitPullRequestSearchCriteria

        git = devops.get_git_client()
        status = {"status": "abandoned"}
        assert git.update_pull_request(status, repository.id, proposed.pull_request_id, project).closed_date
        every = GitPullRequestSearchCriteria(status="all", repository_id=repository.id)
        assert [each.status for each in git.get_pull_requests_by_project(project, every)] == ["abandoned"]
        assert git.get_pull_requests(repository.id, GitPullRequestSearchCriteria(), project) == []
        assert refused(git.get_pull_request, repository.id, 999_999, project) == "TF401180"

    def test_pushes_are_listed(self, devops, project, repository, proposed):
        pushes = devops.get_git_client().get_pushes(repository.id, project)
        assert len(pushes) == 3
        one = devops.get_git_client().get_push(repository.id, pushes[0].push_id, project)
        assert one.ref_updates[0].name == "refs/heads/initial"


class TestRights:
    """Security namespaces, lists, and what a check of rights asks."""

    def test_namespaces_name_their_bits(self, devops):
        found = devops.get_security_client().query_security_namespaces(GIT)[0]
        assert {action.name: action.bit for action in found.actions}["GenericContribute"] == 4

    def test_may_i(self, devops, project):
        security, home = devops.get_security_client(), devops.get_core_client().get_project(project).id
        tokens = f"repoV2/{home}"
        assert security.has_permissions(GIT, 256, tokens) == [True]
        assert security.has_permissions(GIT, 128, tokens) == [False]
        assert security.has_permissions(LIBRARY, 4, f"Library/{home}") == [True]
        batch = {
            "evaluations": [
                {"securityNamespaceId": GIT, "token": tokens, "permissions": 4},
                {"securityNamespaceId": GIT, "token": tokens, "permissions": 128},
            ]
        }
        assert [each.value for each in security.has_permissions_batch(batch).evaluations] == [True, False]

    def test_an_entry_changes_the_answer(self, inside, devops, repository):
        security = devops.get_security_client()
        clients = connection(inside.environment, inside.environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1
        me = clients.get_location_client().get_connection_data().authenticated_user.descriptor
        token = f"repoV2/{repository.project.id}/{repository.id}"
        body = {"token": token, "merge": True, "accessControlEntries": [{"descriptor": me, "allow": 0, "deny": 512}]}
        security.set_access_control_entries(body, GIT)
        assert security.has_permissions(GIT, 512, token) == [False]
        assert refused(devops.get_git_client().delete_repository, repository.id) == "TF401027"
        listed = security.query_access_control_lists(GIT, token, me, include_extended_info=True)[0]
        info = listed.aces_dictionary[me]
        assert (info.deny, info.extended_info.effective_deny) == (512, 512)
        assert info.extended_info.inherited_allow & 4
        assert security.remove_access_control_entries(GIT, token, me)
        assert security.has_permissions(GIT, 512, token) == [True]


def is_the_vendors_client(exchange):
    return "azure-devops/" in exchange["request_headers"].get("user-agent", "")


def test_traffic_keeps_to_what_the_vendor_publishes(cloud, tmp_path):
    """Last in this file: everything above is held against the descriptions and the recorded answers."""
    log = tmp_path / "traffic.jsonl"
    ours = [exchange for exchange in control.traffic(cloud.folder) if is_the_vendors_client(exchange)]
    log.write_text("".join(json.dumps(exchange) + "\n" for exchange in ours))
    done = subprocess.run(
        [sys.executable, "check.py", str(log), "--shape", "--allow", WITHOUT_DESCRIPTION],
        cwd=VENDORS,
        capture_output=True,
        text=True,
    )
    assert len(ours) > 100
    assert done.returncode == 0, done.stdout[-8000:]
    lacking = {line.split(": ")[1] for line in done.stdout.splitlines() if line.strip().startswith("absent: ")}
    assert {name for name in lacking if not name.startswith(LEFT_OUT)} == set()
