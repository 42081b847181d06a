"""Registered environments: names with versions, each a definition of packages, variables and image."""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning.call import Call
from wizard.sandbox.machine_learning.errors import MlError, answer

_KIND = "ml_environment"
# As a definition shows them. Requests write some with a capital; their case is ignored.
_FIELDS = ("environmentVariables", "docker", "spark", "inferencingStackVersion", "python", "r")


def _versions(cloud: Cloud, workspace: Resource, name: str) -> list[dict[str, Any]]:
    """The versions of a name, the oldest first."""
    found = [body for _, body in cloud.store.items(_KIND, f"{workspace.uid}/{name}/")]
    return sorted(found, key=lambda body: int(body["order"]))


def _shown(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "order"}


async def put(call: Call, name: str, version: str = "") -> Response:
    """PUT: register a definition; without a version it gets the next, or keeps the last one's when it is the same."""
    body = {key.lower(): value for key, value in call.body().items()}
    definition = {field: body.get(field.lower()) for field in _FIELDS}
    known = _versions(call.cloud, call.workspace, name)
    if not version and known and all(known[-1][field] == definition[field] for field in _FIELDS):
        return answer(_shown(known[-1]))
    number = call.cloud.store.next_number(f"ml_environment {call.workspace.uid} {name}")
    version = version or str(number)
    asset = f"azureml://locations/{call.workspace.location}/workspaces/{call.workspace.private['workspace_id']}"
    made = definition | {"name": name, "version": version, "order": number}
    made["assetId"] = f"{asset}/environments/{name}/versions/{version}"
    call.cloud.store.put(_KIND, f"{call.workspace.uid}/{name}/{version}", made)
    return answer(_shown(made))


async def get(call: Call, name: str, version: str = "") -> Response:
    """GET a version, or the last one."""
    known = _versions(call.cloud, call.workspace, name)
    chosen = [body for body in known if body["version"] == version] if version else known
    if not chosen:
        which = f"{name} Version: {version}" if version else name
        raise MlError(404, "NotFound", f"No definition exists for Environment with Name: {which}")
    return answer(_shown(chosen[-1]))


async def list_all(call: Call) -> Response:
    """GET the last version of each."""
    last: dict[str, dict[str, Any]] = {}
    for _, body in call.cloud.store.items(_KIND, f"{call.workspace.uid}/"):
        if body["order"] > last.get(body["name"], {"order": 0})["order"]:
            last[body["name"]] = body
    return answer({"value": [_shown(body) for body in last.values()], "continuationToken": None})
