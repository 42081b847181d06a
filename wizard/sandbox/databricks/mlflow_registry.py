"""What the workspace's model registry has beyond MLflow's own: its names of two calls, and no aliases.

Source: https://docs.databricks.com/api/azure/workspace/modelregistry
"""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, endpoint_not_found
from wizard.sandbox.databricks.mlflow_forward import MlflowForward, reply
from wizard.sandbox.databricks.mlflow_server import MlflowServers
from wizard.sandbox.databricks.wire import json_body, optional, required, required_query, workspace_of
from wizard.sandbox.settings import setting


class Registry:
    """The handlers."""

    def __init__(self, cloud: Cloud, server: MlflowForward, servers: MlflowServers) -> None:
        self._store = cloud.store
        self._server = server
        self._servers = servers

    async def pass_on(self, request: Request) -> Response:
        """Any call that MLflow's own server answers as the workspace does."""
        await self._check_on(request)
        return await self._server.pass_on(request)

    async def _check_on(self, request: Request) -> None:
        """Raise DatabricksFault where the workspace registry is switched off, as in new accounts."""
        if setting(self._store, "databricks.registry") is False:
            await request.body()  # heard out, so that the traffic log shows what was asked for
            message = (
                "PERMISSION_DENIED: The legacy workspace model registry is disabled for the current Databricks"
                " workspace. Please use models in Unity Catalog instead."
            )
            raise DatabricksFault(403, "PERMISSION_DENIED", message)

    async def get(self, request: Request) -> Response:
        """GET databricks/registered-models/get: a model with the id that permissions go by."""
        await self._check_on(request)
        name = required_query(request, "name")
        found = await self._server.ask(request, "GET", "registered-models/get", query={"name": name})
        model: dict[str, Any] = found["registered_model"]
        model.pop("aliases", None)
        text = f"{workspace_of(request).workspace_id}/{model['creation_timestamp']}/{name}"
        identity = {"id": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}
        return reply({"registered_model_databricks": {**identity, **model, "permission_level": "CAN_MANAGE"}})

    async def transition(self, request: Request) -> Response:
        """POST databricks/model-versions/transition-stage."""
        await self._check_on(request)
        body = await json_body(request)
        change = {name: required(body, name) for name in ("name", "version", "stage")}
        archive = {"archive_existing_versions": optional(body, "archive_existing_versions", bool, False)}
        path = "model-versions/transition-stage"
        found = await self._server.ask(request, "POST", path, body={**change, **archive})
        version: dict[str, Any] = found["model_version"]
        for name in ("aliases", "model_id", "deployment_job_state"):
            version.pop(name, None)
        return reply({"model_version_databricks": {**version, "permission_level": "CAN_MANAGE"}})

    async def list_models(self, request: Request) -> Response:
        """GET registered-models/list, which the open-source server knows as search.

        Somebody who only looks around does not start the server of a workspace that nobody has trained in.
        """
        await self._check_on(request)
        if not self._servers.wanted(workspace_of(request).workspace_id):
            return reply({})
        query = dict(request.query_params)
        return reply(await self._server.ask(request, "GET", "registered-models/search", query=query))


async def _no_alias(request: Request) -> Response:
    """Aliases exist in Unity Catalog only; the workspace registry has stages."""
    await request.body()  # heard out, so that the traffic log shows what was asked for
    raise endpoint_not_found(request.method, request.url.path)


def routes(cloud: Cloud, server: MlflowForward, servers: MlflowServers) -> list[Route]:
    """The registry's calls."""
    registry = Registry(cloud, server, servers)
    prefix, methods = "/api/2.0/mlflow", ["GET", "POST", "PATCH", "DELETE"]
    return [
        Route(f"{prefix}/databricks/registered-models/get", registry.get, methods=["GET"]),
        Route(f"{prefix}/databricks/model-versions/transition-stage", registry.transition, methods=["POST"]),
        Route(f"{prefix}/registered-models/list", registry.list_models, methods=["GET"]),
        Route(f"{prefix}/registered-models/alias", _no_alias, methods=["GET", "POST", "DELETE"]),
        Route(prefix + "/registered-models/{rest:path}", registry.pass_on, methods=methods),
        Route(prefix + "/model-versions/{rest:path}", registry.pass_on, methods=methods),
    ]
