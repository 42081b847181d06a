"""The resource providers that the set-up needs: a new subscription knows only a few."""

from __future__ import annotations

import asyncio

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import reach, waiting

NEEDED = (
    "Microsoft.Databricks",
    "Microsoft.MachineLearningServices",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.Compute",
    "Microsoft.Network",
    "Microsoft.ContainerService",
    "Microsoft.ContainerRegistry",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.ManagedIdentity",
)
REGISTERED = "Registered"
MINUTES = 15


async def states(context: Context) -> dict[str, str]:
    """The state of each needed provider."""
    providers = await reach.providers(context)
    found = await asyncio.gather(*(context.call(reach.ARM, providers.state, namespace) for namespace in NEEDED))
    return dict(zip(NEEDED, found, strict=True))


def missing(found: dict[str, str]) -> list[str]:
    """The providers that are not registered, as namespaces."""
    return [namespace for namespace, state in found.items() if state != REGISTERED]


async def check(context: Context) -> Outcome:
    """All needed providers are registered."""
    found = await states(context)
    lacking = missing(found)
    if lacking:
        told = ", ".join(f"{namespace} is {found[namespace]}" for namespace in lacking)
        return Outcome(
            Status.TODO,
            f"{len(lacking)} of {len(NEEDED)} not registered: {told}.",
            fix="apply this step, which registers them; it takes some minutes",
            diagnosis="F07",
        )
    return Outcome(
        Status.OK,
        f"all {len(NEEDED)} registered",
        proof=f"{reach.ARM} says {REGISTERED} for {', '.join(each.removeprefix('Microsoft.') for each in NEEDED)}",
    )


async def plan(context: Context) -> list[Action]:
    """Register what is missing, all at once."""
    lacking = missing(await states(context))
    if not lacking:
        return []
    command = "; ".join(f"az provider register --namespace {namespace}" for namespace in lacking)
    return [Action(f"Register {len(lacking)} resource providers", command, register)]


async def register(context: Context) -> None:
    """Register what is missing, and wait until Azure has done it."""
    providers = await reach.providers(context)
    lacking = missing(await states(context))
    await asyncio.gather(*(context.call(reach.ARM, providers.register, namespace) for namespace in lacking))

    def say(found: dict[str, str]) -> str:
        return f"{len(NEEDED) - len(missing(found))} of {len(NEEDED)} registered"

    await waiting.until(context, lambda: states(context), lambda found: not missing(found), say, MINUTES)


PROVIDERS = Step(
    id="azure.providers",
    title="Resource providers",
    why=(
        "A subscription has to be told once which kinds of resources it may have. "
        "Clusters and registries need some that nobody thinks of before they fail."
    ),
    check=check,
    plan=plan,
    needs=("signin.azure",),
    docs="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types",
)
