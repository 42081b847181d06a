"""An Azure DevOps organisation: who one is there, its projects, repositories, pull requests and rights.

Over the azure-devops package, whose clients are made for the organisation's address itself: all their areas are there.
API: https://learn.microsoft.com/rest/api/azure/devops
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from azure.devops.v7_1.build.build_client import BuildClient
from azure.devops.v7_1.core.core_client import CoreClient
from azure.devops.v7_1.git.git_client import GitClient
from azure.devops.v7_1.git.models import GitPullRequestSearchCriteria
from azure.devops.v7_1.location.location_client import LocationClient
from azure.devops.v7_1.operations.operations_client import OperationsClient
from azure.devops.v7_1.pipeline_permissions.pipeline_permissions_client import PipelinePermissionsClient
from azure.devops.v7_1.policy.policy_client import PolicyClient
from azure.devops.v7_1.security.security_client import SecurityClient
from azure.devops.v7_1.service_endpoint.service_endpoint_client import ServiceEndpointClient

from wizard.clients.agents import Agents, TaskAgents
from wizard.clients.careful_retries import CarefulRetry
from wizard.clients.devops_faults import SERVICE, look_at, translated
from wizard.clients.devops_history import History
from wizard.clients.devops_sign_in import SignIn
from wizard.clients.environments import Checks, Environments
from wizard.clients.limits import CONNECT_SECONDS, LONGEST_PAUSE, READ_SECONDS, RETRIES
from wizard.clients.pipeline_runs import PipelineRuns
from wizard.clients.pipelines import Pipelines
from wizard.clients.service_connections import ServiceConnections
from wizard.clients.variable_groups import VariableGroups
from wizard.engine.errors import NotFoundError, ServiceError
from wizard.engine.secrets import Secret

DEVOPS_HOST = "dev.azure.com"
BASIC_PROCESS = "b8a3a935-7e91-48b8-a94c-606d37c3e9f2"
NO_COMMIT = "0" * 40


@dataclass(frozen=True, slots=True)
class Member:
    """Who the organisation says we are. `descriptor` is how its access control lists name us."""

    id: str
    name: str
    account: str
    descriptor: str


@dataclass(frozen=True, slots=True)
class Project:
    """One project; `state` is wellFormed once it can be used, `visibility` private or public."""

    id: str
    name: str
    state: str
    visibility: str = "private"


@dataclass(frozen=True, slots=True)
class Repository:
    """One git repository; `default_branch` is "" while it is empty. `url` is what git clones."""

    id: str
    name: str
    project: str
    default_branch: str
    url: str


@dataclass(frozen=True, slots=True)
class Ref:
    """One branch or tag (its full name) and the commit it points to."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request. `merge` is queued, succeeded, conflicts, rejectedByPolicy or failure."""

    id: int
    status: str
    merge: str
    source: str
    target: str
    source_commit: str
    merge_commit: str
    title: str


@dataclass(frozen=True, slots=True)
class Right:
    """One thing one may want to do: permission bits on a token of a security namespace."""

    namespace: str
    token: str
    bits: int


