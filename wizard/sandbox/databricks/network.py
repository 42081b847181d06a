"""From where a workspace may be reached: IP access lists and Private Link.

https://learn.microsoft.com/azure/databricks/security/network/front-end/
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.tokens import Tokens
from wizard.sandbox.settings import setting

LOGIN_PAGE = "/login.html"


def refusal(cloud: Cloud, tokens: Tokens, workspace: Workspace, request: Request) -> Response | None:
    """The answer for a request from where the workspace cannot be reached; None for all others.

    What a driver asks comes from within the workspace's own network.
    """
    if request.url.path == LOGIN_PAGE:
        return Response("<html><body>Sign in to Azure Databricks</body></html>", media_type="text/html")
    bearer = request.headers.get("authorization", "").rpartition(" ")[2]
    if tokens.is_drivers_own(workspace.workspace_id, bearer):
        return None
    if setting(cloud.store, "databricks.private_link"):
        reason = f"error=private-link-validation-error:{workspace.workspace_id}"
        return RedirectResponse(f"https://{workspace.host}{LOGIN_PAGE}?{reason}", 302)
    address = setting(cloud.store, "databricks.blocked_address")
    if address is None:
        return None
    message = f"Source IP address: {address} is blocked by Databricks IP ACL for workspace: {workspace.workspace_id}"
    return DatabricksFault(403, 403, message).response()
