"""Names of key vaults: unique in the whole cloud, and blocked for a while after a deletion."""

import re

from starlette.responses import Response

from wizard.sandbox.arm import soft_deleted
from wizard.sandbox.arm.call import Call, answer, one_of, text_of
from wizard.sandbox.arm.claims import claim_of
from wizard.sandbox.arm.errors import ArmError

TYPE = "Microsoft.KeyVault/vaults"
_NAME = re.compile(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]")


def in_use(name: str) -> str:
    """The service's words for a name that somebody uses; the misspelling is its own."""
    return (
        f"The vault name '{name}' is already in use. Vault names are globaly unique so it is possible that the name is"
        " already taken. If you are sure that the vault name was not taken then it is possible that a vault with the"
        " same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a"
        " recoverable state then the vault will need to be purged before reusing the name. For more information about"
        " VaultAlreadyExists, soft delete and purging a vault follow this link"
        " https://go.microsoft.com/fwlink/?linkid=2147740."
    )


def _invalid(name: str) -> str:
    return (
        f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name"
        " must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link"
        " for more information: https://go.microsoft.com/fwlink/?linkid=2147742"
    )


def check_name(name: str) -> None:
    """Raise ArmError for a name that no vault can have."""
    if not _NAME.fullmatch(name):
        raise ArmError(400, "VaultNameNotValid", _invalid(name))


def check_free(call: Call, name: str) -> None:
    """Raise ArmError 409 for a name that is in use, or belongs to a deleted vault of the subscription."""
    state = _state(call, name)
    if state in ("deleted", "protected"):
        raise ArmError(
            409,
            "ConflictError",
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing"
            " key vault. Follow this link for more information on soft delete:"
            " https://go.microsoft.com/fwlink/?linkid=2149745",
        )
    if state is not None:
        raise ArmError(409, "VaultAlreadyExists", in_use(name))


def check_availability(call: Call, subscription: str) -> Response:  # noqa: ARG001 - every route has its path's parts
    """POST checkNameAvailability."""
    body = call.body()
    one_of(text_of(body, "type"), "type", [TYPE])
    name = text_of(body, "name")
    if not _NAME.fullmatch(name):
        return answer({"nameAvailable": False, "reason": "AccountNameInvalid", "message": _invalid(name)})
    if _state(call, name) is not None:
        return answer({"nameAvailable": False, "reason": "AlreadyExists", "message": in_use(name)})
    return answer({"nameAvailable": True})


def _state(call: Call, name: str) -> str | None:
    """How a name is in use; None when it is free."""
    if any(vault.name.lower() == name.lower() for vault in call.inventory.all(resource_type=TYPE)):
        return "taken"
    if any(vault.name.lower() == name.lower() for vault in soft_deleted.all_kept(call.cloud.store, TYPE)):
        return "deleted"
    return claim_of(call.cloud, TYPE, name)
