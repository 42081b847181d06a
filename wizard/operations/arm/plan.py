"""What the steps make in Azure Resource Manager, resource by resource, as their clients ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.step import Instance
from wizard.operations.arm.resource import GROUP, ArmPlan, ArmResource, IdOf, InSubscription, TenantId
from wizard.operations.arm.roles import roles
from wizard.steps import (
    aks_compute,
    azure_groups,
    databricks_workspaces,
    devops_connection,
    machines,
    ml_workspaces,
    reach,
    registry_vault,
    storage_accounts,
    storage_data,
)
from wizard.steps.tags import tags

VERSIONS = {
    GROUP: "2021-04-01",
    "Microsoft.Databricks/workspaces": "2026-01-01",
    "Microsoft.Storage/storageAccounts": "2023-05-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "2023-05-01",
    "Microsoft.KeyVault/vaults": "2023-07-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.MachineLearningServices/workspaces": "2024-04-01",
    "Microsoft.MachineLearningServices/workspaces/computes": "2024-04-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2023-01-31",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials": "2023-01-31",
}


async def planned(session: Session) -> ArmPlan:
    """The resources of all environments by the answers, and the roles that this set-up has given."""
    contexts = [
        Context(session, each) for each in session.checklist.instances if each.step.id == azure_groups.GROUPS.id
    ]
    resources = [resource for context in contexts for resource in await _of_environment(context)]
    return ArmPlan(tuple(resources), tuple(await roles(session, resources)))


async def _of_environment(context: Context) -> list[ArmResource]:
    """The resources of one environment; which kinds those are, the checklist says."""
    made: list[ArmResource] = [group(context)]

    def has(step: str) -> bool:
        found = context.session.checklist.find(step, context.environment)
        return found is not None and found.environment == context.environment

    def add(step: str, *makers: Callable[[Context, list[ArmResource]], ArmResource]) -> None:
        if has(step):
            made.extend(maker(context, made) for maker in makers)

    add(databricks_workspaces.WORKSPACES.id, databricks)
    add(storage_accounts.ACCOUNTS.id, storage)
    add(storage_data.CONTAINER.id, container)
    add(registry_vault.VAULT.id, lambda c, _: vault(c, registry_vault.VAULT.id))
    add(
        ml_workspaces.WORKSPACES.id,
        lambda c, _: vault(c, ml_workspaces.WORKSPACES.id, beside=True),
        insights,
        learning,
    )
    add(aks_compute.COMPUTE.id, kubernetes)
    if has(devops_connection.CONNECTION.id) and _by_our_identity(context):
        made += [identity(context), *(await federations(context))]
    return made


def _by_our_identity(context: Context) -> bool:
    """Whether the connection in Azure DevOps is, or will be, of our identity: an administrator's signs in otherwise."""
    known = context.facts(devops_connection.CONNECTION.id)
    return not known or "principal_id" in known


def _resource(context: Context, step: str, type_: str, names: tuple[str, ...], body: Any, **more: Any) -> ArmResource:
    return ArmResource(
        step, context.environment, type_, context.answer("resource_group"), names, VERSIONS[type_], body, **more
    )


def _placed(context: Context, **body: Any) -> dict[str, Any]:
    return {"location": context.answer("region"), "tags": tags(context), **body}


def _of_type(made: list[ArmResource], type_: str) -> ArmResource:
    return next(each for each in made if each.type == type_)


def group(context: Context) -> ArmResource:
    """The resource group."""
    name = context.answer("resource_group")
    return _resource(context, azure_groups.GROUPS.id, GROUP, (name,), _placed(context))


def databricks(context: Context, _: list[ArmResource]) -> ArmResource:
    """The Databricks workspace, whose own resources go into a group named after it."""
    name = context.answer("workspace")
    managed = InSubscription(f"/resourceGroups/{name}-managed")
    properties = {"computeMode": "Hybrid", "managedResourceGroupId": managed}
    return _resource(
        context,
        databricks_workspaces.WORKSPACES.id,
        "Microsoft.Databricks/workspaces",
        (name,),
        _placed(context, sku={"name": "premium"}, properties=properties),
        usual={"publicNetworkAccess": "Enabled"},
        fixed=("location", "sku", "properties"),
        cost="by the hours of its clusters",
    )


def storage(context: Context, _: list[ArmResource]) -> ArmResource:
    """The storage account."""
    properties = {"minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": False, "supportsHttpsTrafficOnly": True}
    return _resource(
        context,
        storage_accounts.ACCOUNTS.id,
        "Microsoft.Storage/storageAccounts",
        (context.answer("storage_account"),),
        _placed(context, kind="StorageV2", sku={"name": "Standard_LRS"}, properties=properties),
        usual={"allowSharedKeyAccess": True, "publicNetworkAccess": "Enabled"},
        cost="by what is stored and read",
    )


