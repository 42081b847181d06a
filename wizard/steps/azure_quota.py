"""The cores that clusters and Kubernetes will need, held against the quota of the region before anything is made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import machines, reach
from wizard.steps.clusters import AUTOMATIC

if TYPE_CHECKING:
    from wizard.clients.usages import Usage

TRAINING, SERVING = ("dev", "test", "prod"), ("test", "prod")
TOTAL = "cores"
PORTAL = "https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade/~/myQuotas"


def planned(context: Context) -> dict[str, int]:
    """The cores that will be needed, by family and in all: a cluster of one machine in each environment that trains,
    a Kubernetes cluster in each that serves.
    """
    wanted: Counter[str] = Counter()
    for environment in TRAINING:
        chosen = context.session.answers.get(f"{environment}.cluster_node_type") or AUTOMATIC
        size = machines.CLUSTER_SIZE if chosen == AUTOMATIC else chosen
        wanted[machines.family(size)] += machines.cores(size)
    wanted[machines.family(machines.AKS_SIZE)] += machines.cores(machines.AKS_SIZE) * machines.AKS_NODES * len(SERVING)
    return {TOTAL: sum(wanted.values()), **wanted}


def shortages(found: dict[str, Usage], wanted: dict[str, int]) -> tuple[list[Usage], list[Usage]]:
    """The limits that are too low for the plan, and those where too much is in use; unknown families are left out."""
    asked = [(found[name.lower()], cores) for name, cores in wanted.items() if name.lower() in found]
    low = [usage for usage, cores in asked if usage.limit < cores]
    return low, [usage for usage, cores in asked if usage.free < cores <= usage.limit]


async def check(context: Context) -> Outcome:
    """Every limit leaves room for what is planned."""
    region, wanted = context.answer("region"), planned(context)
    usages = await reach.usages(context)
    found = await context.call(reach.ARM, usages.in_region, region)
    low, busy = shortages(found, wanted)
    if low:
        return _too_low(context, low[0], wanted, found)
    room = ", ".join(
        f"{found[name.lower()].title}: {found[name.lower()].free} free of {found[name.lower()].limit}, {cores} needed"
        for name, cores in wanted.items()
        if name.lower() in found
    )
    if busy:
        usage = busy[0]
        return Outcome(
            Status.WARN,
            f"{usage.title} in {region}: {usage.free} free, {wanted_of(usage, wanted)} needed in all.",
            proof=f"{reach.ARM} counted in {region}: {room}",
            fix="nothing, where this set-up's own clusters are in use; else stop other machines or ask for more",
        )
    return Outcome(Status.OK, f"room for {wanted[TOTAL]} cores", proof=f"{reach.ARM} counted in {region}: {room}")


def wanted_of(usage: Usage, wanted: dict[str, int]) -> int:
    """The cores that are needed of this limit."""
    return next(cores for name, cores in wanted.items() if name.lower() == usage.name.lower())


def _too_low(context: Context, usage: Usage, wanted: dict[str, int], found: dict[str, Usage]) -> Outcome:
    region, needed = context.answer("region"), wanted_of(usage, wanted)
    others = sorted(
        (each for each in found.values() if each.name.lower().startswith("standard") and each.free >= needed),
        key=lambda each: -each.free,
    )
    family = usage.name.lower() != TOTAL  # the limit for all families together is no matter of their kind
    other = (
        f"a machine of another family ({', '.join(each.title for each in others[:3])})"
        if others and family
        else "a smaller machine"
    )
    subscription = reach.subscription(context)
    return Outcome(
        Status.FAIL,
        f"{usage.title} in {region}: the limit is {usage.limit}, {needed} are needed.",
        fix=f"choose {other} with --set dev.cluster_node_type=SIZE, another region, or ask for a limit of {needed}",
        links=(f"{PORTAL}?region={quote(region)}",),
        diagnosis="F12",
        who="an owner of the subscription",
        text=(
            f"Please raise the quota of {usage.title} in {region}, subscription {subscription}, from {usage.limit} to "
            f"at least {max(needed, usage.used + needed)} ({usage.used} in use, {needed} more needed)."
        ),
    )


async def plan(_: Context) -> list[Action] | None:
    """Nothing is made here: a higher limit is for a person to ask for."""
    return None


QUOTA = Step(
    id="azure.quota",
    title="Cores for clusters",
    why=(
        "Each family of machines has a limit of cores in each region, and new subscriptions have low ones. "
        "Asked now, before a cluster has waited ten minutes to fail."
    ),
    check=check,
    plan=plan,
    needs=("plan.names", "azure.providers"),
    manual="Choose a smaller machine or another region, or request a higher limit in the portal under Quotas.",
    docs="https://learn.microsoft.com/azure/quotas/quickstart-increase-quota-portal",
)
