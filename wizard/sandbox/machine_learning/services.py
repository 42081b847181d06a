"""Deployed services: creating, showing, changing and deleting them, their keys and logs."""

import re
from typing import Any

from starlette.responses import Response

from wizard.sandbox.machine_learning import records
from wizard.sandbox.machine_learning.call import Call, has_all, text_of
from wizard.sandbox.machine_learning.capacity import lacking, refusal
from wizard.sandbox.machine_learning.computes import Compute, Computes
from wizard.sandbox.machine_learning.deployments import Deployments
from wizard.sandbox.machine_learning.errors import MlError, answer
from wizard.sandbox.machine_learning.models import model_of
from wizard.sandbox.machine_learning.patches import patched
from wizard.sandbox.machine_learning.records import Body, Services

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{1,30})[a-z0-9]")
_PLAIN = ("/kvTags", "/properties", "/description")  # what changes without a new deployment
_CHANGEABLE = (
    *_PLAIN,
    "/environmentImageRequest",
    "/autoScaler",
    "/containerResourceRequirements",
    "/livenessProbeRequirements",
    "/dataCollection",
    "/numReplicas",
    "/authEnabled",
    "/appInsightsEnabled",
    "/scoringTimeoutMs",
    "/maxConcurrentRequestsPerContainer",
    "/maxQueueWaitMs",
    "/namespace",
)
_HIDDEN = ("keys", "live", "wanted", "operation")


class ServiceRoutes:
    """The operations on services, which need the servers that run underneath."""

    def __init__(self, deployments: Deployments) -> None:
        self._deployments = deployments

    async def create(self, call: Call) -> Response:
        """POST: deploy a service, or with `overwrite` deploy another in its place; 202 and an operation."""
        body = call.body()
        name = text_of(body, "name")
        services = Services(call.cloud, call.workspace)
        there = services.get(name)
        if there is not None and not body.get("overwrite"):
            raise MlError(409, "ServiceExists", _exists(name))
        _check_kind(body)
        _check_compute(call, body)
        request = _checked_request(call, body.get("environmentImageRequest"))
        made = records.new_service(body, call.caller)
        if there is not None:
            given = body.get("keys") or {}
            made |= {"live": there["live"], "createdTime": there["createdTime"]}
            made["keys"] = there["keys"] | {k: v for k, v in given.items() if v}
        made["environmentImageRequest"] = request
        operation = self._deployments.begin(call.workspace, made)
        return answer(_view(call, made), 202, _location(call, operation))

    async def get(self, call: Call, service: str) -> Response:
        """GET one service."""
        return answer(_view(call, Services(call.cloud, call.workspace).find(service)))

    async def list_all(self, call: Call) -> Response:
        """GET the services, by type of compute, model, or tags."""
        found = [body for body in Services(call.cloud, call.workspace).all() if _fits(body, call.query)]
        return answer({"value": [_view(call, body) for body in found]})

    async def patch(self, call: Call, service: str) -> Response:
        """PATCH: change a service (JSON Patch); 200, or 202 and an operation where it is deployed anew."""
        services = Services(call.cloud, call.workspace)
        before, change = services.find(service), call.json()
        changed = patched(before, change, _CHANGEABLE)
        paths = [str(each["path"]) for each in change]
        if all(path.startswith(_PLAIN) for path in paths):
            services.put(changed)
            return answer(_view(call, changed))
        if "/environmentImageRequest" not in paths and before["state"] == "Healthy":
            services.put(changed)
            operation = records.begin(call.cloud, call.workspace, "Succeeded")
            return answer(_view(call, changed), 202, _location(call, operation))
        _check_compute(call, changed)
        changed["environmentImageRequest"] = _checked_request(call, changed["environmentImageRequest"])
        operation = self._deployments.begin(call.workspace, changed)
        return answer(_view(call, changed), 202, _location(call, operation))

    async def delete(self, call: Call, service: str) -> Response:
        """DELETE: 202 and an operation, or 204 when there is none."""
        services = Services(call.cloud, call.workspace)
        if services.get(service) is None:
            return Response(status_code=204)
        services.delete(service)
        await self._deployments.remove(call.workspace.uid, service)
        operation = records.begin(call.cloud, call.workspace, "Succeeded")
        return Response(status_code=202, headers=_location(call, operation))

    async def list_keys(self, call: Call, service: str) -> Response:
        """POST listkeys."""
        return answer(Services(call.cloud, call.workspace).find(service)["keys"])

    async def regenerate_keys(self, call: Call, service: str) -> Response:
        """POST regenerateKeys: the old value stops working at once."""
        services, body = Services(call.cloud, call.workspace), call.body()
        found = services.find(service)
        name = {"primary": "primaryKey", "secondary": "secondaryKey"}.get(text_of(body, "keyType").lower())
        if name is None:
            raise MlError(400, "InvalidKeyType", "The keyType is Primary or Secondary.")
        found["keys"][name] = body.get("keyValue") or records.new_key()
        services.put(found)
        operation = records.begin(call.cloud, call.workspace, "Succeeded")
        return Response(status_code=202, headers=_location(call, operation))

    async def logs(self, call: Call, service: str) -> Response:
        """GET logs: the last lines that the service's container printed."""
        found = Services(call.cloud, call.workspace).find(service)
        tail = call.query.get("tail", "5000")
        log = self._deployments.log(call.workspace, found)
        lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
        return answer({"content": "\n".join(lines[-int(tail) :] if tail.isdigit() and int(tail) else lines)})


