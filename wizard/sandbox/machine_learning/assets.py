"""Assets: what a model consists of, named by prefixes of artifacts."""

import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning.call import Call, map_of, text_of
from wizard.sandbox.machine_learning.errors import MlError, answer

_KIND = "ml_asset"
URL = "aml://asset/"


def asset_of(cloud: Cloud, workspace: Resource, asset_id: str) -> dict[str, Any]:
    """An asset by its id; raises MlError."""
    found = cloud.store.get(_KIND, f"{workspace.uid}/{asset_id}")
    if found is None:
        raise MlError(404, "AssetNotFound", f"Asset with id {asset_id} was not found.")
    return found


async def create(call: Call) -> Response:
    """POST: make an asset."""
    body = call.body()
    artifacts = body.get("artifacts")
    if not isinstance(artifacts, list) or not artifacts:
        raise MlError(400, "InvalidRequest", "The artifacts field is required.")
    for artifact in artifacts:
        if not isinstance(artifact, dict) or not (artifact.get("prefix") or artifact.get("id")):
            raise MlError(400, "InvalidRequest", "An artifact needs a prefix or an id.")
    made = {
        "id": uuid.uuid4().hex,
        "name": text_of(body, "name"),
        "type": body.get("type"),
        "description": body.get("description"),
        "artifacts": [{"id": each.get("id"), "prefix": each.get("prefix")} for each in artifacts],
        "kvTags": map_of(body, "kvTags"),
        "properties": map_of(body, "properties"),
        "runid": body.get("runid"),
        "meta": body.get("meta"),
        "createdTime": moment(),
    }
    call.cloud.store.put(_KIND, f"{call.workspace.uid}/{made['id']}", made)
    return answer(made)


async def get(call: Call, asset: str) -> Response:
    """GET one asset."""
    return answer(asset_of(call.cloud, call.workspace, asset))
