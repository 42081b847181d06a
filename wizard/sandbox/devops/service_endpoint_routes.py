"""The requests about service connections.

API: https://learn.microsoft.com/rest/api/azure/devops/serviceendpoint/endpoints. Writing goes to the organisation, with
the project in the body; reading goes to the project.
"""

from starlette.responses import Response

from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.library_rights import ENDPOINTS, endpoint_token, has, need, own
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Projects
from wizard.sandbox.devops.service_endpoints import ServiceEndpoints, projects_of, view
from wizard.sandbox.devops.wire import Call, answer, collection, empty


def _read(call: Call) -> Response:
    identity = call.caller.identity
    project = Projects(call.tenancy).seen_by(identity, call.names.get("project", ""))
    connections = ServiceEndpoints(call.tenancy)
    if "endpointId" in call.names:
        found = connections.get(project.id, call.names["endpointId"])
        if found is None or not _visible(call, project.id, found["id"]):
            return answer(None)  # as the service answers for one that is not there
        return answer(view(call.tenancy, found, project, call.base))
    names = {name.lower() for name in call.query.get("endpointNames", "").split(",") if name}
    ids = {each.lower() for each in call.query.get("endpointIds", "").split(",") if each}
    wanted = [
        each
        for each in connections.of(project.id)
        if _visible(call, project.id, each["id"])
        and (not names or each["name"].lower() in names)
        and (not ids or each["id"] in ids)
    ]
    return collection([view(call.tenancy, each, project, call.base) for each in wanted])


def _visible(call: Call, project_id: str, endpoint_id: str) -> bool:
    token = endpoint_token(project_id, endpoint_id)
    return has(call.tenancy, call.caller.identity, ENDPOINTS, token, "ViewEndpoint")


def _create(call: Call) -> Response:
    body, identity = call.body(), call.caller.identity
    wanted = projects_of(body)
    if not wanted or not wanted[0]:
        raise bad_argument("serviceEndpointProjectReferences", "A project must be named.")
    project = Projects(call.tenancy).seen_by(identity, wanted[0])
    where = f"service connections of {project.name}"
    need(call.tenancy, identity, ENDPOINTS, endpoint_token(project.id), "Create", where)
    made = ServiceEndpoints(call.tenancy).create(project, identity, body)
    own(call.tenancy, identity, ENDPOINTS, endpoint_token(project.id, made["id"]))
    return answer(view(call.tenancy, made, project, call.base))


def _delete(call: Call) -> Response:
    connections, projects = ServiceEndpoints(call.tenancy), call.query.get("projectIds", "").split(",")
    found = connections.find(call.names.get("endpointId", ""))
    if found is None:
        return empty()
    if found["project"] not in projects:
        raise bad_argument("projectIds", "The projects to delete the service connection from must be named.")
    token = endpoint_token(found["project"], found["id"])
    need(call.tenancy, call.caller.identity, ENDPOINTS, token, "Administer", found["name"])
    connections.delete(found)
    return empty()


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    in_project, in_organisation = "e85f1c62-adfc-4b74-b618-11a150fb195e", "14e48fdc-2c8b-41ce-a0c3-e26f6cc55bd0"
    return [
        Endpoint(in_project, "GET", _read, "serviceendpoint"),
        Endpoint(in_organisation, "POST", _create, "serviceendpoint_manage"),
        Endpoint(in_organisation, "DELETE", _delete, "serviceendpoint_manage"),
    ]
