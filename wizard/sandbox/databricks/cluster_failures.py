"""Why the start of a cluster can fail: quota, a provider that is not registered, or what Azure does not manage.

Codes and types: https://docs.databricks.com/api/azure/workspace/clusters/get (termination_reason)
"""

from dataclasses import dataclass
from typing import Any

from wizard.sandbox import quota
from wizard.sandbox.arm.inventory import Inventory
from wizard.sandbox.arm.providers import registration_state
from wizard.sandbox.arm.workspaces import TYPE
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.cluster_rules import check_offered
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.settings import setting


@dataclass(frozen=True, slots=True)
class Failure:
    """A termination reason."""

    code: str
    kind: str  # CLIENT_ERROR, CLOUD_FAILURE or SERVICE_FAULT
    parameters: dict[str, str]


def start_failure(cloud: Cloud, workspace_id: str, spec: dict[str, Any]) -> Failure | None:
    """Why a cluster of this specification does not come up now; None when it does."""
    set_by_somebody = setting(cloud.store, "databricks.cluster_failure")
    if set_by_somebody is not None:
        return Failure(set_by_somebody["code"], set_by_somebody["type"], dict(set_by_somebody["parameters"]))
    try:
        check_offered(spec)
    except DatabricksFault as fault:
        return Failure("INVALID_ARGUMENT", "CLIENT_ERROR", {"databricks_error_message": fault.message})
    if registration_state(cloud, "Microsoft.Compute") == "Unregistered":
        return _not_registered()
    region = next(
        (r.location for r in Inventory(cloud).all(resource_type=TYPE) if r.private["workspace_id"] == workspace_id), ""
    )
    short = quota.shortage(cloud, region, spec["node_type_id"], quota.machines_of(spec))
    return _quota(short) if short else None


def _not_registered() -> Failure:
    message = (
        "The subscription is not registered to use namespace 'Microsoft.Compute'. See https://aka.ms/rps-not-found for"
        " how to register subscriptions."
    )
    return Failure("CLOUD_PROVIDER_LAUNCH_FAILURE", "CLOUD_FAILURE", _azure("MissingSubscriptionRegistration", message))


def _quota(short: quota.Shortage) -> Failure:
    name = "Total Regional" if short.name == quota.TOTAL else short.name
    message = (
        f"Operation could not be completed as it results in exceeding approved {name} Cores quota. Additional details -"
        f" Deployment Model: Resource Manager, Location: {short.region}, Current Limit: {short.limit}, Current Usage:"
        f" {short.used}, Additional Required: {short.needed}, (Minimum) New Limit Required: {short.least}. Setup Alerts"
        " when Quota reaches threshold. Learn more at https://aka.ms/quotamonitoringalerting ."
    )
    return Failure("AZURE_QUOTA_EXCEEDED_EXCEPTION", "CLIENT_ERROR", _azure("QuotaExceeded", message))


def _azure(code: str, message: str) -> dict[str, str]:
    return {"azure_error_code": code, "azure_error_message": message}
