"""The hosts of the Kubernetes clusters, where services are called: checks the key and passes the request on.

It stands in for Azure ML's own router (azureml-fe). It answers on a domain with TLS, or at a bare address without,
as the cluster was made. https://learn.microsoft.com/azure/machine-learning/v1/how-to-deploy-azure-kubernetes-service
"""

import hmac
import re
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning.backend import BackendLostError
from wizard.sandbox.machine_learning.computes import ADDRESSES, compute_of_host
from wizard.sandbox.machine_learning.deployments import Deployments
from wizard.sandbox.machine_learning.records import SERVICE

_PATH = re.compile(r"/api/v1/service/(?P<service>[^/]+)(?P<rest>/(?:score|swagger\.json)?)")
_NOT_FORWARDED = {"authorization", "connection", "content-length", "transfer-encoding", "keep-alive", "expect"}
_NOT_RETURNED = {b"connection", b"server", b"date", b"content-length", b"transfer-encoding"}
_REMEMBERED = 1.0  # seconds for which the cluster of a host is not looked up again


class Scoring:
    """The services of all clusters, as one ASGI service."""

    hosts = re.compile(rf"[a-z0-9-]+\.[a-z0-9]+\.cloudapp\.azure\.com|{re.escape(ADDRESSES)}\d{{1,3}}")

    def __init__(self, cloud: Cloud, deployments: Deployments) -> None:
        self._cloud = cloud
        self._deployments = deployments
        self._clusters: dict[str, tuple[float, str]] = {}

    async def start(self) -> None:
        """Nothing to get ready: the deployments are started with the workspaces' services."""

    async def stop(self) -> None:
        """Nothing runs underneath."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        match = _PATH.fullmatch(request.url.path)
        host = request.headers["host"].rpartition(":")[0] or request.headers["host"]
        uid = self._workspace_uid(host.lower())
        service = self._cloud.store.get(SERVICE, f"{uid}/{match['service']}") if match and uid else None
        if match is None or service is None or not service["live"]:
            return Response("Unknown service", 404, media_type="text/plain")
        if service["authEnabled"]:
            refused = _refusal(request.headers.get("authorization", ""), service["keys"])
            if refused:
                return Response(refused, 401, {"WWW-Authenticate": "Bearer"}, media_type="text/plain")
        await self._deployments.revived(uid, match["service"])
        server = self._deployments.server(uid, match["service"])
        if server is None or not server.healthy:
            return Response(f"No ready replicas for service {service['name']}", 503, media_type="text/plain")
        query = f"?{request.url.query}" if request.url.query else ""
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_FORWARDED}
        try:
            answer = await server.ask(request.method, match["rest"] + query, headers, body)
        except (BackendLostError, OSError):
            return Response(f"Connection to service {service['name']} was lost", 502, media_type="text/plain")
        response = Response(answer.body, answer.status)
        response.raw_headers += [pair for pair in answer.headers if pair[0] not in _NOT_RETURNED]
        return response

    def _workspace_uid(self, host: str) -> str:
        """The workspace whose cluster answers at a host; empty when there is none."""
        known = self._clusters.get(host)
        if known is None or known[0] < time.monotonic():
            compute = compute_of_host(self._cloud, host)
            known = self._clusters[host] = (time.monotonic() + _REMEMBERED, compute.workspace_uid if compute else "")
        return known[1]


def _refusal(header: str, keys: dict[str, str]) -> str:
    """What is wrong with a request's key; empty when it is right."""
    scheme, _, key = header.partition(" ")
    if not header:
        return "Unauthorized, no Auth Header"
    if scheme.lower() == "bearer" and any(hmac.compare_digest(key.strip().encode(), k.encode()) for k in keys.values()):
        return ""
    return "Unauthorized"
