"""How many cores of virtual machines may be used in a region, and how many are.

Names of the families: https://learn.microsoft.com/azure/virtual-machines/sizes/overview
"""

import re
from dataclasses import dataclass

from wizard.sandbox.arm.inventory import Inventory
from wizard.sandbox.arm.workspaces import TYPE as DATABRICKS_WORKSPACES
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.node_types import NODE_TYPES
from wizard.sandbox.machine_learning.computes import all_computes
from wizard.sandbox.machine_learning.sizes import SIZES as KUBERNETES_SIZES
from wizard.sandbox.settings import setting

TOTAL = "cores"
DEFAULT_LIMIT = 100  # of each family and of all together
_CLUSTERS = "databricks.cluster"
_SIZE = re.compile(r"Standard_(?P<series>[A-Z]+)\d+(?P<features>[a-z]*)_(?:(?P<chip>[A-Z]\d)_)?v(?P<version>\d)")


@dataclass(frozen=True, slots=True)
class Usage:
    """Cores in use of one family, or of all."""

    name: str
    title: str
    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A limit that a wish would exceed. `needed` is what is asked for, `least` the limit that would do."""

    name: str
    region: str
    limit: int
    used: int
    needed: int

    @property
    def least(self) -> int:
        """The smallest limit with which the wish could be met."""
        return self.used + self.needed


def family_of(size: str) -> str:
    """The family of a size of virtual machine, as usages name it: `Standard_DS3_v2` is of `standardDSv2Family`."""
    match = _SIZE.fullmatch(size)
    if match is None:
        return "standardBasicFamily"
    letters = match["series"] + match["features"].upper()
    if match["chip"]:
        return f"Standard {letters}v{match['version']}_{match['chip']} Family"
    return f"standard{letters}v{match['version']}Family"


def usages(cloud: Cloud, region: str) -> list[Usage]:
    """What is used of which limit in a region: all cores first, then every family that exists."""
    limits = setting(cloud.store, "compute.quota", {})
    used = _used(cloud, region)
    families = sorted({family_of(size) for size in (*NODE_TYPES, *KUBERNETES_SIZES)} | set(limits) - {TOTAL})
    total = Usage(TOTAL, "Total Regional vCPUs", _limit(limits, TOTAL), sum(used.values()))
    return [total, *(Usage(name, title_of(name), _limit(limits, name), used.get(name, 0)) for name in families)]


def title_of(family: str) -> str:
    """A family's name for people."""
    plain = family.removeprefix("standard").removeprefix("Standard").removesuffix("Family").strip()
    return f"Standard {plain} Family vCPUs"


def shortage(cloud: Cloud, region: str, size: str, nodes: int) -> Shortage | None:
    """The limit that so many more machines of a size would exceed; None when there is room for them."""
    wanted = cores_of(size) * nodes
    for usage in usages(cloud, region):
        if usage.name in (TOTAL, family_of(size)) and usage.used + wanted > usage.limit:
            return Shortage(usage.name, region, usage.limit, usage.used, wanted)
    return None


def cores_of(size: str) -> int:
    """The cores of one machine. Raises KeyError for a size that nobody offers."""
    return NODE_TYPES[size].cores if size in NODE_TYPES else KUBERNETES_SIZES[size].cores


def machines_of(spec: dict[str, object]) -> int:
    """How many machines a cluster has: its driver, and its workers or the least number of them."""
    scale = spec.get("autoscale")
    workers = scale["min_workers"] if isinstance(scale, dict) else spec.get("num_workers", 0)
    return 1 + int(str(workers))


def _limit(limits: dict[str, int], name: str) -> int:
    return limits.get(name, DEFAULT_LIMIT)


def _used(cloud: Cloud, region: str) -> dict[str, int]:
    """The cores of the clusters in a region, those of Databricks while they run, by family."""
    found: dict[str, int] = {}
    for workspace in Inventory(cloud).all(resource_type=DATABRICKS_WORKSPACES):
        if workspace.location != region:
            continue
        for _, cluster in cloud.store.items(_CLUSTERS, f"{workspace.private['workspace_id']}/"):
            if cluster["state"] == "RUNNING":
                size = cluster["spec"]["node_type_id"]
                cores = NODE_TYPES[size].cores * machines_of(cluster["spec"])
                found[family_of(size)] = found.get(family_of(size), 0) + cores
    for compute in all_computes(cloud):
        if compute.location == region and not compute.failed:
            cores = cores_of(compute.size) * compute.nodes
            found[family_of(compute.size)] = found.get(family_of(compute.size), 0) + cores
    return found
