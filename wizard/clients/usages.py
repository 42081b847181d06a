"""Cores of virtual machines: how many may be used in a region, and how many are.

API: https://learn.microsoft.com/rest/api/compute/usage/list
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.clients.arm import Arm
from wizard.clients.azure_login import Credential
from wizard.clients.subscriptions import ARM_HOST

_VERSION = "2024-07-01"


@dataclass(frozen=True, slots=True)
class Usage:
    """One limit, in cores: of a family of machines (`standardDSv2Family`), or of all together (`cores`)."""

    name: str
    title: str
    used: int
    limit: int

    @property
    def free(self) -> int:
        """The cores that can still be had."""
        return self.limit - self.used


class Usages:
    """Reads the usages of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._arm = Arm(credential)
        self._subscription = subscription

    def in_region(self, region: str) -> dict[str, Usage]:
        """Every limit of a region by its name in lower case."""
        path = f"/subscriptions/{self._subscription}/providers/Microsoft.Compute/locations/{region}/usages"
        found = {}
        for each in self._arm.all(path, _VERSION):
            name = each["name"]
            usage = Usage(
                name["value"], name.get("localizedValue") or name["value"], each["currentValue"], each["limit"]
            )
            found[usage.name.lower()] = usage
        return found
