"""The virtual machine sizes that Azure ML offers for the nodes of Kubernetes clusters.

Sizes and memory: https://learn.microsoft.com/azure/virtual-machines/sizes/overview
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Cores and memory (GB) of one node."""

    cores: int
    memory: float


DEFAULT = "Standard_D3_v2"
SIZES = {
    "Standard_D2_v2": Size(2, 7),
    "Standard_D3_v2": Size(4, 14),
    "Standard_D4_v2": Size(8, 28),
    "Standard_D5_v2": Size(16, 56),
    "Standard_DS2_v2": Size(2, 7),
    "Standard_DS3_v2": Size(4, 14),
    "Standard_DS4_v2": Size(8, 28),
    "Standard_DS5_v2": Size(16, 56),
    "Standard_D2_v3": Size(2, 8),
    "Standard_D4_v3": Size(4, 16),
    "Standard_D8_v3": Size(8, 32),
    "Standard_D2s_v3": Size(2, 8),
    "Standard_D4s_v3": Size(4, 16),
    "Standard_D8s_v3": Size(8, 32),
    "Standard_F4s_v2": Size(4, 8),
    "Standard_F8s_v2": Size(8, 16),
}


def size_named(name: str) -> str | None:
    """A size as it is spelled; Azure ignores case. None when it is not offered."""
    return next((size for size in SIZES if size.lower() == name.lower()), None)
