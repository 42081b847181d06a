"""What Azure Resource Manager says no with."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from wizard.sandbox.cloud import Principal


class ArmError(Exception):
    """One refused request, in Azure Resource Manager's error form."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        target: str = "",
        info: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        more = {"target": target, "details": details, "additionalInfo": info}
        self._more = {name: value for name, value in more.items() if value}
        self._headers = headers

    def response(self) -> Response:
        """The answer, with a JSON body."""
        body = json.dumps({"error": {"code": self.code, "message": self.message, **self._more}})
        return Response(body, self.status, self._headers, media_type="application/json; charset=utf-8")


def resource_not_found(resource_type: str, name: str, group: str) -> ArmError:
    """There is no such resource."""
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{resource_type}/{name}' under resource group '{group}' was not found. For more details please"
        " go to https://aka.ms/ARMResourceNotFoundFix",
    )


def group_not_found(group: str) -> ArmError:
    """There is no such resource group."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def group_being_deleted(group: str) -> ArmError:
    """The group is on its way out."""
    return ArmError(
        409,
        "ResourceGroupBeingDeleted",
        f"The resource group '{group}' is in deprovisioning state and cannot perform this operation.",
    )


def invalid_content(reason: str) -> ArmError:
    """The body is not what the operation takes."""
    return ArmError(
        400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{reason}'."
    )


def invalid_value(value: Any, name: str, allowed: list[str]) -> ArmError:
    """A property has a value outside its list."""
    return ArmError(
        400,
        "InvalidRequestPropertyValue",
        f"The value '{value}' is not allowed for property {name}. Allowed values are {', '.join(allowed)}.",
    )


def required_property(name: str) -> ArmError:
    """The body lacks a property."""
    return ArmError(
        400, "InvalidRequestContent", f"The request content is not valid: required property '{name}' is missing."
    )


def authorization_failed(principal: Principal, action: str, scope: str) -> ArmError:
    """The caller's roles do not allow an action."""
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{principal.app_id or principal.name}' with object id '{principal.object_id}' does not have"
        f" authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was"
        " recently granted, please refresh your credentials.",
    )
