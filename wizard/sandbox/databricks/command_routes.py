"""The Command Execution API 1.2. Its refusals have a body of their own: {"error": "..."}.

Source: https://docs.databricks.com/api/azure/workspace/commandexecution
"""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wizard.sandbox.databricks import multipart
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.databricks.contexts import MOST_CONTEXTS, Command, Context, Contexts
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.wire import Body, caller_of, json_body, workspace_of

_LANGUAGES = ("python", "scala", "sql", "r")


class _CommandRoutes:
    """The handlers."""

    def __init__(self, contexts: Contexts, clusters: Clusters) -> None:
        self._contexts = contexts
        self._clusters = clusters

    async def create_context(self, request: Request) -> JSONResponse:
        body = await _body(request)
        workspace, cluster_id = workspace_of(request), _field(body, "clusterId")
        _check_language(_field(body, "language"))
        state = self._clusters.get(workspace.workspace_id, cluster_id)["state"]
        if state != "RUNNING":
            # Clients wait and try again for as long as they read this exception's name.
            starting = state in ("PENDING", "RESTARTING")
            name = "ClusterNotReadyException" if starting else "IllegalStateException"
            raise _Refusal(400, f"{name}: Cluster {cluster_id} is in state {state}")
        if self._contexts.count(workspace.workspace_id, cluster_id) >= MOST_CONTEXTS:
            raise _Refusal(400, f"Too many execution contexts are open right now.(Limit set to {MOST_CONTEXTS})")
        context = self._contexts.create(workspace, caller_of(request), cluster_id)
        return JSONResponse({"id": context.id})

    async def context_status(self, request: Request) -> JSONResponse:
        context = self._context(request, dict(request.query_params))
        return JSONResponse({"id": context.id, "status": context.status})

    async def destroy_context(self, request: Request) -> JSONResponse:
        body = await _body(request)
        context = self._context(request, body)
        await self._contexts.destroy(context)
        return JSONResponse({})

    async def execute(self, request: Request) -> JSONResponse:
        body = await _body(request)
        context = self._context(request, body)
        _check_language(str(body.get("language") or "python"))
        command = self._contexts.execute(context, _field(body, "command"))
        return JSONResponse({"id": command.id})

    async def command_status(self, request: Request) -> JSONResponse:
        query = dict(request.query_params)
        command = _command(self._context(request, query), query)
        answer: Body = {"id": command.id, "status": command.status}
        if command.results is not None:
            answer["results"] = command.results
        return JSONResponse(answer)

    async def cancel(self, request: Request) -> JSONResponse:
        body = await _body(request)
        context = self._context(request, body)
        command = _command(context, body)
        self._contexts.cancel(context, command)
        return JSONResponse({})

    def _context(self, request: Request, fields: Body) -> Context:
        cluster_id, context_id = _field(fields, "clusterId"), _field(fields, "contextId")
        workspace_id = workspace_of(request).workspace_id
        self._clusters.get(workspace_id, cluster_id)
        context = self._contexts.find(workspace_id, cluster_id, context_id)
        if context is None:
            raise _Refusal(404, f"ContextNotFound: context {context_id} does not exist on cluster {cluster_id}")
        return context


class _Refusal(DatabricksFault):
    """A refusal in this API's own form."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(status, "", error)

    def response(self) -> JSONResponse:
        return JSONResponse({"error": self.message}, self.status)


async def _body(request: Request) -> Body:
    """The fields of a request; this API takes JSON and forms."""
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        return {name: value.decode() for name, value in multipart.parts(content_type, await request.body()).items()}
    return await json_body(request)


def _field(fields: Body, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise _Refusal(400, f"RequestError: missing required field: {name}")
    return value


def _check_language(language: str) -> None:
    if language.lower() not in _LANGUAGES:
        raise _Refusal(400, f"RequestError: {language} is not a supported language")
    if language.lower() != "python":
        raise _Refusal(400, f"RequestError: {language} is not available on this cluster, only python is")


def _command(context: Context, fields: Body) -> Command:
    command_id = _field(fields, "commandId")
    if command_id not in context.commands:
        raise _Refusal(404, f"CommandNotFound: command {command_id} does not exist in context {context.id}")
    return context.commands[command_id]


def routes(contexts: Contexts, clusters: Clusters) -> list[Route]:
    """The Command Execution API."""
    handlers = _CommandRoutes(contexts, clusters)
    return [
        Route("/api/1.2/contexts/create", handlers.create_context, methods=["POST"]),
        Route("/api/1.2/contexts/status", handlers.context_status, methods=["GET"]),
        Route("/api/1.2/contexts/destroy", handlers.destroy_context, methods=["POST"]),
        Route("/api/1.2/commands/execute", handlers.execute, methods=["POST"]),
        Route("/api/1.2/commands/status", handlers.command_status, methods=["GET"]),
        Route("/api/1.2/commands/cancel", handlers.cancel, methods=["POST"]),
    ]
