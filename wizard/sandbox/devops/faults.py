"""How Azure DevOps says no: a message that begins with its number (TF..., VS...) and the name of the exception.

The form is the recorded one: {"$id", "innerException", "message", "typeName", "typeKey", "errorCode", "eventId"}.
"""

from starlette.responses import JSONResponse

CORE = "Microsoft.TeamFoundation.Core.WebApi"
GIT = "Microsoft.TeamFoundation.Git.Server"
FRAMEWORK = "Microsoft.TeamFoundation.Framework.Server"
SERVICES = "Microsoft.VisualStudio.Services.Common"
WEB_API = "Microsoft.VisualStudio.Services.WebApi"


class DevOpsFault(Exception):  # noqa: N818 - it is an answer, not a bug
    """An answer that refuses. `type_key` is the exception's name, `assembly` where the service defines it."""

    def __init__(
        self, status: int, type_key: str, message: str, assembly: str = SERVICES, event_id: int = 3000
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type_key = type_key
        self.message = message
        self.assembly = assembly
        self.event_id = event_id

    def response(self) -> JSONResponse:
        """The answer as it goes over the wire."""
        body = {
            "$id": "1",
            "innerException": None,
            "message": self.message,
            "typeName": f"{self.assembly}.{self.type_key}, {self.assembly}",
            "typeKey": self.type_key,
            "errorCode": 0,
            "eventId": self.event_id,
        }
        return JSONResponse(body, self.status, media_type="application/json; charset=utf-8")


def not_authorized(user: str) -> DevOpsFault:
    """401 TF400813: the caller is somebody, but not somebody who may come in here."""
    message = f"TF400813: The user '{user}' is not authorized to access this resource."
    return DevOpsFault(401, "UnauthorizedRequestException", message, FRAMEWORK)


def no_such_project(name: str) -> DevOpsFault:
    """404 TF200016: there is no such project, or the caller cannot see it."""
    return DevOpsFault(
        404,
        "ProjectDoesNotExistWithNameException",
        f"TF200016: The following project does not exist: {name}. Verify that the name of the project is correct and"
        " that the project exists on the specified Azure DevOps Server.",
        CORE,
    )


def no_such_repository(name: str) -> DevOpsFault:
    """404 TF401019: there is no such repository, or the caller may not read it."""
    return DevOpsFault(
        404,
        "GitRepositoryNotFoundException",
        f"TF401019: The Git repository with name or identifier {name} does not exist or you do not have permissions"
        " for the operation you are attempting.",
        GIT,
    )


def needs_git_permission(permission: str, user: str, scope: str) -> DevOpsFault:
    """403 TF401027: the caller lacks one permission of the Git Repositories security namespace."""
    return DevOpsFault(
        403,
        "GitNeedsPermissionException",
        f"TF401027: You need the Git '{permission}' permission to perform this action. Details: identity '{user}',"
        f" scope '{scope}'.",
        GIT,
    )


def needs_permission(user: str, permission: str, resource: str) -> DevOpsFault:
    """403 TF50309: the caller lacks a permission outside of git."""
    return DevOpsFault(
        403,
        "AccessCheckException",
        f"TF50309: The following account does not have sufficient permissions to complete the operation: {user}. The"
        f" following permissions are needed to perform this operation: {permission} ({resource}).",
        "Microsoft.VisualStudio.Services.Security",
    )


def bad_argument(name: str, reason: str) -> DevOpsFault:
    """400 for an argument that is missing or makes no sense."""
    return DevOpsFault(400, "VssPropertyValidationException", f"{reason}\r\nParameter name: {name}", SERVICES, 0)
