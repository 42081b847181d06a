"""The inference cluster: found by its name, made once, and waited for by as many runs as that takes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from jobs import azure_ml
from jobs.deploy_settings import Cluster

READY = "Succeeded"
ENDED = ("Failed", "Canceled", "Deleting")
PAUSE = 15.0


class ClusterError(Exception):
    """The cluster cannot be used; the message says why and what to do."""


def ready(workspace: Any, wanted: Cluster, pause: Callable[[float], None] = time.sleep) -> Any:
    """The cluster, once it can be deployed to; made where there is none, waited for where it is being made.

    ClusterError when it failed, with the reason Azure gives, or when `wanted.minutes` are over: then another run
    goes on waiting for the same cluster.
    """
    found = find(workspace, wanted.name)
    if found is None:
        found = make(workspace, wanted)
    if found.type != "AKS":
        raise ClusterError(f"{wanted.name} is a compute of type {found.type}, not AKS: choose another name.")
    started, told = time.monotonic(), ""
    while found.provisioning_state != READY:
        state = str(found.provisioning_state)
        if state in ENDED:
            raise ClusterError(ended(wanted.name, state, found.provisioning_errors))
        minutes = (time.monotonic() - started) / 60
        if minutes >= wanted.minutes:
            raise ClusterError(f"cluster {wanted.name} is still {state} after {wanted.minutes:g} minutes. Nothing is "
                               "lost: run this again, and it waits for the same cluster.")  # fmt: skip
        now = f"cluster {wanted.name} is {state}, {minutes:.0f} minutes waited"
        if now != told:
            print(now, flush=True)
            told = now
        pause(PAUSE)
        found.refresh_state()
    print(f"cluster {wanted.name} is ready", flush=True)
    return found


def find(workspace: Any, name: str) -> Any | None:
    """The compute of that name, in whatever state, or None."""

    try:
        return azure_ml.ComputeTarget(workspace, name)
    except azure_ml.ComputeTargetException as error:
        if "ComputeTargetNotFound" in str(error.message):
            return None
        raise


def make(workspace: Any, wanted: Cluster) -> Any:
    """Ask for the cluster. Where the answer is an error, it may exist nevertheless, so it is looked up again."""

    print(f"making cluster {wanted.name}: {wanted.nodes} x {wanted.vm_size}; it takes 10 to 20 minutes", flush=True)
    configuration = azure_ml.AksCompute.provisioning_configuration(
        agent_count=wanted.nodes, vm_size=wanted.vm_size, cluster_purpose=wanted.purpose
    )
    # A name and a certificate of Microsoft's: without them the services' keys go over the wire in clear.
    configuration.enable_ssl(leaf_domain_label=wanted.name.lower())
    try:
        # `ready` waits for it. lint: allow G10
        return azure_ml.ComputeTarget.create(workspace, wanted.name, configuration)
    except azure_ml.ComputeTargetException as error:
        found = find(workspace, wanted.name)
        if found is None:
            raise ClusterError(f"cluster {wanted.name} was not made: {one_line(error.message)}") from error
        return found


def ended(name: str, state: str, errors: Any) -> str:
    """What to say of a cluster that will not become ready by waiting."""
    if state == "Deleting":
        return f"cluster {name} is being deleted: run this again when it is gone."
    reason = innermost(errors)
    advice = (
        "free cores or ask for more quota, or choose a smaller --aks-vm-size, then "
        if "quota" in reason.lower()
        else ""
    )
    return (
        f"cluster {name} is {state}: {reason}. To go on: {advice}delete the compute in the Azure ML workspace and run "
        "this again."
    )


def innermost(errors: Any) -> str:
    """The deepest message of Azure's nested errors."""
    if isinstance(errors, list):
        return innermost(errors[0]) if errors else "Azure gives no reason"
    if isinstance(errors, dict):
        inner = errors.get("error") or errors.get("innererror") or errors.get("details")
        return innermost(inner) if inner else one_line(errors.get("message") or json.dumps(errors))
    return one_line(errors) if errors else "Azure gives no reason"


def one_line(text: Any) -> str:
    """A message on one line, without what follows the first 400 characters."""
    return " ".join(str(text).split())[:400].rstrip(".")
