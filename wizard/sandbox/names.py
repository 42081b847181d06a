"""Which host names exist in the sandbox cloud, as the public name service would know them.

Nothing can answer for a storage account or a workspace that was never made: a client of the real cloud fails
to look the name up, a client of the sandbox is refused by the proxy.
"""

from wizard.sandbox.arm.workspaces import workspace_of_host
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.keyvault.vaults import vault_of_host
from wizard.sandbox.machine_learning.computes import compute_of_host
from wizard.sandbox.machine_learning.plain import is_plain
from wizard.sandbox.storage.accounts import account_of_host


def exists(cloud: Cloud, host: str) -> bool:
    """Whether a name that a service's pattern covers is really taken by something."""
    if host.endswith(".core.windows.net"):
        return account_of_host(cloud, host) is not None
    if host.endswith(".azuredatabricks.net") and host.startswith("adb-"):
        return workspace_of_host(cloud, host) is not None
    if host.endswith(".vault.azure.net"):
        return vault_of_host(cloud, host) is not None
    if host.endswith(".cloudapp.azure.com") or is_plain(host):
        return compute_of_host(cloud, host) is not None
    return True
