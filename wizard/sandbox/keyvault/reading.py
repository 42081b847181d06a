"""How other services of the cloud read a vault: by their own identity, from within Microsoft's network."""

from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.keyvault.authorization import authorize_service
from wizard.sandbox.keyvault.errors import VaultError
from wizard.sandbox.keyvault.operations import check_name
from wizard.sandbox.keyvault.secrets import Secrets
from wizard.sandbox.keyvault.vaults import Vault
from wizard.sandbox.store import Document


def read_secret(cloud: Cloud, vault: Vault, service: Principal, name: str) -> str:
    """The value of a secret's current version. Raises VaultError."""
    check_name(name)
    authorize_service(cloud, vault, service, "get", name)
    found = Secrets(cloud.store, vault).version(name, "")
    if not found["enabled"]:
        raise VaultError(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
    return str(found["value"])


def list_secrets(cloud: Cloud, vault: Vault, service: Principal) -> list[Document]:
    """The name of each secret and when it was last changed (Unix time), by name. Raises VaultError."""
    authorize_service(cloud, vault, service, "list", "")
    return [
        {"name": held["name"], "updated": held["versions"][-1]["updated"]}
        for held in Secrets(cloud.store, vault).all(deleted=False)
    ]
