"""The requests to fill an empty repository from another one.

The sandbox never connects to the outside, so only repositories of its own organisation can be imported; every other
address fails as one that cannot be read. API: https://learn.microsoft.com/rest/api/azure/devops/git/import-requests
"""

import time
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.responses import Response

from wizard.sandbox.devops.bare import NOTHING
from wizard.sandbox.devops.faults import GIT, DevOpsFault
from wizard.sandbox.devops.git_http import GitAddress
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.permissions import need_git_right
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.ref_changes import RefChange, record_push
from wizard.sandbox.devops.repositories import Repositories, Repository, api_url, view
from wizard.sandbox.devops.repository_routes import named
from wizard.sandbox.devops.wire import Call, answer, collection, part, text

_KIND = "devops_import"
_SECONDS = 15.0
_STEPS = (
    "Processing request",
    "Analyzing repository objects",
    "Storing objects",
    "Storing index file",
    "Updating references",
    "Import completed successfully",
)
_UNREADABLE = (
    "Import request cannot be processed due to one of the following reasons: Clone URL is incorrect. Clone URL requires"
    " authorization."
)


def _create(call: Call) -> Response:
    repository, project = named(call)
    need_git_right(call.tenancy, call.caller.identity, "GenericContribute", project.id, repository.id)
    source = part(part(call.body(), "parameters"), "gitSource")
    url = text(source, "url")
    repositories = Repositories(call.tenancy)
    if repositories.bare(repository).refs("refs/heads/") and not source.get("overwrite"):
        message = "TF402463: The repository is not empty. Only an empty repository can be imported into."
        raise DevOpsFault(409, "GitImportForbiddenOnNonEmptyRepository", message, GIT)
    problem = "" if _take_over(call, repository, url) else _UNREADABLE
    number = call.tenancy.store.next_number(_KIND)
    record = {
        "id": number,
        "url": url,
        "overwrite": bool(source.get("overwrite")),
        "problem": problem,
        "done_at": call.tenancy.cloud.ready_at(_SECONDS),
    }
    call.tenancy.store.put(_KIND, f"{repository.id}/{number:08}", record)
    return answer(_view(call, repository, project, record, "queued"), 201)


def _take_over(call: Call, repository: Repository, url: str) -> bool:
    """Copy all branches and tags of a repository of this organisation; False when the address is no such."""
    parts = urlsplit(url)
    organisation, _, rest = unquote(parts.path).strip("/").partition("/")
    address = GitAddress.of(f"{rest}/info/refs")
    if parts.hostname != "dev.azure.com" or organisation.lower() != call.tenancy.name.lower() or address is None:
        return False
    repositories = Repositories(call.tenancy)
    try:
        source, _ = repositories.seen_by(call.caller.identity, address.repository, address.project)
    except DevOpsFault:
        return False
    bare = repositories.bare(repository)
    before = {ref.name: ref.object_id for ref in bare.refs()}
    bare.fetch_all(repositories.folder(source))
    changes = [
        RefChange(ref.name, before.get(ref.name, NOTHING), ref.object_id)
        for ref in bare.refs()
        if before.get(ref.name) != ref.object_id
    ]
    if changes:
        record_push(call.tenancy, call.caller.identity, repository.id, changes)
    return True


def _read(call: Call) -> Response:
    repository, project = named(call)
    wanted = call.names.get("importRequestId", "")
    records = [record for _, record in call.tenancy.store.items(_KIND, f"{repository.id}/")]
    if not wanted:
        return collection([_view(call, repository, project, record, _status(record)) for record in records])
    found = next((record for record in records if str(record["id"]) == wanted), None)
    if found is None:
        message = f"TF402466: The import request {wanted} does not exist."
        raise DevOpsFault(404, "GitImportRequestNotFoundException", message, GIT)
    return answer(_view(call, repository, project, found, _status(found)))


def _status(record: dict[str, Any]) -> str:
    if time.time() < record["done_at"]:
        return "inProgress"
    return "failed" if record["problem"] else "completed"


def _view(call: Call, repository: Repository, project: Project, record: dict[str, Any], status: str) -> dict[str, Any]:
    home = api_url(repository, call.base)
    url = f"{home}/importRequests/{record['id']}"
    details: dict[str, Any] = {"currentStep": len(_STEPS) if status == "completed" else 1, "allSteps": list(_STEPS)}
    if status == "failed":
        details["errorMessage"] = record["problem"]
    source = {"url": record["url"], "overwrite": record["overwrite"]}
    return {
        "importRequestId": record["id"],
        "repository": view(repository, project, call.base),
        "parameters": {"tfvcSource": None, "gitSource": source},
        "status": status,
        "detailedStatus": details,
        "_links": {"self": {"href": url}, "repository": {"href": home}},
        "url": url,
    }


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    imports = "01828ddc-3600-4a41-8633-99b3a73a0eb3"
    return [Endpoint(imports, "GET", _read, "code"), Endpoint(imports, "POST", _create, "code_manage")]
