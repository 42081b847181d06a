"""Sizes of virtual machines: how many cores they have, and the family whose quota they count against.

Names: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
"""

from __future__ import annotations

import re

# The smallest machine that a cluster gets when nobody chose one, and the three nodes of azureml-core's AKS clusters
# (azureml.core.compute.AksCompute.provisioning_configuration).
CLUSTER_SIZE = "Standard_DS3_v2"
AKS_SIZE, AKS_NODES = "Standard_D3_v2", 3

_SIZE = re.compile(
    r"Standard_(?P<series>[A-Z]+)(?P<number>\d+)(?P<features>[a-z]*)_(?:(?P<chip>[A-Z]+\d+)_)?v(?P<version>\d)"
)
# Of the older D, DS, DSv2 and Dv2 series the number is no count of cores:
# https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/dsv2-series
_OLD_CORES = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20}


def family(size: str) -> str:
    """The family of a size as usages name it: `Standard_DS3_v2` is of `standardDSv2Family`; "" for other names."""
    match = _SIZE.fullmatch(size)
    if match is None:
        return ""
    letters = match["series"] + match["features"].upper()
    if match["chip"]:
        return f"Standard {letters}v{match['version']}_{match['chip']} Family"
    return f"standard{letters}v{match['version']}Family"


def cores(size: str) -> int:
    """The cores of a machine of that size; 0 for names that do not tell."""
    match = _SIZE.fullmatch(size)
    if match is None:
        return 0
    number = int(match["number"])
    if match["series"] in ("D", "DS") and match["version"] == "2":
        return _OLD_CORES.get(number, 0)
    return number
