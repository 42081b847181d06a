"""Whether a cluster has room for a service's containers."""

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning.computes import Compute
from wizard.sandbox.machine_learning.records import SERVICE, Body, replicas

# What Azure ML's own containers beside each of a service's need.
_MORE_CORES = 0.1
_MORE_MEMORY = 0.6


def lacking(cloud: Cloud, compute: Compute, service: Body) -> int:
    """How many of a service's containers find no place beside those of the other services."""
    free = [compute.allocatable() for _ in range(compute.nodes)]
    for _, other in cloud.store.items(SERVICE, f"{compute.workspace_uid}/"):
        same = other["computeName"].lower() == compute.name.lower()
        if same and other["name"] != service["name"] and (other["live"] or other["state"] == "Transitioning"):
            _place(free, other)
    return _place(free, service)


def _place(free: list[tuple[float, float]], service: Body) -> int:
    """Put a service's containers onto the first nodes with room; how many are left over."""
    needs = service["containerResourceRequirements"]
    cores, memory = needs["cpu"] + _MORE_CORES, needs["memoryInGB"] + _MORE_MEMORY
    for placed in range(replicas(service)):
        for node, (has_cores, has_memory) in enumerate(free):
            if has_cores >= cores and has_memory >= memory:
                free[node] = (has_cores - cores, has_memory - memory)
                break
        else:
            return replicas(service) - placed
    return 0


def refusal(service: Body, count: int) -> str:
    """What the check before a deployment says when containers find no place."""
    needs = service["containerResourceRequirements"]
    return (
        "Deployment request failed due to insufficient compute resource. For the specified compute target,"
        f" {count} replica cannot be created per specified CPU/Memory configuration({needs['cpu']:g} CPU Cores,"
        f" {needs['memoryInGB']:g}GB Memory). You can address this problem by adjusting number of replicas, using a"
        " different CPU/memory configuration, or using a different compute target."
    )
