"""The requests about commits and branches' heads. API: https://learn.microsoft.com/rest/api/azure/devops/git/commits"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.bare import Commit, Signature
from wizard.sandbox.devops.faults import GIT, DevOpsFault
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.repositories import Repositories, Repository, api_url
from wizard.sandbox.devops.repository_routes import named
from wizard.sandbox.devops.version_descriptors import asked_commit
from wizard.sandbox.devops.wire import Call, answer, collection


def _who(signature: Signature) -> dict[str, str]:
    return {"name": signature.name, "email": signature.email, "date": signature.date}


def commit_view(commit: Commit, home: str, with_tree: bool = False) -> dict[str, Any]:
    """A commit as answers show it; `home` is the address of its repository."""
    view: dict[str, Any] = {
        "commitId": commit.id,
        "author": _who(commit.author),
        "committer": _who(commit.committer),
        "comment": commit.message,
        "parents": list(commit.parents),
        "url": f"{home}/commits/{commit.id}",
    }
    return {"treeId": commit.tree, **view} if with_tree else view


def _read(call: Call) -> Response:
    repository, project = named(call)
    bare, home = Repositories(call.tenancy).bare(repository), api_url(repository, call.base)
    remote = f"{call.base}/{project.name}/_git/{repository.name}/commit"
    wanted = call.names.get("commitId", "")
    if wanted:
        if not bare.resolve(wanted):
            message = f"TF401175: The version descriptor <Commit: {wanted} > could not be resolved to a version."
            raise DevOpsFault(404, "GitUnresolvableToCommitException", message, GIT)
        found = bare.commits(wanted, top=1)[0]
        return answer({**commit_view(found, home, with_tree=True), "remoteUrl": f"{remote}/{found.id}"})
    if not repository.default_branch:
        return collection([])
    start = asked_commit(call, repository, "searchCriteria.itemVersion.")
    skip = call.number("searchCriteria.$skip", call.number("$skip", 0))
    top = call.number("searchCriteria.$top", call.number("$top", 100))
    path = call.query.get("searchCriteria.itemPath", "")
    shown = [
        {**commit_view(commit, home), "remoteUrl": f"{remote}/{commit.id}"}
        for commit in bare.commits(start, skip, top, path)
    ]
    return collection(shown)


def _branches(call: Call) -> Response:
    """Each branch with how far it is ahead of and behind the default branch, or the commit that is asked for."""
    repository, _ = named(call)
    bare, home = Repositories(call.tenancy).bare(repository), api_url(repository, call.base)
    wanted = call.query.get("name", "") or call.names.get("name", "")
    base = asked_commit(call, repository, "baseVersionDescriptor.") if repository.default_branch else ""
    found = []
    for ref in bare.refs("refs/heads/"):
        name = ref.name.removeprefix("refs/heads/")
        if wanted and name != wanted:
            continue
        found.append(
            {
                "commit": commit_view(bare.commits(ref.object_id, top=1)[0], home),
                "name": name,
                "aheadCount": len(bare.commits_between(base, ref.object_id)),
                "behindCount": len(bare.commits_between(ref.object_id, base)),
                "isBaseVersion": ref.name == repository.default_branch,
            }
        )
    if wanted and not found:
        raise _no_branch(repository, wanted)
    return answer(found[0]) if wanted else collection(found)


def _no_branch(repository: Repository, name: str) -> DevOpsFault:
    message = f"VS403403: Cannot find any branches named {name} in the {repository.name} repository."
    return DevOpsFault(404, "GitRefNotFoundException", message, GIT)


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    return [
        Endpoint("c2570c3b-5b3f-41b8-98bf-5407bfde8d58", "GET", _read, "code"),
        Endpoint("d5b216de-d8d5-4d32-ae76-51df755b16d3", "GET", _branches, "code"),
    ]
