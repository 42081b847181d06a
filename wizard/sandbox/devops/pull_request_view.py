"""Pull requests as answers show them."""

from typing import Any
from urllib.parse import quote

from wizard.sandbox.devops.identities import reference_by_id
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.pull_requests import PullRequests, Record
from wizard.sandbox.devops.repositories import Repositories, Repository, api_url
from wizard.sandbox.devops.repositories import view as repository_view
from wizard.sandbox.devops.wire import Call


def view(
    call: Call, repository: Repository, project: Project, record: Record, merge: str = "", links: bool = True
) -> dict[str, Any]:
    """A pull request. `merge` is the merge's state, when it is not to be looked up."""
    home = api_url(repository, call.base)
    url = f"{home}/pullRequests/{record['id']}"
    created_by = reference_by_id(call.tenancy.identities, record["created_by"], call.base)
    source, target = _commits(call, repository, record)
    found: dict[str, Any] = {
        "repository": repository_view(repository, project, call.base),
        "pullRequestId": record["id"],
        "codeReviewId": record["id"],
        "status": record["status"],
        "createdBy": created_by,
        "creationDate": record["created"],
        "closedDate": record.get("closed"),
        "title": record["title"],
        "description": record["description"],
        "sourceRefName": record["source"],
        "targetRefName": record["target"],
        "mergeStatus": _merge_state(call, repository, record, merge),
        "isDraft": record["draft"],
        "mergeId": record["merge_id"],
        "lastMergeSourceCommit": _commit(home, source),
        "lastMergeTargetCommit": _commit(home, target),
        "lastMergeCommit": _commit(home, record.get("merge_commit", "")),
        "reviewers": [reviewer_view(call, url, who, vote) for who, vote in record["reviewers"].items()],
        "labels": [],
        "url": url,
        "completionOptions": record["options"] or None,
        "supportsIterations": True,
        "completionQueueTime": record.get("queued"),
        "closedBy": _somebody(call, record.get("closed_by")),
        "autoCompleteSetBy": _somebody(call, record.get("auto_complete_by")),
        "artifactId": f"vstfs:///Git/PullRequestId/{project.id}%2f{repository.id}%2f{record['id']}",
    }
    if links:
        found["_links"] = _links(home, url, record, source, target, created_by.get("url", ""))
    return {name: value for name, value in found.items() if value is not None}


def _merge_state(call: Call, repository: Repository, record: Record, known: str) -> str | None:
    if record["status"] == "abandoned":
        return None
    if known or record["status"] == "completed":
        return known or "succeeded"
    return PullRequests(call.tenancy).mergeable(repository, record)


def _commits(call: Call, repository: Repository, record: Record) -> tuple[str, str]:
    """The source's and the target's commit: as they are, or as they were when it was completed."""
    if record["status"] == "completed":
        return record["source_commit"], record["target_commit"]
    bare = Repositories(call.tenancy).bare(repository)
    return bare.resolve(record["source"]), bare.resolve(record["target"])


def _commit(home: str, commit: str) -> dict[str, str] | None:
    return {"commitId": commit, "url": f"{home}/commits/{commit}"} if commit else None


def _somebody(call: Call, identity_id: str | None) -> dict[str, Any] | None:
    return reference_by_id(call.tenancy.identities, identity_id, call.base) if identity_id else None


def _links(home: str, url: str, record: Record, source: str, target: str, creator: str) -> dict[str, Any]:
    addresses = {
        "self": url,
        "repository": home,
        "workItems": f"{url}/workitems",
        "sourceBranch": f"{home}/{quote(record['source'])}",
        "targetBranch": f"{home}/{quote(record['target'])}",
        "statuses": f"{url}/statuses",
        "sourceCommit": f"{home}/commits/{source}",
        "targetCommit": f"{home}/commits/{target}",
        "createdBy": creator,
        "iterations": f"{url}/iterations",
    }
    return {name: {"href": address} for name, address in addresses.items()}


def reviewer_view(call: Call, url: str, identity_id: str, vote: int) -> dict[str, Any]:
    """A reviewer of the pull request at `url`, with the vote."""
    return {
        "reviewerUrl": f"{url}/reviewers/{identity_id}",
        "vote": vote,
        "hasDeclined": False,
        "isFlagged": False,
        **reference_by_id(call.tenancy.identities, identity_id, call.base),
    }
