"""The Kubernetes cluster on which Azure ML runs the service: made on its own, because it takes 10 to 20 minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import machines, ml_workspaces, reach, waiting
from wizard.steps.tags import has_our_tag, not_ours, tags

if TYPE_CHECKING:
    from wizard.clients.ml_computes import Compute

MINUTES = 40
ENDED = ("Succeeded", "Failed", "Canceled")


def workspace(context: Context) -> str:
    """The id of the environment's Azure ML workspace."""
    return context.facts("aml.workspaces")["id"]


async def look(context: Context) -> Compute | None:
    """The cluster, as the workspace has it."""
    computes = await reach.ml_computes(context)
    return await context.call(reach.ARM, computes.get, workspace(context), context.answer("aks_cluster"))


async def check(context: Context) -> Outcome:
    """The cluster is attached to the workspace, and provisioned."""
    name, found = context.answer("aks_cluster"), await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    if found.kind != "AKS":
        return Outcome(Status.FAIL, f"{name} is a compute of kind {found.kind}.", fix="choose another name")
    if found.state in ("Failed", "Canceled"):
        return Outcome(
            Status.FAIL,
            f"{name} could not be created: {found.problem or found.state}",
            fix="undo this step, which deletes it; mend the cause, then apply again",
            diagnosis="F12" if "quota" in found.problem.lower() else "F27",
        )
    if found.state != "Succeeded":
        return Outcome(Status.TODO, f"{name} is {found.state.lower()}; this takes 10 to 20 minutes.", diagnosis="F27")
    return Outcome(
        Status.OK,
        f"{name}, {found.nodes} nodes of {found.size}",
        proof=f"{reach.ARM} read {found.id}, state {found.state}",
        facts={"id": found.id, "name": name},
    )


async def plan(context: Context) -> list[Action] | None:
    """Create the cluster, or wait for one that is being created; a failed one is for a person to look at."""
    name, found = context.answer("aks_cluster"), await look(context)
    if found is None:
        from wizard.clients.ml_computes import VERSION, kubernetes

        body = json.dumps(kubernetes(name, context.answer("region"), machines.AKS_SIZE, machines.AKS_NODES))
        # The Azure CLI of version 2 of Azure ML makes no such clusters.
        url = f"{workspace(context)}/computes/{name}?api-version={VERSION}"
        command = f"az rest --method put --url '{url}' --body '{body}'"
        return [Action(f"Create Kubernetes cluster {name}", command, create, key=name, risk=Risk.COSTS_MONEY)]
    if found.state == "Succeeded":
        return []
    if found.state in ENDED or found.kind != "AKS":
        return None
    return [Action(f"Wait for Kubernetes cluster {name}", f"az resource show --ids {found.id}", create, key=name)]


async def create(context: Context) -> None:
    """Create the cluster if it is not there, and wait until it is provisioned, whoever began."""
    name, computes = context.answer("aks_cluster"), await reach.ml_computes(context)
    if await look(context) is None:
        region, size, nodes = context.answer("region"), machines.AKS_SIZE, machines.AKS_NODES
        place, marks = workspace(context), tags(context)
        await context.call(reach.ARM, computes.create_kubernetes, place, name, region, size, nodes, marks)

    def settled(compute: Compute | None) -> bool:
        return compute is not None and compute.state in ENDED

    def say(compute: Compute | None) -> str:
        return f"{name} is {compute.state.lower()}" if compute else f"{name} is not there yet"

    found = await waiting.until(context, lambda: look(context), settled, say, MINUTES)
    if found is None or found.state != "Succeeded":
        problem = found.problem if found else ""
        raise ServiceError(
            f"Kubernetes cluster {name} could not be created: {problem}", service="Azure ML", body=problem
        )


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the cluster, and with it the resource group that Azure manages for it."""
    found = await look(context) if await ml_workspaces.look(context) else None
    if found is None:
        return []
    if not has_our_tag(context, found.tags):
        return [not_ours(f"Kubernetes cluster {found.name}")]
    from wizard.clients.ml_computes import VERSION

    command = f"az rest --method delete --url '{found.id}?api-version={VERSION}&underlyingResourceAction=Delete'"
    title = f"Delete Kubernetes cluster {found.name}"
    return [Action(title, command, delete, key=found.name, risk=Risk.HARD_TO_UNDO)]


async def delete(context: Context) -> None:
    """Delete the cluster, and wait until it is gone."""
    name, computes = context.answer("aks_cluster"), await reach.ml_computes(context)
    if await look(context) is not None:
        await context.call(reach.ARM, computes.delete, workspace(context), name)
    await waiting.until(
        context, lambda: look(context), lambda found: found is None, lambda _: f"deleting {name}", MINUTES
    )


COMPUTE = Step(
    id="aks.compute",
    title="Kubernetes for the service",
    why=(
        "The service answers from Kubernetes; Azure ML makes the cluster and keeps it. "
        "The pipeline would wait for it and give up, so it is made here, where waiting can be left and taken up again."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("aml.workspaces", "azure.quota"),
    manual="The cluster failed: undo this step, mend the cause that Azure names, then apply again.",
    docs="https://learn.microsoft.com/azure/machine-learning/v1/how-to-create-attach-kubernetes",
)
