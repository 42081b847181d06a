"""The calls by which MLflow's client lists a workspace's artifacts and gets signed addresses for them.

None of them is in the open-source server: mlflow/store/artifact/databricks_models_artifact_repo.py,
databricks_artifact_repo.py and databricks_artifact_repo_resources.py are what speaks them.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import artifacts
from wizard.sandbox.databricks.faults import invalid, missing
from wizard.sandbox.databricks.mlflow_forward import MlflowForward, reply
from wizard.sandbox.databricks.signed_urls import READ, WRITE, SignedUrls
from wizard.sandbox.databricks.wire import json_body, optional, required, required_query, workspace_of


class MlflowArtifacts:
    """The handlers. Each first finds the DBFS path of the run's, model's or version's own folder."""

    def __init__(self, cloud: Cloud, server: MlflowForward, urls: SignedUrls) -> None:
        self._cloud = cloud
        self._server = server
        self._urls = urls

    async def _run_folder(self, request: Request, run_id: str) -> str:
        found = await self._server.ask(request, "GET", "runs/get", query={"run_id": run_id})
        return artifacts.of_uri(found["run"]["info"]["artifact_uri"])

    async def _model_folder(self, request: Request) -> str:
        found = await self._server.ask(request, "GET", f"logged-models/{request.path_params['model_id']}")
        return artifacts.of_uri(found["model"]["info"]["artifact_uri"])

    async def _version_folder(self, request: Request) -> str:
        version = {name: required_query(request, name) for name in ("name", "version")}
        found = await self._server.ask(request, "GET", "model-versions/get-download-uri", query=version)
        return artifacts.of_uri(found["artifact_uri"])

    def _list(self, request: Request, folder: str, path: str) -> list[dict[str, Any]]:
        path = _relative(path)
        root = artifacts.local_path(self._cloud, workspace_of(request).workspace_id, folder)
        return artifacts.listing(root, path)

    async def list_version(self, request: Request) -> Response:
        """GET model-versions/list-artifacts."""
        folder = await self._version_folder(request)
        return reply({"files": self._list(request, folder, request.query_params.get("path", ""))})

    async def list_run(self, request: Request) -> Response:
        """GET artifacts/list. The open-source server would look for the files on a DBFS of its own."""
        query = request.query_params
        run_id = query.get("run_id") or query.get("run_uuid") or ""
        folder = await self._run_folder(request, run_id)
        return reply({"root_uri": f"dbfs:{folder}", "files": self._list(request, folder, query.get("path", ""))})

    async def list_model(self, request: Request) -> Response:
        """GET logged-models/{id}/artifacts/directories."""
        folder = await self._model_folder(request)
        path = request.query_params.get("artifact_directory_path", "")
        return reply({"root_uri": f"dbfs:{folder}", "files": self._list(request, folder, path)})

    async def sign_version(self, request: Request) -> Response:
        """GET model-versions/get-signed-download-uri."""
        dbfs_path = artifacts.joined(await self._version_folder(request), _relative(required_query(request, "path")))
        workspace = workspace_of(request)
        if not artifacts.local_path(self._cloud, workspace.workspace_id, dbfs_path).is_file():
            raise missing(f"No artifact at {request.query_params['path']}")
        return reply({"signed_uri": self._urls.sign(workspace, dbfs_path, READ), "headers": []})

    def run_credentials(self, permission: str) -> Callable[[Request], Any]:
        """POST artifacts/credentials-for-read or -write: signed addresses for paths of a run."""

        async def handler(request: Request) -> Response:
            body = await json_body(request)
            run_id = required(body, "run_id")
            folder = await self._run_folder(request, run_id)
            infos = [
                {"run_id": run_id, **self._credential(request, folder, path, permission)}
                for path in optional(body, "path", list, [])
            ]
            return reply({"credential_infos": infos})

        return handler

    def model_credentials(self, permission: str) -> Callable[[Request], Any]:
        """POST logged-models/{id}/artifacts/credentials-for-download or -upload."""

        async def handler(request: Request) -> Response:
            body = await json_body(request)
            folder = await self._model_folder(request)
            model_id = request.path_params["model_id"]
            credentials = [
                {
                    "model_id": model_id,
                    "credential_info": self._credential(request, folder, path, permission),
                }
                for path in optional(body, "paths", list, [])
            ]
            return reply({"credentials": credentials})

        return handler

    def _credential(self, request: Request, folder: str, path: str, permission: str) -> dict[str, Any]:
        dbfs_path = artifacts.joined(folder, _relative(path))
        url = self._urls.sign(workspace_of(request), dbfs_path, permission)
        return {"path": path, "signed_uri": url, "headers": [], "type": "AZURE_SAS_URI"}


def _relative(path: str) -> str:
    """A path below an artifact folder. Raises DatabricksFault 400 for one that would leave it."""
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise invalid(f"Invalid path: {path}")
    return path.strip("/")


def routes(cloud: Cloud, server: MlflowForward, urls: SignedUrls) -> list[Route]:
    """The artifact calls."""
    handlers = MlflowArtifacts(cloud, server, urls)
    versions, runs = "/api/2.0/mlflow/model-versions", "/api/2.0/mlflow/artifacts"
    models = "/api/2.0/mlflow/logged-models/{model_id}/artifacts"
    return [
        Route(f"{versions}/list-artifacts", handlers.list_version, methods=["GET"]),
        Route(f"{versions}/get-signed-download-uri", handlers.sign_version, methods=["GET"]),
        Route(f"{runs}/list", handlers.list_run, methods=["GET"]),
        Route(f"{runs}/credentials-for-read", handlers.run_credentials(READ), methods=["POST"]),
        Route(f"{runs}/credentials-for-write", handlers.run_credentials(WRITE), methods=["POST"]),
        Route(f"{models}/directories", handlers.list_model, methods=["GET"]),
        Route(f"{models}/credentials-for-download", handlers.model_credentials(READ), methods=["POST"]),
        Route(f"{models}/credentials-for-upload", handlers.model_credentials(WRITE), methods=["POST"]),
    ]
