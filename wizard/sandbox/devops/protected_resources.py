"""What pipelines use and an owner may guard: a project's groups, service connections, queues and environments."""

from dataclasses import dataclass

from wizard.sandbox.devops import security
from wizard.sandbox.devops.agent_pools import queues
from wizard.sandbox.devops.environments import Environments
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.library_rights import endpoint_token, environment_token, group_token, need
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.service_endpoints import ServiceEndpoints
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.variable_groups import VariableGroups
from wizard.sandbox.devops.wire import Call

GROUP, CONNECTION, QUEUE, ENVIRONMENT = "variablegroup", "endpoint", "queue", "environment"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a project."""

    kind: str
    id: str
    name: str


def find(tenancy: Tenancy, project: Project, kind: str, resource: str, assembly: str) -> Resource:
    """A resource by its kind and id; DevOpsFault of this assembly when there is none, or none of that kind."""
    if kind not in (GROUP, CONNECTION, QUEUE, ENVIRONMENT):
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
    if kind == QUEUE:
        held = queues(tenancy, project_id)
    else:
        held = VariableGroups(tenancy).of(project_id) if kind == GROUP else Environments(tenancy).of(project_id)
    return next((each["name"] for each in held if str(each["id"]) == resource), None)


def need_administration(call: Call, project: Project, kind: str, resource: str) -> None:
    """Raise DevOpsFault 403 unless the caller administers a resource."""
    if kind == QUEUE:
        return
    namespace, token, what = {
        GROUP: (security.LIBRARY, group_token(project.id, resource), f"group {resource}"),
        CONNECTION: (
            security.ENDPOINTS,
            endpoint_token(project.id, resource.lower()),
            f"service connection {resource}",
        ),
        ENVIRONMENT: (security.ENVIRONMENT, environment_token(project.id, resource), f"environment {resource}"),
    }[kind]
    need(call.tenancy, call.caller.identity, namespace, token, "Administer", what)
