"""Who may do what with a secret scope. https://learn.microsoft.com/azure/databricks/security/auth/access-control/"""

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.administrators import is_administrator
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.store import Document

PERMISSIONS = ("READ", "WRITE", "MANAGE")  # each holds those before it
EVERYBODY = "users"  # the group of all who are known to a workspace


def check_permission(
    cloud: Cloud, workspace: Workspace, caller: Principal, name: str, scope: Document, needed: str
) -> None:
    """Raise DatabricksFault 403 when the caller has not this permission on the scope. Administrators have all."""
    held = [scope["acls"].get(user_name(caller)), scope["acls"].get(EVERYBODY)]
    enough = PERMISSIONS[PERMISSIONS.index(needed) :]
    if any(permission in enough for permission in held) or is_administrator(cloud, workspace, caller):
        return
    message = f"User {user_name(caller)} does not have {needed} permission on scope {name} to perform this action."
    raise DatabricksFault(403, "PERMISSION_DENIED", message)
