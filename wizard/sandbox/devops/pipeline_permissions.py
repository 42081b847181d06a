"""Which pipelines may use which variable group, service connection or queue.

API: https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/pipeline-permissions
"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.identities import brief_by_id
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.protected_resources import find, need_administration
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import Call, answer, now, part, parts, whole
from wizard.sandbox.store import Document

KIND = "devops_pipeline_permission"
_ASSEMBLY = "Microsoft.Azure.Pipelines.Authorization.WebApi"


def may_use(tenancy: Tenancy, project_id: str, kind: str, resource: str, pipeline: int) -> bool:
    """Whether a pipeline is authorised for a resource, itself or as all are."""
    held = _held(tenancy, project_id, kind, resource)
    return bool(held["all"]) or str(pipeline) in held["pipelines"]


def _held(tenancy: Tenancy, project_id: str, kind: str, resource: str) -> Document:
    found = tenancy.store.get(KIND, f"{project_id}/{kind}/{resource.lower()}")
    return found or {"all": None, "pipelines": {}}


def _read(call: Call) -> Response:
    project, kind, resource = _named(call)
    return answer(_view(call, project, kind, resource))


def _change(call: Call) -> Response:
    project, kind, resource = _named(call)
    need_administration(call, project, kind, resource)
    body, held = call.body(), _held(call.tenancy, project.id, kind, resource)
    by = {"by": call.caller.identity.id, "on": now()}
    if body.get("allPipelines") is not None:
        held["all"] = by if part(body, "allPipelines").get("authorized") is True else None
    for each in parts(body, "pipelines"):
        number = str(whole(each, "id"))
        if number == "0":
            raise bad_argument("pipelines", "A pipeline must be named by its id.")
        if each.get("authorized") is True:
            held["pipelines"][number] = by
        else:
            held["pipelines"].pop(number, None)
    call.tenancy.store.put(KIND, f"{project.id}/{kind}/{resource.lower()}", held)
    return answer(_view(call, project, kind, resource))


def _named(call: Call) -> tuple[Project, str, str]:
    """The project, kind and id of a resource that exists; DevOpsFault otherwise."""
    project = Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))
    kind, resource = call.names.get("resourceType", "").lower(), call.names.get("resourceId", "")
    find(call.tenancy, project, kind, resource, _ASSEMBLY)
    return project, kind, resource


def _view(call: Call, project: Project, kind: str, resource: str) -> dict[str, Any]:
    held = _held(call.tenancy, project.id, kind, resource)
    every = {"allPipelines": _given(call, held["all"])} if held["all"] else {}
    pipelines = [{"id": int(number), **_given(call, by)} for number, by in held["pipelines"].items()]
    return {"resource": {"type": kind, "id": resource}, **every, "pipelines": pipelines}


def _given(call: Call, by: dict[str, str]) -> dict[str, Any]:
    author = brief_by_id(call.tenancy.identities, by["by"])
    return {"authorized": True, "authorizedBy": author, "authorizedOn": by["on"]}


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    permissions = "b5b9a4a4-e6cd-4096-853c-ab7d8b0c4eb2"
    return [
        Endpoint(permissions, "GET", _read, "build"),
        Endpoint(permissions, "PATCH", _change, "build_execute"),
    ]