class DevOps:
    """One organisation. `url` is its address, such as https://dev.azure.com/contoso."""

    host = DEVOPS_HOST

    def __init__(self, url: str, sign_in: SignIn) -> None:
        self.url = url
        self._sign_in = sign_in
        self._locations = _within_limits(LocationClient(url, sign_in))
        self._core = _within_limits(CoreClient(url, sign_in))
        self._operations = _within_limits(OperationsClient(url, sign_in))
        self._git = _within_limits(GitClient(url, sign_in))
        self._security = _within_limits(SecurityClient(url, sign_in))
        self.history = History(self._git, _within_limits(PolicyClient(url, sign_in)))
        agents = _within_limits(TaskAgents(url, sign_in))
        self.agents = Agents(agents)
        self.variables = VariableGroups(agents)
        self.environments = Environments(agents, _within_limits(Checks(url, sign_in)))
        self.connections = ServiceConnections(_within_limits(ServiceEndpointClient(url, sign_in)))
        builds = _within_limits(BuildClient(url, sign_in))
        self.pipelines = Pipelines(builds, _within_limits(PipelinePermissionsClient(url, sign_in)))
        self.pipeline_runs = PipelineRuns(builds)

    def authorization(self) -> Secret:
        """The header that opens the organisation's repositories to git, by the same credential."""
        with translated():
            return Secret(self._sign_in.authorization())

    def me(self) -> Member:
        """Who we are there: the cheapest call that proves the organisation accepts the sign-in."""
        with translated():
            found = self._locations.get_connection_data().authenticated_user
            account = (found.properties or {}).get("Account", {}).get("$value", "")
            return Member(found.id, found.provider_display_name or account, account, found.descriptor or "")

    def projects(self) -> list[Project]:
        """All projects that we can see, by name. The service may give fewer than asked for: only an empty page ends."""
        found: list[Project] = []
        with translated():
            while page := self._core.get_projects(top=1000, continuation_token=len(found) or None):
                found += [Project(each.id, each.name, str(each.state)) for each in page]
        return sorted(found, key=lambda each: each.name.lower())

    def project(self, name: str) -> Project | None:
        """The project of that name or id; None when there is none, or none that we can see."""
        with translated():
            try:
                found = self._core.get_project(name)
            except NotFoundError as error:
                if not error.code.startswith("TF"):  # the organisation itself was not found
                    raise
                return None
            return Project(found.id, found.name, str(found.state), str(found.visibility or "private"))

    def create_project(self, name: str) -> str:
        """Begin to make a private project with git; returns the id of the operation."""
        capabilities = {
            "versioncontrol": {"sourceControlType": "Git"},
            "processTemplate": {"templateTypeId": BASIC_PROCESS},
        }
        with translated():
            begun = self._core.queue_create_project(
                {"name": name, "visibility": "private", "capabilities": capabilities}
            )
            return str(begun.id)

    def operation(self, id_: str) -> str:
        """How far an operation is: notSet, queued, inProgress, succeeded, failed or cancelled."""
        with translated():
            return str(self._operations.get_operation(id_).status)

    def repositories(self, project: str) -> list[Repository]:
        """The repositories of a project, by name."""
        with translated():
            found = [_repository(each) for each in self._git.get_repositories(project)]
        return sorted(found, key=lambda each: each.name.lower())

    def repository(self, project: str, name: str) -> Repository | None:
        """One repository by name or id; None when there is none, or none that we can see."""
        with translated():
            try:
                return _repository(self._git.get_repository(name, project))
            except NotFoundError:
                return None

    def create_repository(self, project: str, name: str) -> Repository:
        """Make an empty repository."""
        with translated():
            return _repository(self._git.create_repository({"name": name}, project))

    def delete_repository(self, project: str, id_: str) -> None:
        """Delete a repository by its id; all in it is lost."""
        with translated():
            self._git.delete_repository(id_, project)

    def refs(self, project: str, repository: str, prefix: str = "heads/") -> list[Ref]:
        """The branches (or what else begins with the prefix) of a repository, by name."""
        with translated():
            found = self._git.get_refs(repository, project, filter=prefix)
            return [Ref(each.name, each.object_id) for each in found]

    def create_ref(self, project: str, repository: str, ref: str, commit: str) -> None:
        """Make a branch or tag (its full name) at a commit; ServiceError when the service refuses it."""
        self._move_ref(project, repository, ref, NO_COMMIT, commit)

    def delete_ref(self, project: str, repository: str, ref: str, commit: str) -> None:
        """Delete a branch or tag that is at that commit still; ServiceError when the service refuses it."""
        self._move_ref(project, repository, ref, commit, NO_COMMIT)

    def _move_ref(self, project: str, repository: str, ref: str, old: str, new: str) -> None:
        update = {"name": ref, "oldObjectId": old, "newObjectId": new}
        with translated():
            result = self._git.update_refs([update], repository, project)[0]
        if not result.success:
            why = result.custom_message or str(result.update_status)
            raise ServiceError(f"{SERVICE} did not move {ref}: {why}", service=SERVICE)

    def pull_requests(
        self, project: str, repository: str, source: str, target: str, status: str = "active"
    ) -> list[PullRequest]:
        """The pull requests from one branch to another (full names) that are active, completed or all; newest first."""
        with translated():
            wanted = GitPullRequestSearchCriteria(source_ref_name=source, target_ref_name=target, status=status)
            return [_pull_request(each) for each in self._git.get_pull_requests(repository, wanted, project)]

    def pull_request(self, project: str, repository: str, id_: int) -> PullRequest:
        """One pull request as it is now."""
        with translated():
            return _pull_request(self._git.get_pull_request(repository, id_, project))

    def create_pull_request(
        self, project: str, repository: str, source: str, target: str, title: str, description: str = ""
    ) -> PullRequest:
        """Propose one branch for another (full names)."""
        body = {"sourceRefName": source, "targetRefName": target, "title": title, "description": description}
        with translated():
            return _pull_request(self._git.create_pull_request(body, repository, project))

    def complete_pull_request(self, project: str, repository: str, request: PullRequest) -> PullRequest:
        """Ask for the merge of what was seen; the answer is usually still open, with the merge queued."""
        body = {"status": "completed", "lastMergeSourceCommit": {"commitId": request.source_commit}}
        with translated():
            return _pull_request(self._git.update_pull_request(body, repository, request.id, project))

    def may(self, rights: Sequence[Right]) -> list[bool]:
        """For each right whether we have it, asked in one request."""
        asked = [
            {"securityNamespaceId": right.namespace, "token": right.token, "permissions": right.bits}
            for right in rights
        ]
        with translated():
            answered = self._security.has_permissions_batch({"alwaysAllowAdministrators": True, "evaluations": asked})
            return [bool(each.value) for each in answered.evaluations]


def _within_limits(client: Any) -> Any:
    """A client with our time limits and retries, whose answers are looked at before it reads them."""
    client.config.connection.timeout = (CONNECT_SECONDS, READ_SECONDS)
    policy = client.config.retry_policy
    policy.policy = CarefulRetry(
        RETRIES,
        status_forcelist=policy.policy.status_forcelist,
        backoff_factor=policy.backoff_factor,
        backoff_max=LONGEST_PAUSE,
    )
    policy.max_backoff = LONGEST_PAUSE  # msrest reads it there, urllib3 above
    client.config.hooks.append(look_at)
    return client


def _repository(found: Any) -> Repository:
    return Repository(found.id, found.name, found.project.name, found.default_branch or "", found.web_url)


def _pull_request(found: Any) -> PullRequest:
    return PullRequest(
        id=found.pull_request_id,
        status=str(found.status),
        merge=str(found.merge_status or ""),
        source=found.source_ref_name,
        target=found.target_ref_name,
        source_commit=found.last_merge_source_commit.commit_id if found.last_merge_source_commit else "",
        merge_commit=found.last_merge_commit.commit_id if found.last_merge_commit else "",
        title=found.title,
    )
