"""What the set-up has to be allowed to do in each environment's resource group, and the roles that allow it.

Role ids: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role of Azure; `id` is the GUID of its definition."""

    name: str
    id: str


CONTRIBUTOR = Role("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c")
ROLE_ADMINISTRATOR = Role("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168")
SECRETS_OFFICER = Role("Key Vault Secrets Officer", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7")
SECRETS_USER = Role("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6")

GIVE_ROLES = "Microsoft.Authorization/roleAssignments/write"
_VAULT = "Microsoft.KeyVault/vaults"
_EVERYWHERE = ("Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Databricks/workspaces/write")
_TRAINING = (
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.MachineLearningServices/workspaces/write",
    "Microsoft.Insights/components/write",
    f"{_VAULT}/write",
)
_SERVING = (
    "Microsoft.MachineLearningServices/workspaces/computes/write",
    "Microsoft.MachineLearningServices/workspaces/services/aks/listkeys/action",
    "Microsoft.ContainerService/managedClusters/write",
)
_SECRETS = tuple(f"{_VAULT}/secrets/{each}" for each in ("readMetadata/action", "getSecret/action", "setSecret/action"))


@dataclass(frozen=True, slots=True)
class Needed:
    """Management and data actions that are needed in a group, and the roles that will have to be given to others."""

    actions: tuple[str, ...]
    data: tuple[str, ...] = ()
    to_give: tuple[Role, ...] = ()


NEEDED = {
    "dev": Needed((*_EVERYWHERE, *_TRAINING)),
    "test": Needed((*_EVERYWHERE, *_TRAINING, *_SERVING, GIVE_ROLES), to_give=(CONTRIBUTOR,)),
    "prod": Needed((*_EVERYWHERE, *_TRAINING, *_SERVING, GIVE_ROLES), to_give=(CONTRIBUTOR,)),
    "cmr": Needed((*_EVERYWHERE, f"{_VAULT}/write", GIVE_ROLES), _SECRETS, (SECRETS_OFFICER, SECRETS_USER)),
}


def role_for(action: str, needed: Needed) -> Role:
    """The role that allows a needed action."""
    if action in needed.data:
        return SECRETS_OFFICER
    return ROLE_ADMINISTRATOR if action == GIVE_ROLES else CONTRIBUTOR
