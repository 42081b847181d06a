"""Which pipelines may use which variable group, service connection or queue.

API: https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/pipeline-permissions
"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.agent_pools import queues
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.identities import reference_by_id
from wizard.sandbox.devops.library_rights import ENDPOINTS, LIBRARY, endpoint_token, group_token, need
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.service_endpoints import ServiceEndpoints
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.variable_groups import VariableGroups
from wizard.sandbox.devops.wire import Call, answer, now, part, parts, whole
from wizard.sandbox.store import Document

KIND = "devops_pipeline_permission"
_ASSEMBLY = "Microsoft.Azure.Pipelines.Authorization.WebApi"
GROUP, CONNECTION, QUEUE = "variablegroup", "endpoint", "queue"


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
    _need_administration(call, project, kind, resource)
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
    if kind not in (GROUP, CONNECTION, QUEUE):
        raise bad_argument("resourceType", f"The resource type '{kind}' is not supported.")
    if not _exists(call.tenancy, project.id, kind, resource):
        message = f"The resource {resource} of type {kind} could not be found in project {project.name}."
        raise DevOpsFault(404, "ResourceNotFoundException", message, _ASSEMBLY)
    return project, kind, resource


def _exists(tenancy: Tenancy, project_id: str, kind: str, resource: str) -> bool:
    if kind == GROUP:
        return any(str(group["id"]) == resource for group in VariableGroups(tenancy).of(project_id))
    if kind == CONNECTION:
        return ServiceEndpoints(tenancy).get(project_id, resource) is not None
    return any(str(queue["id"]) == resource for queue in queues(tenancy, project_id))


def _need_administration(call: Call, project: Project, kind: str, resource: str) -> None:
    identity = call.caller.identity
    if kind == GROUP:
        need(call.tenancy, identity, LIBRARY, group_token(project.id, resource), "Administer", f"group {resource}")
    elif kind == CONNECTION:
        token = endpoint_token(project.id, resource.lower())
        need(call.tenancy, identity, ENDPOINTS, token, "Administer", f"service connection {resource}")


def _view(call: Call, project: Project, kind: str, resource: str) -> dict[str, Any]:
    held = _held(call.tenancy, project.id, kind, resource)
    every = {"allPipelines": _given(call, held["all"])} if held["all"] else {}
    pipelines = [{"id": int(number), **_given(call, by)} for number, by in held["pipelines"].items()]
    return {"resource": {"type": kind, "id": resource}, **every, "pipelines": pipelines}


def _given(call: Call, by: dict[str, str]) -> dict[str, Any]:
    author = reference_by_id(call.tenancy.identities, by["by"], call.base)
    brief = {name: author.get(name) for name in ("displayName", "id", "uniqueName", "descriptor")}
    return {"authorized": True, "authorizedBy": brief, "authorizedOn": by["on"]}


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    permissions = "b5b9a4a4-e6cd-4096-853c-ab7d8b0c4eb2"
    return [
        Endpoint(permissions, "GET", _read, "build"),
        Endpoint(permissions, "PATCH", _change, "build_execute"),
    ]
