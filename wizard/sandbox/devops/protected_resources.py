"""What pipelines use and an owner may guard: variable groups, service connections and agent queues of a project."""

from dataclasses import dataclass

from wizard.sandbox.devops.agent_pools import queues
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.library_rights import ENDPOINTS, LIBRARY, endpoint_token, group_token, need
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.service_endpoints import ServiceEndpoints
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.variable_groups import VariableGroups
from wizard.sandbox.devops.wire import Call

GROUP, CONNECTION, QUEUE = "variablegroup", "endpoint", "queue"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a project."""

    kind: str
    id: str
    name: str


def find(tenancy: Tenancy, project: Project, kind: str, resource: str, assembly: str) -> Resource:
    """A resource by its kind and id; DevOpsFault of this assembly when there is none, or none of that kind."""
    if kind not in (GROUP, CONNECTION, QUEUE):
        raise bad_argument("resourceType", f"The resource type '{kind}' is not supported.")
    name = _name(tenancy, project.id, kind, resource)
    if name is None:
        message = f"The resource {resource} of type {kind} could not be found in project {project.name}."
        raise DevOpsFault(404, "ResourceNotFoundException", message, assembly)
    return Resource(kind, resource, name)


def _name(tenancy: Tenancy, project_id: str, kind: str, resource: str) -> str | None:
    if kind == CONNECTION:
        endpoint = ServiceEndpoints(tenancy).get(project_id, resource)
        return endpoint["name"] if endpoint else None
    held = VariableGroups(tenancy).of(project_id) if kind == GROUP else queues(tenancy, project_id)
    return next((each["name"] for each in held if str(each["id"]) == resource), None)


def need_administration(call: Call, project: Project, kind: str, resource: str) -> None:
    """Raise DevOpsFault 403 unless the caller administers a resource."""
    identity = call.caller.identity
    if kind == GROUP:
        need(call.tenancy, identity, LIBRARY, group_token(project.id, resource), "Administer", f"group {resource}")
    elif kind == CONNECTION:
        token = endpoint_token(project.id, resource.lower())
        need(call.tenancy, identity, ENDPOINTS, token, "Administer", f"service connection {resource}")
