"""Version descriptors: which commit a request about files or history means."""

from wizard.sandbox.devops.faults import GIT, DevOpsFault
from wizard.sandbox.devops.repositories import Repositories, Repository
from wizard.sandbox.devops.wire import Call

_PREFIX = {"branch": "refs/heads/", "tag": "refs/tags/", "commit": ""}


def asked_commit(call: Call, repository: Repository, prefix: str) -> str:
    """The commit that the query parameters below a prefix name; the head of the default branch without them.

    Raises DevOpsFault 404 when there is no such branch, tag or commit, or nothing in the repository at all.
    """
    version = call.query.get(f"{prefix}version", "")
    kind = call.query.get(f"{prefix}versionType", "branch").lower()
    if not version:
        if not repository.default_branch:
            message = f"VS403403: Cannot find any branches for the {repository.name} repository."
            raise DevOpsFault(404, "GitItemNotFoundException", message, GIT)
        version, kind = repository.default_branch.removeprefix("refs/heads/"), "branch"
    found = Repositories(call.tenancy).bare(repository).resolve(_PREFIX.get(kind, "") + version)
    if not found:
        message = (
            f"TF401175:The version descriptor <{kind.title()}: {version} > could not be resolved to a version in the"
            f" repository {repository.name}"
        )
        raise DevOpsFault(404, "GitUnresolvableToCommitException", message, GIT)
    return found