def container(context: Context, _: list[ArmResource]) -> ArmResource:
    """The container of the data."""
    names = (context.answer("storage_account"), "default", storage_data.NAME)
    type_ = "Microsoft.Storage/storageAccounts/blobServices/containers"
    body = {"properties": {"publicAccess": "None"}}
    return _resource(context, storage_data.CONTAINER.id, type_, names, body)


def vault(context: Context, step: str, *, beside: bool = False) -> ArmResource:
    """A key vault that is opened by roles."""
    properties = {
        "tenantId": TenantId(),
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
        "softDeleteRetentionInDays": 7,
    }
    return _resource(
        context,
        step,
        "Microsoft.KeyVault/vaults",
        (context.answer("key_vault"),),
        _placed(context, properties=properties),
        usual={"publicNetworkAccess": "Enabled"},
        fixed=("location", "properties.tenantId", "properties.softDeleteRetentionInDays"),
        beside=beside,
        cost="by operations, cents a month",
    )


def insights(context: Context, _: list[ArmResource]) -> ArmResource:
    """The Application Insights component of Azure ML."""
    return _resource(
        context,
        ml_workspaces.WORKSPACES.id,
        "Microsoft.Insights/components",
        (context.answer("insights"),),
        _placed(context, kind="web", properties={"Application_Type": "web"}),
        in_part=False,
        beside=True,
        cost="by what services log",
    )


def learning(context: Context, made: list[ArmResource]) -> ArmResource:
    """The Azure ML workspace with what it works with."""
    name = context.answer("ml_workspace")
    parts = {
        "storageAccount": IdOf(_of_type(made, "Microsoft.Storage/storageAccounts")),
        "keyVault": IdOf(_of_type(made, "Microsoft.KeyVault/vaults")),
        "applicationInsights": IdOf(_of_type(made, "Microsoft.Insights/components")),
    }
    body = _placed(
        context,
        identity={"type": "SystemAssigned"},
        sku={"name": "Basic", "tier": "Basic"},
        properties={"friendlyName": name, **parts},
    )
    type_ = "Microsoft.MachineLearningServices/workspaces"
    return _resource(
        context,
        ml_workspaces.WORKSPACES.id,
        type_,
        (name,),
        body,
        usual={"publicNetworkAccess": "Enabled"},
        fixed=("location", "sku", "identity", *(f"properties.{part}" for part in parts)),
        cost="nothing itself; its container registry by the day",
    )


def kubernetes(context: Context, made: list[ArmResource]) -> ArmResource:
    """The Kubernetes cluster that Azure ML makes for the service."""
    from wizard.clients.ml_computes import kubernetes as asked

    name, region = context.answer("aks_cluster"), context.answer("region")
    body = asked(name, region, machines.AKS_SIZE, machines.AKS_NODES) | {"tags": tags(context)}
    type_ = "Microsoft.MachineLearningServices/workspaces/computes"
    place = _of_type(made, "Microsoft.MachineLearningServices/workspaces")
    return _resource(
        context,
        aks_compute.COMPUTE.id,
        type_,
        (place.name, name),
        body,
        fixed=("location", "tags", "properties"),
        cost=f"{machines.AKS_NODES} machines {machines.AKS_SIZE}, by the hour, day and night: the dearest part",
    )


def identity(context: Context) -> ArmResource:
    """The managed identity that the pipeline signs in as."""
    type_ = "Microsoft.ManagedIdentity/userAssignedIdentities"
    names = (devops_connection.identity_name(context),)
    body = _placed(context)
    more = {"in_part": False, "beside": True, "made_anew": False}  # a new one has another id, which nobody trusts
    return _resource(context, devops_connection.CONNECTION.id, type_, names, body, **more)


async def federations(context: Context) -> list[ArmResource]:
    """Whose tokens prove the identity: that is known once the connection in Azure DevOps is there."""
    from wizard.clients.managed_identities import AUDIENCE

    reached = bool(context.facts(devops_connection.CONNECTION.id))
    if not reached or await devops_connection.look_at_identity(context) is None:
        return []
    type_ = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    held = await devops_connection.federations(context)
    return [
        _resource(
            context,
            devops_connection.CONNECTION.id,
            type_,
            (devops_connection.identity_name(context), name),
            {"properties": {"issuer": each.issuer, "subject": each.subject, "audiences": [AUDIENCE]}},
            in_part=False,
        )
        for name, each in held.items()
    ]


def context_of(session: Session, resource: ArmResource) -> Context:
    """The view of the step that makes a resource."""
    found = session.checklist.find(resource.step, resource.environment)
    assert found is not None  # noqa: S101 - the checklist is where the resource came from
    return Context(session, Instance(found.step, resource.environment))


def value_of(context: Context, value: Any) -> str:
    """What is known only over there, as it is for this session."""
    subscription = f"/subscriptions/{reach.subscription(context)}"
    if isinstance(value, IdOf):
        return subscription + value.resource.path
    if isinstance(value, InSubscription):
        return subscription + value.path
    return context.facts("signin.azure")["tenant"]
