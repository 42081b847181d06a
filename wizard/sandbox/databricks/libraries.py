"""Cluster libraries: what a cluster is to have, and how far its installation is.

Source: https://docs.databricks.com/api/azure/workspace/libraries
"""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.folders import workspace_folder
from wizard.sandbox.databricks.library_check import check_library, without_index
from wizard.sandbox.databricks.wire import json_body, malformed, optional, required, required_query, workspace_of
from wizard.sandbox.settings import setting
from wizard.sandbox.store import Document

KIND = "databricks.libraries"
RESOLVE_SECONDS = 5.0  # what a library really waits before its installation begins
INSTALL_SECONDS = 45.0

_KINDS = {"pypi", "whl", "jar", "egg", "maven", "cran", "requirements"}


class Libraries:
    """The libraries of all clusters, one document a cluster, keyed "<workspace id>/<cluster id>"."""

    def __init__(self, cloud: Cloud, clusters: Clusters) -> None:
        self._cloud = cloud
        self._store = cloud.store
        self._clusters = clusters

    def install(self, workspace_id: str, cluster_id: str, libraries: list[Any]) -> None:
        """Ask for libraries on a cluster; on one that is not running they are installed when it starts.

        Raises DatabricksFault 400 for an unknown cluster or a library that is none.
        """
        for library in libraries:
            _check_shape(library)
        self._clusters.get(workspace_id, cluster_id)
        with self._store.transaction():
            rows = self._rows(workspace_id, cluster_id)
            for library in libraries:
                known = next((row for row in rows if row["library"] == library), None)
                if known is None:
                    rows.append({"library": library, "requested": time.time(), "removed": None})
                else:
                    known["removed"] = None
            self._store.put(KIND, f"{workspace_id}/{cluster_id}", {"rows": rows})

    def uninstall(self, workspace_id: str, cluster_id: str, libraries: list[Any]) -> None:
        """Take libraries off a cluster: at once when it is terminated, at its next start otherwise."""
        cluster = self._clusters.get(workspace_id, cluster_id)
        with self._store.transaction():
            rows = self._rows(workspace_id, cluster_id)
            for row in rows:
                if row["library"] in libraries:
                    row["removed"] = time.time()
            if cluster["state"] == "TERMINATED":
                rows = [row for row in rows if row["removed"] is None]
            self._store.put(KIND, f"{workspace_id}/{cluster_id}", {"rows": rows})

    def statuses(self, workspace_id: str, cluster_id: str) -> list[dict[str, Any]]:
        """Every library of a cluster with its status. Raises DatabricksFault 400 for an unknown cluster."""
        cluster = self._clusters.get(workspace_id, cluster_id)
        rows = [row for row in self._rows(workspace_id, cluster_id) if not _gone(row, cluster)]
        return [self._status(workspace_id, cluster, row) for row in rows]

    def _rows(self, workspace_id: str, cluster_id: str) -> list[Document]:
        document = self._store.get(KIND, f"{workspace_id}/{cluster_id}")
        return list(document["rows"]) if document else []

    def _status(self, workspace_id: str, cluster: Document, row: Document) -> dict[str, Any]:
        answer = {"library": row["library"], "status": "PENDING", "is_library_for_all_clusters": False}
        if row["removed"] is not None:
            return {**answer, "status": "UNINSTALL_ON_RESTART"}
        if cluster["state"] != "RUNNING":
            return answer
        seconds = (time.time() - max(row["requested"], cluster["ready_at"])) * self._cloud.speed
        if seconds < RESOLVE_SECONDS:
            return answer
        if seconds < RESOLVE_SECONDS + INSTALL_SECONDS:
            return {**answer, "status": "INSTALLING"}
        files = workspace_folder(self._cloud, workspace_id) / "workspace"
        state = setting(self._store, "databricks.package_index")
        verdict = without_index(row["library"], cluster["cluster_id"], state) if state else None
        verdict = verdict or check_library(
            row["library"], cluster["cluster_id"], cluster["spec"]["spark_version"], files
        )
        answer["status"] = "INSTALLED" if verdict.installed else "FAILED"
        return {**answer, "messages": list(verdict.messages)} if verdict.messages else answer


def _gone(row: Document, cluster: Document) -> bool:
    """Whether a library was taken off and the cluster has started again since."""
    return row["removed"] is not None and bool(cluster["started"] > row["removed"])


def _check_shape(library: Any) -> None:
    if not isinstance(library, dict) or len(library) != 1 or not set(library) <= _KINDS:
        raise invalid(f"Exactly one of {', '.join(sorted(_KINDS))} must be set for each library")
    kind, value = next(iter(library.items()))
    if kind in ("pypi", "cran"):
        if not isinstance(value, dict):
            raise malformed(f"Could not parse request object: Expected 'OBJECT' for field '{kind}'")
        required(value, "package")
    elif kind == "maven":
        if not isinstance(value, dict):
            raise malformed("Could not parse request object: Expected 'OBJECT' for field 'maven'")
        required(value, "coordinates")
    elif not isinstance(value, str) or not value:
        raise malformed(f"Could not parse request object: Expected 'STRING' for field '{kind}'")


def routes(libraries: Libraries, clusters: Clusters) -> list[Route]:
    """The Libraries API."""

    async def install(request: Request) -> JSONResponse:
        body = await json_body(request)
        wanted = optional(body, "libraries", list, [])
        libraries.install(workspace_of(request).workspace_id, required(body, "cluster_id"), wanted)
        return JSONResponse({})

    async def uninstall(request: Request) -> JSONResponse:
        body = await json_body(request)
        unwanted = optional(body, "libraries", list, [])
        libraries.uninstall(workspace_of(request).workspace_id, required(body, "cluster_id"), unwanted)
        return JSONResponse({})

    def of_cluster(workspace_id: str, cluster_id: str) -> dict[str, Any]:
        rows = libraries.statuses(workspace_id, cluster_id)
        return {"cluster_id": cluster_id, "library_statuses": rows} if rows else {"cluster_id": cluster_id}

    async def cluster_status(request: Request) -> JSONResponse:
        cluster_id = required_query(request, "cluster_id")
        return JSONResponse(of_cluster(workspace_of(request).workspace_id, cluster_id))

    async def all_statuses(request: Request) -> JSONResponse:
        workspace_id = workspace_of(request).workspace_id
        statuses = [of_cluster(workspace_id, cluster["cluster_id"]) for cluster in clusters.all(workspace_id)]
        return JSONResponse({"statuses": statuses} if statuses else {})

    return [
        Route("/api/2.0/libraries/install", install, methods=["POST"]),
        Route("/api/2.0/libraries/uninstall", uninstall, methods=["POST"]),
        Route("/api/2.0/libraries/cluster-status", cluster_status, methods=["GET"]),
        Route("/api/2.0/libraries/all-cluster-statuses", all_statuses, methods=["GET"]),
    ]
