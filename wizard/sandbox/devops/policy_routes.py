"""The requests about branch policies. API: https://learn.microsoft.com/rest/api/azure/devops/policy/configurations"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops import policies
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.identities import reference_by_id
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.permissions import need_git_right
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.repositories import Repositories
from wizard.sandbox.devops.wire import Body, Call, answer, collection, empty, now, part, parts, text, whole

_MATCH_KINDS = {"exact": "Exact", "prefix": "Prefix", "defaultbranch": "DefaultBranch"}
_ASSEMBLY = "Microsoft.TeamFoundation.Policy.Server"


def _project(call: Call) -> Project:
    return Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))


def _type_view(call: Call, project: Project, type_id: str) -> dict[str, Any]:
    url = f"{call.base}/{project.id}/_apis/policy/types/{type_id}"
    return {"id": type_id, "url": url, "displayName": policies.TYPES[type_id]}


def _view(call: Call, project: Project, configuration: dict[str, Any]) -> dict[str, Any]:
    url = f"{call.base}/{project.id}/_apis/policy/configurations/{configuration['id']}"
    kind = _type_view(call, project, configuration["type"])
    return {
        "createdBy": reference_by_id(call.tenancy.identities, configuration["created_by"], call.base),
        "createdDate": configuration["created"],
        "isEnabled": configuration["isEnabled"],
        "isBlocking": configuration["isBlocking"],
        "isDeleted": False,
        "settings": configuration["settings"],
        "isEnterpriseManaged": False,
        "_links": {"self": {"href": url}, "policyType": {"href": kind["url"]}},
        "revision": configuration["revision"],
        "id": configuration["id"],
        "url": url,
        "type": kind,
    }


def _found(call: Call, project: Project) -> dict[str, Any]:
    wanted = call.names.get("configurationId", "")
    found = call.tenancy.store.get(policies.KIND, _key(project, int(wanted))) if wanted.isdecimal() else None
    if found is None:
        message = f"TF402100: The policy configuration {wanted} does not exist."
        raise DevOpsFault(404, "PolicyConfigurationNotFoundException", message, _ASSEMBLY)
    return found


def _key(project: Project, number: int) -> str:
    return f"{project.id}/{number:08}"


def _read(call: Call) -> Response:
    project = _project(call)
    if "configurationId" in call.names:
        return answer(_view(call, project, _found(call, project)))
    kind, scope = call.query.get("policyType", "").lower(), call.query.get("scope", "")
    found = [
        each
        for each in policies.configurations(call.tenancy, project.id)
        if kind in ("", each["type"]) and (not scope or scope in str(each["settings"].get("scope")))
    ]
    return collection([_view(call, project, each) for each in found])


def _types(call: Call) -> Response:
    project = _project(call)
    wanted = call.names.get("typeId", "").lower()
    if not wanted:
        return collection([_type_view(call, project, type_id) for type_id in policies.TYPES])
    if wanted not in policies.TYPES:
        raise _no_such_type(wanted)
    return answer(_type_view(call, project, wanted))


def _no_such_type(type_id: str) -> DevOpsFault:
    message = f"TF402119: The policy type {type_id} does not exist."
    return DevOpsFault(404, "PolicyTypeNotFoundException", message, _ASSEMBLY)


def _create(call: Call) -> Response:
    project = _project(call)
    configuration = _checked(call, project, call.body())
    with call.tenancy.store.transaction():
        number = call.tenancy.store.next_number(policies.KIND)
        configuration |= {"id": number, "revision": 1}
        call.tenancy.store.put(policies.KIND, _key(project, number), configuration)
    return answer(_view(call, project, configuration))


def _replace(call: Call) -> Response:
    project = _project(call)
    old = _found(call, project)
    changed = _checked(call, project, call.body()) | {"id": old["id"], "revision": old["revision"] + 1}
    call.tenancy.store.put(policies.KIND, _key(project, old["id"]), changed)
    return answer(_view(call, project, changed))


def _delete(call: Call) -> Response:
    project = _project(call)
    old = _found(call, project)
    _need_edit_right(call, project, old["settings"])
    call.tenancy.store.delete(policies.KIND, _key(project, old["id"]))
    return empty()


def _checked(call: Call, project: Project, body: Body) -> dict[str, Any]:
    """A configuration from a request's body; raises DevOpsFault when it makes no sense or the caller may not."""
    kind = text(part(body, "type"), "id").lower()
    if kind not in policies.TYPES:
        raise _no_such_type(kind)
    settings = dict(part(body, "settings"))
    settings["scope"] = [_scope(call, project, each) for each in parts(settings, "scope")]
    if not settings["scope"]:
        raise bad_argument("scope", "The policy must have a scope.")
    if kind == policies.MINIMUM_REVIEWERS and not 1 <= whole(settings, "minimumApproverCount") <= 10:
        raise bad_argument("minimumApproverCount", "The value must be between 1 and 10.")
    _need_edit_right(call, project, settings)
    return {
        "type": kind,
        "isEnabled": bool(body.get("isEnabled")),
        "isBlocking": bool(body.get("isBlocking")),
        "settings": settings,
        "created_by": call.caller.identity.id,
        "created": now(),
    }


def _scope(call: Call, project: Project, body: Any) -> dict[str, Any]:
    kind = _MATCH_KINDS.get(text(body, "matchKind", "Exact").lower())
    if kind is None:
        raise bad_argument("matchKind", "The match kind must be Exact, Prefix or DefaultBranch.")
    repository = text(body, "repositoryId", "") or None
    if repository and Repositories(call.tenancy).find(repository, project.id) is None:
        raise bad_argument("repositoryId", f"The repository {repository} does not exist in the project.")
    if kind == "DefaultBranch":
        return {"refName": None, "matchKind": kind, "repositoryId": repository}
    return {"refName": text(body, "refName"), "matchKind": kind, "repositoryId": repository}


def _need_edit_right(call: Call, project: Project, settings: dict[str, Any]) -> None:
    for scope in settings["scope"]:
        branch = str(scope["refName"] or "").removeprefix("refs/")
        repository = scope["repositoryId"] or ""
        place = (project.id, repository, branch) if repository else (project.id,)
        need_git_right(call.tenancy, call.caller.identity, "EditPolicies", *place)


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    configurations = "dad91cbe-d183-45f8-9c6e-9c1164472121"
    return [
        Endpoint(configurations, "GET", _read, "code"),
        Endpoint(configurations, "POST", _create, "code_write"),
        Endpoint(configurations, "PUT", _replace, "code_write"),
        Endpoint(configurations, "DELETE", _delete, "code_write"),
        Endpoint("44096322-2d3d-466a-bb30-d1b7de69f61f", "GET", _types, "code"),
    ]
