"""Passing a workspace's MLflow requests on to its MLflow server, and the answers back in the workspace's words."""

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from wizard.sandbox.databricks.faults import DatabricksFault, endpoint_not_found
from wizard.sandbox.databricks.mlflow_server import MlflowServer, MlflowServers
from wizard.sandbox.databricks.wire import Body, workspace_of

# Belong to one connection, or say to whom and for whom the workspace was asked.
_NOT_FORWARDED = {
    "host",
    "authorization",
    "cookie",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "accept-encoding",
    "upgrade",
}
# The open-source store keeps logged models in <experiment>/models/, Databricks in <experiment>/logged_models/,
# which is how its client tells them from runs (mlflow/store/artifact/databricks_artifact_repo.py).
_MODELS_FOLDER = re.compile(rb"(mlflow-tracking/[^/\"]+)/models/(m-[0-9a-f]+)")


class MlflowForward:
    """Asks the MLflow server of a request's workspace."""

    def __init__(self, servers: MlflowServers) -> None:
        self._servers = servers

    async def pass_on(self, request: Request) -> Response:
        """Send a request on as it comes, and its answer back; JSON is put into the workspace's own form."""
        server = self._servers.of(workspace_of(request).workspace_id)
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_FORWARDED}
        has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
        content: Any = request.stream() if has_body else None
        if request.method == "DELETE" and not has_body and request.query_params:
            # Databricks takes what to delete from the query, MLflow's own server from the body.
            content = json.dumps(dict(request.query_params)).encode()
            headers |= {"content-type": "application/json", "content-length": str(len(content))}
        outgoing = server.client.build_request(
            request.method, request.url.path, params=request.url.query, headers=headers, content=content
        )
        answer = await _send(server, outgoing)
        if answer.is_error or _is_json(answer):
            await answer.aread()
            await answer.aclose()
            return _json_response(request, answer)
        kind = answer.headers.get("content-type")
        done = BackgroundTask(answer.aclose)
        return StreamingResponse(answer.aiter_bytes(), answer.status_code, media_type=kind, background=done)

    async def ask(
        self,
        request: Request,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> dict[str, Any]:
        """One call of the server's own REST API (`path` below /api/2.0/mlflow) for a request's workspace.

        Raises DatabricksFault with the server's own refusal.
        """
        server = self._servers.of(workspace_of(request).workspace_id)
        outgoing = server.client.build_request(method, f"/api/2.0/mlflow/{path}", params=query, json=body)
        answer = await _send(server, outgoing)
        await answer.aread()
        await answer.aclose()
        if answer.is_error:
            raise _fault(request, answer)
        found: dict[str, Any] = json.loads(_in_workspace_form(answer.content))
        return found


async def _send(server: MlflowServer, outgoing: httpx.Request) -> httpx.Response:
    try:
        return await server.client.send(outgoing, stream=True)
    except httpx.TransportError as error:
        if server.alive:
            message = "The MLflow server is restarting; try again."
            raise DatabricksFault(503, "TEMPORARILY_UNAVAILABLE", message) from error
        # Not a 5xx that the clients would repeat for minutes.
        message = f"The MLflow server of this workspace cannot run; it says why in {server.log}"
        raise DatabricksFault(501, "INTERNAL_ERROR", message) from error


def _is_json(answer: httpx.Response) -> bool:
    return str(answer.headers.get("content-type", "")).startswith("application/json")


def _in_workspace_form(content: bytes) -> bytes:
    return _MODELS_FOLDER.sub(rb"\1/logged_models/\2", content)


def _json_response(request: Request, answer: httpx.Response) -> Response:
    if answer.is_error:
        return _fault(request, answer).response()
    return Response(_in_workspace_form(answer.content), answer.status_code, media_type="application/json")


def _fault(request: Request, answer: httpx.Response) -> DatabricksFault:
    """The server's refusal in the workspace's form, which knows neither SQL states nor pages of HTML."""
    if answer.status_code in (404, 405) and not _is_json(answer):
        return endpoint_not_found(request.method, request.url.path)
    try:
        body = answer.json()
        return DatabricksFault(answer.status_code, body["error_code"], body.get("message", ""))
    except (ValueError, KeyError, TypeError):
        return DatabricksFault(answer.status_code, "INTERNAL_ERROR", answer.text[:500])


def reply(body: Mapping[str, Any]) -> JSONResponse:
    """A JSON answer."""
    return JSONResponse(dict(body))
