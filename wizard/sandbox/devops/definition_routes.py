"""The requests about pipelines. API: https://learn.microsoft.com/rest/api/azure/devops/build/definitions"""

from starlette.responses import Response

from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.definitions import Definitions, brief, view
from wizard.sandbox.devops.library_rights import BUILD, has, need
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.wire import Call, answer, collection, empty


def _project(call: Call) -> Project:
    return Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))


def _read(call: Call) -> Response:
    project, definitions = _project(call), Definitions(call.tenancy)
    if "definitionId" in call.names:
        found = definitions.get(project.id, call.names["definitionId"])
        need(call.tenancy, call.caller.identity, BUILD, project.id, "ViewBuildDefinition", found["name"])
        return answer(view(call.tenancy, found, project, call.base))
    if not has(call.tenancy, call.caller.identity, BUILD, project.id, "ViewBuildDefinition"):
        return collection([])
    name = call.query.get("name", "").lower()
    every = [each for each in definitions.of(project.id) if name in ("", each["name"].lower())]
    return collection([brief(call.tenancy, each, project, call.base) for each in every])


def _create(call: Call) -> Response:
    project = _project(call)
    what = f"pipelines of {project.name}"
    need(call.tenancy, call.caller.identity, BUILD, project.id, "CreateBuildDefinition", what)
    made = Definitions(call.tenancy).create(project, call.caller.identity, call.body())
    return answer(view(call.tenancy, made, project, call.base))


def _delete(call: Call) -> Response:
    project, definitions = _project(call), Definitions(call.tenancy)
    found = definitions.get(project.id, call.names.get("definitionId", ""))
    need(call.tenancy, call.caller.identity, BUILD, project.id, "DeleteBuildDefinition", found["name"])
    definitions.delete(found)
    Builds(call.tenancy).forget(found["id"])
    return empty()


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    definitions = "dbeaf647-6167-421a-bda9-c9327b25e2e6"
    return [
        Endpoint(definitions, "GET", _read, "build"),
        Endpoint(definitions, "POST", _create, "build_execute"),
        Endpoint(definitions, "DELETE", _delete, "build_execute"),
    ]
