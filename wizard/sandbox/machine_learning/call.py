"""One request to a workspace's services, and what operations take from it."""

from dataclasses import dataclass
from typing import Any

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.json_body import read_json
from wizard.sandbox.machine_learning.errors import MlError


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated request that the caller's roles allow."""

    cloud: Cloud
    workspace: Resource
    principal: Principal
    host: str
    path: str
    query: dict[str, str]
    raw: bytes

    @property
    def base(self) -> str:
        """The address of the plane for this workspace: everything before the operation's own part."""
        marker = f"/workspaces/{self.workspace.name}".lower()
        end = self.path.lower().index(marker) + len(marker)
        return f"https://{self.host}{self.path[:end]}"

    @property
    def caller(self) -> dict[str, str]:
        """Who asks, as what is made shows it."""
        who = self.principal
        return {"userObjectId": who.object_id, "userTenantId": who.tenant_id, "userName": who.name}

    def json(self) -> Any:
        """The JSON document of the body; raises MlError when it is none."""
        try:
            return read_json(self.raw or b"null")
        except ValueError as error:
            raise MlError(400, "InvalidRequest", f"The body is not JSON: {error}") from None

    def body(self) -> dict[str, Any]:
        """The JSON object of the body; raises MlError when it is none."""
        found = self.json()
        if not isinstance(found, dict):
            raise MlError(400, "InvalidRequest", "The body must be a JSON object.")
        return found


def text_of(body: dict[str, Any], name: str) -> str:
    """A required text of a body; raises MlError."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise MlError(400, "InvalidRequest", f"The {name} field is required.")
    return value


def map_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An optional map of a body, empty by default; raises MlError."""
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise MlError(400, "InvalidRequest", f"The {name} field must be a map.")
    return value


def has_all(held: dict[str, Any], wanted: str) -> bool:
    """Whether tags or properties are there, which a list asks for as `name` or `name=value`, by commas."""
    for part in filter(None, wanted.split(",")):
        name, equals, value = part.partition("=")
        if name not in held or (equals and str(held[name]) != value):
            return False
    return True
