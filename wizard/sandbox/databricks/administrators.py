"""Who administers a workspace: whoever Azure lets become an administrator once they come, until somebody removes them.

https://learn.microsoft.com/azure/databricks/admin/admin-concepts
"""

from wizard.sandbox.arm.access import allowed
from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud, Principal

KIND = "databricks.administrator"  # keyed "<workspace id>/<object id>"
_ACTION = "Microsoft.Databricks/workspaces/assignWorkspaceAdmin/action"  # Contributors and owners have it


def is_administrator(cloud: Cloud, workspace: Workspace, principal: Principal) -> bool:
    """Whether a principal administers the workspace; one with the right in Azure is one from the first time on."""
    key = f"{workspace.workspace_id}/{principal.object_id}"
    held = cloud.store.get(KIND, key)
    if held is not None:
        return bool(held["active"])
    may = allowed(cloud, principal, _ACTION, workspace.resource_id)
    if may:
        cloud.store.put(KIND, key, {"active": True})
    return may
