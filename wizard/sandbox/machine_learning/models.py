"""Registered models: names with versions that count up."""

import re
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning import assets
from wizard.sandbox.machine_learning.call import Call, has_all, map_of, text_of
from wizard.sandbox.machine_learning.errors import MlError, answer
from wizard.sandbox.machine_learning.patches import patched

_KIND = "ml_model"
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}")
_MOST = 255  # models in one page
_CHANGEABLE = (
    "/kvTags",
    "/properties",
    "/description",
    "/sampleInputData",
    "/sampleOutputData",
    "/resourceRequirements",
)


def model_of(cloud: Cloud, workspace: Resource, model_id: str) -> dict[str, Any]:
    """A model by its id, NAME:VERSION; raises MlError."""
    found = cloud.store.get(_KIND, _key(workspace, model_id))
    if found is None:
        raise MlError(404, "ModelNotFound", f"Model with id {model_id} was not found in workspace {workspace.name}.")
    return found


def _key(workspace: Resource, model_id: str) -> str:
    name, _, version = model_id.rpartition(":")
    return f"{workspace.uid}/{name}/{version:0>8}"


async def register(call: Call) -> Response:
    """POST: a new version of a name."""
    body = call.body()
    name = text_of(body, "name")
    if not _NAME.fullmatch(name):
        raise MlError(400, "InvalidModelName", f"The model name {name} is invalid.")
    url = text_of(body, "url")
    if not url.startswith(assets.URL):
        raise MlError(400, "InvalidModelUrl", f"The model url {url} does not name an asset.")
    assets.asset_of(call.cloud, call.workspace, url.removeprefix(assets.URL))
    version = call.cloud.store.next_number(f"ml_model {call.workspace.uid} {name}")
    optional = ("framework", "frameworkVersion", "description", "experimentName", "runId", "parentModelId")
    more = ("sampleInputData", "sampleOutputData", "resourceRequirements")
    now = moment()
    made = {name: body.get(name) for name in (*optional, *more)} | {
        "id": f"{name}:{version}",
        "name": name,
        "version": version,
        "url": url,
        "mimeType": body.get("mimeType") or "application/json",
        "unpack": bool(body.get("unpack")),
        "datasets": body.get("datasets") or [],
        "derivedModelIds": [],
        "kvTags": map_of(body, "kvTags"),
        "properties": map_of(body, "properties"),
        "createdTime": now,
        "modifiedTime": now,
        "createdBy": call.caller,
    }
    call.cloud.store.put(_KIND, _key(call.workspace, made["id"]), made)
    return answer(made)


async def get(call: Call, model: str) -> Response:
    """GET one version."""
    return answer(model_of(call.cloud, call.workspace, model))


async def list_all(call: Call) -> Response:
    """GET the models, the newest first, in pages of `count`."""
    found = [body for _, body in call.cloud.store.items(_KIND, f"{call.workspace.uid}/") if _fits(body, call.query)]
    found.sort(key=lambda body: str(body["createdTime"]), reverse=True)
    if call.query.get("latestVersionOnly", "").lower() == "true":
        latest: dict[str, dict[str, Any]] = {}
        for body in found:
            latest.setdefault(body["name"], body)
        found = list(latest.values())
    size, first = _number(call, "count", _MOST), _number(call, "$skipToken", 0)
    following = None
    if first + size < len(found):
        query = urlencode(call.query | {"$skipToken": str(first + size)})
        following = f"https://{call.host}{call.path}?{query}"
    return answer({"value": found[first : first + size], "nextLink": following})


def _fits(body: dict[str, Any], query: dict[str, str]) -> bool:
    """Whether a model is what a list asks for."""
    plain = ("name", "framework", "runId")
    if any(query.get(name) and body.get(name) != query[name] for name in plain):
        return False
    return has_all(body["kvTags"], query.get("tags", "")) and has_all(body["properties"], query.get("properties", ""))


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.isdigit():
        raise MlError(400, "InvalidRequest", f"The value '{text}' of {name} is not a number.")
    return int(text)


async def patch(call: Call, model: str) -> Response:
    """PATCH: change tags, properties or the description (JSON Patch)."""
    changed = patched(model_of(call.cloud, call.workspace, model), call.json(), _CHANGEABLE)
    changed["modifiedTime"] = moment()
    call.cloud.store.put(_KIND, _key(call.workspace, model), changed)
    return answer(changed)


async def delete(call: Call, model: str) -> Response:
    """DELETE: 200, or 204 when there is none; its files stay."""
    return Response(status_code=200 if call.cloud.store.delete(_KIND, _key(call.workspace, model)) else 204)