async def validate_name(call: Call, service: str) -> Response:
    """POST validate/name: whether a name is free."""
    taken = Services(call.cloud, call.workspace).get(service) is not None
    return answer({"error": {"message": _exists(service)}} if taken else {})


async def validate(call: Call) -> Response:
    """POST validate: whether a request would be accepted."""
    body = call.body()
    request = body.get("createRequest")
    try:
        if isinstance(request, dict):
            _check_kind(request)
            _checked_request(call, request.get("environmentImageRequest"))
    except MlError as refused:
        return answer({"error": {"message": refused.message}})
    return answer({})


async def validate_resource(call: Call) -> Response:
    """POST validate/resource: whether the compute has room; one that is not ready is left to the deployment itself."""
    body = call.body()
    compute = Computes(call.cloud, call.workspace.uid).get(str(body.get("computeName")))
    if compute is None or compute.state != "Succeeded":
        return answer({})
    service = records.new_service(body, {})
    count = lacking(call.cloud, compute, service)
    return answer({"error": {"message": refusal(service, count)}} if count else {})


async def operation(call: Call, operation: str) -> Response:
    """GET an operation; with `offset`, the rest of its log."""
    found = call.cloud.store.get(records.OPERATION, f"{call.workspace.uid}/{operation}")
    if found is None:
        raise MlError(404, "OperationNotFound", f"Operation with id {operation} was not found.")
    log = found.pop("log")
    offset = call.query.get("offset", "")
    return answer(found | ({"streamingOperationLog": log[int(offset) :]} if offset.isdigit() else {}))


def _exists(name: str) -> str:
    return f"Service {name} with the same name already exists, please use a different service name or delete it first."


def _check_kind(body: Body) -> None:
    if body.get("computeType") != "AKS":
        raise MlError(400, "ComputeTypeNotSupported", "The sandbox cloud deploys services on AKS only.")
    if not _NAME.fullmatch(text_of(body, "name")):
        message = (
            "must start with a letter, end with a letter or digit, and have 3 to 32 small letters, digits and dashes"
        )
        raise MlError(400, "InvalidServiceName", f"The service name {body['name']} {message}.")
    if body.get("aadAuthEnabled"):
        raise MlError(400, "TokenAuthNotSupported", "The sandbox cloud's services are called with keys, not tokens.")


def _check_compute(call: Call, body: Body) -> Compute:
    name = text_of(body, "computeName")
    compute = Computes(call.cloud, call.workspace.uid).get(name)
    if compute is None:
        raise MlError(400, "ComputeNotFound", f"Compute with Id: {name} was not found.")
    if compute.state != "Succeeded":
        message = f"Compute resource with Id: {name} is not in Succeeded state."
        raise MlError(400, "ComputeResourceNotCreated", f"{message} Compute provisioning state: {compute.state}")
    return compute


def _checked_request(call: Call, request: Any) -> Body:
    if not isinstance(request, dict) or not isinstance(request.get("environment"), dict):
        raise MlError(400, "InvalidRequest", "The environmentImageRequest with an environment is required.")
    for model_id in request.get("modelIds") or []:
        model_of(call.cloud, call.workspace, model_id)
    return request


def _location(call: Call, operation: str) -> dict[str, str]:
    return {"Operation-Location": f"{call.base}/operations/{operation}"}


def _view(call: Call, service: Body) -> Body:
    shown = {name: value for name, value in service.items() if name not in _HIDDEN and value is not None}
    shown |= {"description": service["description"], "numReplicas": service["numReplicas"]}
    compute = Computes(call.cloud, call.workspace.uid).get(service["computeName"])
    base = f"{compute.scoring_base}/api/v1/service/{service['name']}" if compute else None
    shown["scoringUri"] = f"{base}/score" if base and service["live"] else None
    shown["swaggerUri"] = f"{base}/swagger.json" if base and service["live"] else None
    request = service["environmentImageRequest"] or {}
    models = []
    for model_id in request.get("modelIds") or []:
        try:
            models.append(model_of(call.cloud, call.workspace, model_id))
        except MlError:  # deleted since
            continue
    return shown | {"models": models, "operationId": service["operation"]}


def _fits(service: Body, query: dict[str, str]) -> bool:
    ids = (service["environmentImageRequest"] or {}).get("modelIds") or []
    kind = query.get("computeType", "AKS").upper() == "AKS"
    model = query.get("modelId", next(iter(ids), "")) in ids if "modelId" in query else True
    name = any(each.rpartition(":")[0] == query["modelName"] for each in ids) if "modelName" in query else True
    return kind and model and name and has_all(service["kvTags"], query.get("tags", ""))
