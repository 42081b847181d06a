"""The hosts REGION.api.azureml.ms: where a workspace's other services are.

azureml-core and `az ml` read the document without a token and take every base address from it.
"""

import json
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wizard.sandbox.arm.locations import REGIONS
from wizard.sandbox.cloud import Cloud

_JSON = "application/json; charset=utf-8"


def discovery(region: str) -> dict[str, str]:
    """The base addresses of Azure ML's services in a region."""
    here = f"https://{region}.api.azureml.ms"
    return {
        "api": here,
        "catalog": "https://catalog.cortanaanalytics.com",
        "experimentation": here,
        "gallery": "https://gallery.cortanaintelligence.com/project",
        "history": here,
        "hyperdrive": here,
        "labeling": here,
        "modelmanagement": f"https://{region}.modelmanagement.azureml.net",
        "pipelines": here,
        "studio": "https://ml.azure.com",
    }


class MachineLearning:
    """Azure ML outside of Resource Manager."""

    hosts = re.compile(r"([a-z0-9]+)\.api\.azureml\.ms")

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def start(self) -> None:
        """Nothing to get ready."""

    async def stop(self) -> None:
        """Nothing runs underneath."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        await request.body()
        region = request.headers["host"].partition(".")[0].lower()
        if request.method == "GET" and request.url.path.rstrip("/") == "/discovery" and region in REGIONS:
            response = Response(json.dumps(discovery(region)), media_type=_JSON)
        else:
            message = f"The sandbox cloud's Azure ML has no {request.method} {request.url.path}."
            error = {"error": {"code": "UserError", "message": message, "innerError": {"code": "NotFound"}}}
            response = Response(json.dumps(error), 404, media_type=_JSON)
        await response(scope, receive, send)
