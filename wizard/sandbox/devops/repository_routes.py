"""The requests about repositories. API: https://learn.microsoft.com/rest/api/azure/devops/git/repositories"""

from dataclasses import replace

from starlette.responses import Response

from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.permissions import has_git_right, may_see_project, need_git_right
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.repositories import Repositories, Repository, view
from wizard.sandbox.devops.wire import Call, answer, collection, empty, part, text


def named(call: Call) -> tuple[Repository, Project]:
    """The repository a request names in its address, and its project."""
    wanted, project = call.names.get("repositoryId", ""), call.names.get("project", "")
    return Repositories(call.tenancy).seen_by(call.caller.identity, wanted, project)


def _read(call: Call) -> Response:
    if "repositoryId" in call.names:
        repository, project = named(call)
        return answer(view(repository, project, call.base, links=True))
    projects = Projects(call.tenancy)
    wanted = call.names.get("project", "")
    if wanted:
        homes = [projects.seen_by(call.caller.identity, wanted)]
    else:
        homes = [each for each in projects.all() if may_see_project(call.tenancy, call.caller.identity, each.id)]
    found = [
        view(repository, project, call.base, call.flag("includeLinks"))
        for project in homes
        for repository in Repositories(call.tenancy).of(project.id)
        if has_git_right(call.tenancy, call.caller.identity, "GenericRead", project.id, repository.id)
    ]
    return collection(found)


def _create(call: Call) -> Response:
    body = call.body()
    within = call.names.get("project") or text(part(body, "project"), "id", "")
    if not within:
        raise bad_argument("project", "A project must be named in the address or in the body.")
    project = Projects(call.tenancy).seen_by(call.caller.identity, within)
    need_git_right(call.tenancy, call.caller.identity, "CreateRepository", project.id)
    if body.get("parentRepository"):
        raise bad_argument("parentRepository", "Forks are not supported by this organization.")
    repository = Repositories(call.tenancy).create(project, text(body, "name"))
    return answer(view(repository, project, call.base), 201)


def _change(call: Call) -> Response:
    repository, project = named(call)
    repositories, body = Repositories(call.tenancy), call.body()
    need_git_right(call.tenancy, call.caller.identity, "RenameRepository", project.id, repository.id)
    branch = text(body, "defaultBranch", repository.default_branch)
    if branch != repository.default_branch:
        if not repositories.bare(repository).resolve(branch):
            raise bad_argument("defaultBranch", f"The branch {branch} does not exist in the repository.")
        repositories.bare(repository).point_head(branch)
        repository = replace(repository, default_branch=branch)
        repositories.put(repository)
    name = text(body, "name", repository.name)
    if name != repository.name:
        repository = repositories.rename(repository, name)
    return answer(view(repository, project, call.base, links=True))


def _delete(call: Call) -> Response:
    repository, project = named(call)
    need_git_right(call.tenancy, call.caller.identity, "DeleteRepository", project.id, repository.id)
    Repositories(call.tenancy).delete(repository)
    return empty()


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    repositories = "225f7195-f9c7-4d14-ab28-a83f7ff77e1f"
    return [
        Endpoint(repositories, "GET", _read, "code"),
        Endpoint(repositories, "POST", _create, "code_manage"),
        Endpoint(repositories, "PATCH", _change, "code_manage"),
        Endpoint(repositories, "DELETE", _delete, "code_manage"),
    ]
