"""What administrators have set for the tenant, the network and the workspaces: the cloud's switches.

All are off in a new cloud. A scenario turns some on; the services honour them like any other rule of theirs.
"""

from typing import Any

from wizard.sandbox.store import Store

KIND = "setting"

# Every switch, and what its value means.
KNOWN = {
    "entra.refusal": "the reason (see entra/sign_in_rules.py) for which every sign-in is refused",
    "entra.home_tenant": "id, name and domain of the tenant that the user is at home in; a guest in the sandbox's own",
    "entra.token_seconds": "for how many seconds new access tokens are good",
    "entra.directory_closed": "true: nobody may look service principals up in the directory (Microsoft Graph)",
    "arm.claims": "resource type -> how the next free name that somebody asks for turns out to be in use",
    "arm.policies": "the policy assignments of the subscription (see arm/policies.py)",
    "compute.quota": "cores by family of virtual machines, and `cores` for all together, that may be used",
    "storage.shared_key": "false: a policy forbids account keys on every storage account",
    "databricks.personal_access_tokens": "false: nobody may have personal access tokens",
    "databricks.blocked_address": "the address of the caller that an IP access list shuts out",
    "databricks.private_link": "true: workspaces answer in their private network only",
    "databricks.legacy": "false: DBFS root and mounts are off, and legacy access is",
    "databricks.registry": "false: the workspace model registry is off",
    "databricks.metastore": "false: no workspace has a Unity Catalog metastore",
    "databricks.metastore_storage": "false: metastores have no storage for new catalogs, as in new accounts",
    "databricks.access_mode": "the access mode that a policy gives to every cluster",
    "databricks.vault_scopes": "people: scopes over key vaults are made for users only, not for service principals",
    "databricks.cluster_failure": "the termination reason with which every start of a cluster ends",
    "databricks.package_index": "unreachable or failing: what installing a library from it comes to",
    "ml.compute_failure": "code and message with which every creation of a Kubernetes cluster of Azure ML ends",
    "ml.container_memory": "megabytes of address space that a service's container gets, whatever it asks for",
    "devops.hosted_jobs": "how many jobs of private projects Microsoft's agents take at once",
    "tls.intercepted": "true: something on the way presents certificates of its own authority",
}


def setting(store: Store, name: str, default: Any = None) -> Any:
    """The value of a switch, or the default while nobody has set it. Raises KeyError for an unknown one."""
    if name not in KNOWN:
        raise KeyError(name)
    found = store.get(KIND, name)
    return found["value"] if found else default
