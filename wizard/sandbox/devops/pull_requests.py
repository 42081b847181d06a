"""Pull requests: the records of them, whether they can be merged, and merging them."""

import uuid
from typing import Any

from wizard.sandbox.devops import policies
from wizard.sandbox.devops.bare import NOTHING, BareRepository, GitError, Signature
from wizard.sandbox.devops.faults import GIT, DevOpsFault
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.permissions import has_git_right
from wizard.sandbox.devops.ref_changes import RefChange, record_push
from wizard.sandbox.devops.repositories import Repositories, Repository
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import now

_KIND = "devops_pull_request"

STRATEGIES = ("noFastForward", "squash", "rebase", "rebaseMerge")

Record = dict[str, Any]


def refused(status: int, type_key: str, message: str) -> DevOpsFault:
    """A refusal about pull requests."""
    return DevOpsFault(status, type_key, message, GIT)


class PullRequests:
    """The pull requests of the organisation. Their numbers are never used twice."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._store = tenancy.store

    def all(self) -> list[Record]:
        """Every pull request, newest first."""
        return [body for _, body in reversed(self._store.items(_KIND))]

    def get(self, number: str) -> Record:
        """One of them; raises DevOpsFault 404 TF401180."""
        found = self._store.get(_KIND, f"{int(number):08}") if number.isdecimal() else None
        if found is None:
            raise refused(404, "GitPullRequestNotFoundException", "TF401180: The requested pull request was not found.")
        return found

    def put(self, record: Record) -> None:
        """Keep a changed record."""
        self._store.put(_KIND, f"{record['id']:08}", record)

    def create(self, repository: Repository, creator: Identity, details: Record) -> Record:
        """Open one (`source`, `target`, `title`, `description`, `draft`, `reviewers`)."""
        bare = Repositories(self._tenancy).bare(repository)
        for branch in (details["source"], details["target"]):
            if not bare.resolve(branch):
                message = (
                    "TF401398: The pull request cannot be activated because the source and/or the target branch no"
                    f" longer exists, or the requested branch {branch} is not a valid ref."
                )
                raise refused(400, "GitPullRequestCannotBeActivated", message)
        same = (repository.id, details["source"], details["target"], "active")
        with self._store.transaction():
            if any((each["repository"], each["source"], each["target"], each["status"]) == same for each in self.all()):
                message = "TF401179: An active pull request for the source and target branch already exists."
                raise refused(409, "GitPullRequestExistsException", message)
            record = {
                "id": self._store.next_number(_KIND),
                "repository": repository.id,
                "project": repository.project_id,
                "status": "active",
                "created_by": creator.id,
                "created": now(),
                "merge_id": str(uuid.uuid4()),
                "options": {},
                **details,
            }
            self.put(record)
        return record

    def mergeable(self, repository: Repository, record: Record) -> str:
        """Whether an open one can be merged: `succeeded` or `conflicts`."""
        bare = Repositories(self._tenancy).bare(repository)
        source, target = bare.resolve(record["source"]), bare.resolve(record["target"])
        return "succeeded" if source and target and bare.merged_tree(target, source) else "conflicts"

    def complete(self, repository: Repository, record: Record, by: Identity) -> Record:
        """Merge an open one into its target; raises DevOpsFault when rights, policies or conflicts forbid it."""
        options = record["options"]
        strategy = options.get("mergeStrategy") or ("squash" if options.get("squashMerge") else "noFastForward")
        self._check_completion(repository, record, by, strategy)
        repositories = Repositories(self._tenancy)
        bare = repositories.bare(repository)
        source, target = bare.resolve(record["source"]), bare.resolve(record["target"])
        merged = _merge(bare, target, source, strategy, _message(record), _signature(by))
        if not merged:
            message = "TF401397: The pull request has merge conflicts that must be resolved before it can be completed."
            raise refused(409, "GitPullRequestStaleException", message)
        changes = [RefChange(record["target"], target, merged)]
        if options.get("deleteSourceBranch") and record["source"] != repository.default_branch:
            changes.append(RefChange(record["source"], source, NOTHING))
        try:
            for change in changes:
                bare.move_ref(change.name, change.old, change.new)
        except GitError as error:
            message = "TF401192: The source or the target was changed meanwhile. Reload the pull request."
            raise refused(409, "GitPullRequestStaleException", message) from error
        record_push(self._tenancy, by, repository.id, changes)
        done = record | {
            "status": "completed",
            "closed": now(),
            "closed_by": by.id,
            "source_commit": source,
            "target_commit": target,
            "merge_commit": merged,
        }
        self.put(done)
        return done

    def _check_completion(self, repository: Repository, record: Record, by: Identity, strategy: str) -> None:
        branch = record["target"].removeprefix("refs/")

        def may(permission: str) -> bool:
            return has_git_right(self._tenancy, by, permission, repository.project_id, repository.id, branch)

        if record["draft"]:
            message = "TF401198: A draft pull request cannot be completed. Publish it first."
            raise refused(400, "GitPullRequestDraftCannotVoteException", message)
        if not may("GenericContribute"):
            message = "TF401027: You need the Git 'GenericContribute' permission to perform this action."
            message += f" Details: identity '{by.account}', scope 'branch'."
            raise refused(403, "GitNeedsPermissionException", message)
        missing = policies.unmet(self._tenancy, repository, record, strategy)
        if missing and not (record["options"].get("bypassPolicy") and may("PullRequestBypassPolicy")):
            raise refused(403, "GitPullRequestUpdateRejectedByPolicyException", " ".join(missing))


def _message(record: Record) -> str:
    asked = record["options"].get("mergeCommitMessage")
    return str(asked) if asked else f"Merged PR {record['id']}: {record['title']}\n\n{record['description']}".strip()


def _signature(identity: Identity) -> Signature:
    return Signature(identity.display_name, identity.account, now()[:19] + "Z")


def _merge(bare: BareRepository, target: str, source: str, strategy: str, message: str, who: Signature) -> str:
    """The commit that the target moves to; empty when the two conflict."""
    if strategy in ("noFastForward", "squash"):
        tree = bare.merged_tree(target, source)
        parents = [target, source] if strategy == "noFastForward" else [target]
        return bare.commit_tree(tree, parents, message, who) if tree else ""
    tip = bare.rebased(target, source, who)
    if tip and strategy == "rebaseMerge":
        return bare.commit_tree(bare.commits(tip, top=1)[0].tree, [target, tip], message, who)
    return tip
