"""The requests about pull requests. API: https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.permissions import has_git_right, need_git_right
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.pull_request_view import reviewer_view, view
from wizard.sandbox.devops.pull_requests import STRATEGIES, PullRequests, Record, refused
from wizard.sandbox.devops.repositories import Repositories, Repository, api_url
from wizard.sandbox.devops.repository_routes import named
from wizard.sandbox.devops.wire import Body, Call, answer, collection, now, part, parts, text, whole

_VOTES = (-10, -5, 0, 5, 10)


def _found(call: Call) -> tuple[Record, Repository, Project]:
    """The pull request that the address names; raises DevOpsFault 404."""
    record = PullRequests(call.tenancy).get(call.names.get("pullRequestId", ""))
    repositories = Repositories(call.tenancy)
    if "repositoryId" in call.names:
        repository, project = named(call)
    else:
        within = call.names.get("project", "")
        repository, project = repositories.seen_by(call.caller.identity, record["repository"], within)
    if record["repository"] != repository.id:
        raise refused(404, "GitPullRequestNotFoundException", "TF401180: The requested pull request was not found.")
    return record, repository, project


def _one(call: Call) -> Response:
    record, repository, project = _found(call)
    return answer(view(call, repository, project, record))


def _read(call: Call) -> Response:
    return _one(call) if "pullRequestId" in call.names else _list(call)


def _list(call: Call) -> Response:
    """The pull requests of a repository or a project, newest first, filtered as asked."""
    repositories = Repositories(call.tenancy)
    wanted = call.names.get("repositoryId") or call.query.get("searchCriteria.repositoryId", "")
    project = (
        Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))
        if (call.names.get("project"))
        else None
    )
    only = repositories.seen_by(call.caller.identity, wanted, project.id if project else "")[0].id if wanted else ""
    criteria = {
        "source": call.query.get("searchCriteria.sourceRefName", ""),
        "target": call.query.get("searchCriteria.targetRefName", ""),
        "created_by": call.query.get("searchCriteria.creatorId", ""),
    }
    status = call.query.get("searchCriteria.status", "active").lower()
    found = [
        record
        for record in PullRequests(call.tenancy).all()
        if status in ("all", record["status"])
        and only in ("", record["repository"])
        and (project is None or record["project"] == project.id)
        and all(value in ("", record[name]) for name, value in criteria.items())
    ]
    start = call.number("$skip", 0)
    shown = []
    for record in found[start : start + call.number("$top", 101)]:
        repository = repositories.get(record["repository"])
        home = Projects(call.tenancy).find(record["project"])
        if (
            repository
            and home
            and has_git_right(call.tenancy, call.caller.identity, "GenericRead", home.id, repository.id)
        ):
            shown.append(view(call, repository, home, record, links=call.flag("searchCriteria.includeLinks")))
    return collection(shown)


def _create(call: Call) -> Response:
    repository, project = named(call)
    need_git_right(call.tenancy, call.caller.identity, "PullRequestContribute", project.id, repository.id)
    body = call.body()
    source, target = text(body, "sourceRefName"), text(body, "targetRefName")
    if source == target:
        raise bad_argument("targetRefName", "The source and the target branch must not be the same.")
    details = {
        "source": source,
        "target": target,
        "title": text(body, "title"),
        "description": text(body, "description", ""),
        "draft": bool(body.get("isDraft")),
        "reviewers": {_reviewer(call, each): 0 for each in parts(body, "reviewers")},
    }
    record = PullRequests(call.tenancy).create(repository, call.caller.identity, details)
    return answer(view(call, repository, project, record, merge="queued"), 201)


def _reviewer(call: Call, body: Any) -> str:
    identity = call.tenancy.identities.find(text(body, "id"))
    if identity is None:
        message = "TF400898: The reviewer is not a member of the organization."
        raise DevOpsFault(400, "InvalidArgumentValueException", message)
    return identity.id


def _update(call: Call) -> Response:
    """Change the words, set options, complete, abandon or open again."""
    record, repository, project = _found(call)
    need_git_right(call.tenancy, call.caller.identity, "PullRequestContribute", project.id, repository.id)
    requests, body = PullRequests(call.tenancy), call.body()
    status = text(body, "status", record["status"]).lower()
    if record["status"] == "completed" or (record["status"] == "abandoned" and status != "active"):
        message = "TF401181: The pull request cannot be edited due to its state."
        raise refused(400, "GitPullRequestNotEditableException", message)
    record = record | _edited(call, record, body)
    requests.put(record)
    if status == "completed":
        return _complete(call, repository, project, record, body)
    if status != record["status"]:
        if status not in ("active", "abandoned"):
            raise bad_argument("status", f"The pull request status '{status}' is not valid.")
        closing = {"closed": now(), "closed_by": call.caller.identity.id} if status == "abandoned" else {}
        record = {name: value for name, value in record.items() if name not in ("closed", "closed_by")}
        record |= {"status": status, **closing}
        requests.put(record)
    return answer(view(call, repository, project, record))


def _edited(call: Call, record: Record, body: Body) -> Record:
    """What a request changes besides the status."""
    options = part(body, "completionOptions")
    if options.get("mergeStrategy") not in (None, *STRATEGIES):
        raise bad_argument("mergeStrategy", f"The merge strategy '{options['mergeStrategy']}' is not valid.")
    changed: Record = {
        "title": text(body, "title", record["title"]),
        "description": text(body, "description", record["description"]),
        "draft": bool(body.get("isDraft", record["draft"])),
        "options": record["options"] | options,
    }
    if part(body, "autoCompleteSetBy"):
        changed["auto_complete_by"] = call.caller.identity.id
    return changed


def _complete(call: Call, repository: Repository, project: Project, record: Record, body: Body) -> Response:
    """Begin the merge. The answer shows the pull request as it was: still active, the merge queued."""
    seen = text(part(body, "lastMergeSourceCommit"), "commitId")
    source = Repositories(call.tenancy).bare(repository).resolve(record["source"])
    if seen != source:
        message = "TF401192: The source branch has changed since the pull request was last viewed."
        raise refused(409, "GitPullRequestStaleException", message)
    options = {"mergeStrategy": "noFastForward", **record["options"]}
    record = record | {"queued": now(), "options": options}
    shown = view(call, repository, project, record | {"closed_by": call.caller.identity.id}, merge="queued")
    PullRequests(call.tenancy).complete(repository, record, call.caller.identity)
    return answer(shown)


def _reviewers(call: Call) -> Response:
    record, repository, _ = _found(call)
    url = f"{api_url(repository, call.base)}/pullRequests/{record['id']}"
    wanted = call.names.get("reviewerId", "").lower()
    if not wanted:
        return collection([reviewer_view(call, url, who, vote) for who, vote in record["reviewers"].items()])
    if wanted not in record["reviewers"]:
        raise refused(404, "GitPullRequestReviewerNotFoundException", "TF401189: The reviewer was not found.")
    return answer(reviewer_view(call, url, wanted, record["reviewers"][wanted]))


def _vote(call: Call) -> Response:
    """Add a reviewer, or vote: everybody only for themselves."""
    record, repository, project = _found(call)
    need_git_right(call.tenancy, call.caller.identity, "PullRequestContribute", project.id, repository.id)
    body = call.body()
    who = _reviewer(call, {"id": call.names.get("reviewerId", "")})
    vote = whole(body, "vote")
    if vote not in _VOTES:
        raise bad_argument("vote", "The vote must be -10, -5, 0, 5 or 10.")
    if vote and who != call.caller.identity.id:
        message = "TF401186: You cannot record a vote for someone else."
        raise refused(403, "GitPullRequestUnauthorizedVoteException", message)
    requests = PullRequests(call.tenancy)
    requests.put(record | {"reviewers": record["reviewers"] | {who: vote}})
    url = f"{api_url(repository, call.base)}/pullRequests/{record['id']}"
    return answer(reviewer_view(call, url, who, vote))


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    in_repository = "9946fd70-0d40-406e-b686-b4744cbbcc37"
    reviewers = "4b6702c7-aa35-4b89-9c96-b9abf6d3e540"
    return [
        Endpoint(in_repository, "GET", _read, "code"),
        Endpoint(in_repository, "POST", _create, "code_write"),
        Endpoint(in_repository, "PATCH", _update, "code_write"),
        Endpoint("01a46dea-7d46-4d40-bc84-319e7c260d99", "GET", _one, "code"),
        Endpoint("a5d28130-9cd2-40fa-9f08-902e7daa9efb", "GET", _list, "code"),
        Endpoint(reviewers, "GET", _reviewers, "code"),
        Endpoint(reviewers, "PUT", _vote, "code_write"),
    ]
