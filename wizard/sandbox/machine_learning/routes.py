"""The operations of a workspace's services outside of Resource Manager."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from starlette.responses import Response

from wizard.sandbox.arm.paging import PAGE_SIZE
from wizard.sandbox.machine_learning import artifacts, assets, environments, models, services
from wizard.sandbox.machine_learning.call import Call
from wizard.sandbox.machine_learning.computes import Computes, view
from wizard.sandbox.machine_learning.errors import MlError, answer
from wizard.sandbox.machine_learning.services import ServiceRoutes

Handler = Callable[..., Awaitable[Response]]
_ML = "Microsoft.MachineLearningServices/workspaces"


@dataclass(frozen=True)
class Route:
    """One operation: its plane, method and path below the workspace, and what the caller's roles must allow."""

    plane: str
    method: str
    path: str
    handler: Handler
    action: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path, with `{path}` for any number of parts and other names for one."""
        return re.compile(re.sub(r"\{(\w+)\}", _part, self.path))


def _part(match: re.Match[str]) -> str:
    return f"(?P<{match[1]}>{'.+' if match[1] == 'path' else '[^/]+'})"


async def _compute(call: Call, compute: str) -> Response:
    """GET one compute."""
    found = Computes(call.cloud, call.workspace.uid).get(compute)
    if found is None:
        raise MlError(404, "NotFound", f"Compute with name {compute} was not found in workspace {call.workspace.name}.")
    return answer(view(call.workspace, found))


async def _computes(call: Call) -> Response:
    """GET the computes."""
    found = Computes(call.cloud, call.workspace.uid).all()[:PAGE_SIZE]
    return answer({"value": [view(call.workspace, each) for each in found]})


def routes(service: ServiceRoutes) -> list[Route]:
    """All operations."""
    return [
        *(Route("artifact/v2.0", *row) for row in _ARTIFACTS),
        *(Route("environment/v1.0", *row) for row in _ENVIRONMENTS),
        *(Route("rp/workspaces", *row) for row in _COMPUTES),
        *(Route("modelmanagement/v1.0", *row) for row in (*_MODELS, *_of_services(service))),
    ]


_ARTIFACTS: list[tuple[str, str, Handler, str]] = [
    (
        "POST",
        "/artifacts/batch/metadata/{origin}/{container}",
        artifacts.create_empty,
        f"{_ML}/metadata/artifacts/write",
    ),
    (
        "GET",
        "/artifacts/contentinfo/{origin}/{container}/{path}",
        artifacts.content_information,
        f"{_ML}/metadata/artifacts/read",
    ),
    (
        "GET",
        "/artifacts/prefix/contentinfo/{origin}/{container}/{path}",
        artifacts.content_below,
        f"{_ML}/metadata/artifacts/read",
    ),
    ("GET", "/artifacts/{origin}/{container}", artifacts.list_in_container, f"{_ML}/metadata/artifacts/read"),
    ("GET", "/artifacts/{origin}/{container}/{path}", artifacts.list_in_container, f"{_ML}/metadata/artifacts/read"),
]
_ENVIRONMENTS: list[tuple[str, str, Handler, str]] = [
    ("GET", "/environments", environments.list_all, f"{_ML}/environments/read"),
    ("GET", "/environments/{name}", environments.get, f"{_ML}/environments/read"),
    ("GET", "/environments/{name}/versions/{version}", environments.get, f"{_ML}/environments/read"),
    ("PUT", "/environments/{name}", environments.put, f"{_ML}/environments/write"),
    ("PUT", "/environments/{name}/versions/{version}", environments.put, f"{_ML}/environments/write"),
]
_COMPUTES: list[tuple[str, str, Handler, str]] = [
    ("GET", "/computes", _computes, f"{_ML}/computes/read"),
    ("GET", "/computes/{compute}", _compute, f"{_ML}/computes/read"),
]
_MODELS: list[tuple[str, str, Handler, str]] = [
    ("POST", "/assets", assets.create, f"{_ML}/assets/write"),
    ("GET", "/assets/{asset}", assets.get, f"{_ML}/assets/read"),
    ("POST", "/models", models.register, f"{_ML}/models/write"),
    ("GET", "/models", models.list_all, f"{_ML}/models/read"),
    ("GET", "/models/{model}", models.get, f"{_ML}/models/read"),
    ("PATCH", "/models/{model}", models.patch, f"{_ML}/models/write"),
    ("DELETE", "/models/{model}", models.delete, f"{_ML}/models/delete"),
]


def _of_services(service: ServiceRoutes) -> list[tuple[str, str, Handler, str]]:
    aks = f"{_ML}/services/aks"
    return [
        ("POST", "/services/validate", services.validate, f"{aks}/write"),
        ("POST", "/services/validate/resource", services.validate_resource, f"{aks}/write"),
        ("POST", "/services/validate/name/{service}", services.validate_name, f"{aks}/write"),
        ("POST", "/services", service.create, f"{aks}/write"),
        ("GET", "/services", service.list_all, f"{_ML}/services/read"),
        ("GET", "/services/{service}", service.get, f"{_ML}/services/read"),
        ("PATCH", "/services/{service}", service.patch, f"{aks}/write"),
        ("DELETE", "/services/{service}", service.delete, f"{aks}/delete"),
        ("POST", "/services/{service}/listkeys", service.list_keys, f"{aks}/listkeys/action"),
        ("POST", "/services/{service}/regenerateKeys", service.regenerate_keys, f"{aks}/write"),
        ("GET", "/services/{service}/logs", service.logs, f"{_ML}/services/read"),
        ("GET", "/operations/{operation}", services.operation, f"{_ML}/services/read"),
    ]
