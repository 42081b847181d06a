"""Any resource of Azure Resource Manager by its id, as it is on the wire, and who has which role on it.

API: https://learn.microsoft.com/rest/api/resources/resources. The clients of single kinds tell what steps need to know;
comparing everything that was set takes the whole answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.clients.arm import Arm
from wizard.clients.azure_login import Credential
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError

_ROLES_VERSION = "2022-04-01"
_PROVIDER = "providers/Microsoft.Authorization"


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """Somebody's role: `role` is the name of the role, `kind` is User, Group or ServicePrincipal.

    `given` says when, as the service writes it: ISO 8601, UTC.
    """

    name: str
    scope: str
    role: str
    role_id: str
    principal: str
    kind: str
    given: str = ""


class ArmResources:
    """Reads and changes resources by their ids, and lists the roles that are given on them."""

    host = ARM_HOST

    def __init__(self, credential: Credential) -> None:
        self._arm = Arm(credential)
        self._role_names: dict[str, str] = {}

    def get(self, id_: str, version: str) -> dict[str, Any] | None:
        """The resource as the service describes it, or None where there is none."""
        try:
            found: dict[str, Any] = self._arm.send("GET", id_, version)
        except NotFoundError:
            return None
        return found

    def change(self, id_: str, version: str, body: Mapping[str, Any]) -> None:
        """Change what the body names; the rest stays."""
        self._arm.send("PATCH", id_, version, dict(body))

    def put(self, id_: str, version: str, body: Mapping[str, Any]) -> None:
        """Set the whole resource, for the kinds that cannot be changed in part."""
        self._arm.send("PUT", id_, version, dict(body))

    def roles(self, scope: str) -> list[RoleAssignment]:
        """The roles that are given at a scope or below it; those that come from above are left out."""
        here = scope.lower().rstrip("/")
        listed = self._arm.all(f"{scope}/{_PROVIDER}/roleAssignments", _ROLES_VERSION)
        given = [each for each in listed if f"{each['properties']['scope'].lower()}/".startswith(f"{here}/")]
        return [self._role(each["name"], each["properties"]) for each in given]

    def _role(self, name: str, held: Mapping[str, Any]) -> RoleAssignment:
        definition = str(held["roleDefinitionId"])
        return RoleAssignment(
            name=name,
            scope=held["scope"],
            role=self._role_name(definition),
            role_id=definition.rpartition("/")[2].lower(),
            principal=held["principalId"],
            kind=str(held.get("principalType") or ""),
            given=str(held.get("createdOn") or ""),
        )

    def _role_name(self, definition: str) -> str:
        if definition not in self._role_names:
            found = self.get(definition, _ROLES_VERSION)
            self._role_names[definition] = found["properties"]["roleName"] if found else definition.rpartition("/")[2]
        return self._role_names[definition]
