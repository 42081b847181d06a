"""Reads of one environment what a replica of it must have: by reads alone, through what the steps look with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.operations.difference import SECRET, Expectation, Rule, Section
from wizard.steps import (
    aks_compute,
    azure_groups,
    clusters,
    data_path,
    databricks_workspaces,
    devops_connection,
    devops_pipeline,
    devops_variables,
    jobs,
    ml_workspaces,
    reach,
    storage_accounts,
    storage_data,
)
from wizard.steps.needed_rights import NEEDED
from wizard.steps.pipeline_variables import group_name
from wizard.steps.wanted_run import STAGES

if TYPE_CHECKING:
    from wizard.clients.clusters import Cluster

Values = dict[str, str]
Fact = tuple[str, str]

OWN_NAME = Expectation(Rule.OWN, "a name of its own")
OWN_HOST = Expectation(Rule.OWN, "a host of its own")
OWN_IDENTITY = Expectation(Rule.OWN, "an identity of its own")
ANY_NAME = Expectation(Rule.FREE, "a name of its own")
ANY_PATH = Expectation(Rule.FREE, "a path in its own storage")
REGISTRY = Expectation(Rule.FREE, "the registry that it uses", one_sided=True)
RELEASES = Expectation(Rule.OWN, "only one of them is for releases alone")
MODEL, OWN_MODEL = "MODEL", "MODEL without its catalog"
ALWAYS = "none: it always runs"

WORKSPACE: Fact = ("databricks.workspaces", "host")
PROJECT: Fact = ("signin.devops", "project_id")
ML_WORKSPACE: Fact = ("aml.workspaces", "id")
SUBSCRIPTION: Fact = ("signin.azure", "subscription")


class NotSetUpError(Exception):
    """What is to be read is not there yet; the message says what."""


@dataclass(frozen=True, slots=True)
class Source:
    """How a section is read: the step that sets it up, the facts that this needs, and the reading."""

    section: Section
    step: str
    facts: tuple[Fact, ...]
    read: Callable[[Context], Awaitable[Values]]


async def all_variables(context: Context) -> Values:
    """The variables of the environment's group; of secrets only that they are there."""
    found = await devops_variables.look(context)
    if found is None:
        raise NotSetUpError(f"there is no variable group {group_name(context.environment)}")
    return {name: SECRET if each.secret else each.value for name, each in sorted(found.variables.items())}


async def variables(context: Context) -> Values:
    """The variables, but for those of the registry."""
    return {name: value for name, value in (await all_variables(context)).items() if name not in ROUTE}


async def registry(context: Context) -> Values:
    """The variables that say where models are tracked and registered.

    A catalog's models have its name before theirs, so the model's own name is compared besides.
    """
    found = {name: value for name, value in (await all_variables(context)).items() if name in ROUTE}
    return found | ({OWN_MODEL: found[MODEL].rpartition(".")[2]} if MODEL in found else {})


async def resources(context: Context) -> Values:
    """The environment's resources: their names, and what they are like."""
    group = await azure_groups.look(context)
    if group is None:
        raise NotSetUpError(f"there is no resource group {context.answer('resource_group')}")
    values = {"resource group": group.name, "its region": group.region}
    workspace = await databricks_workspaces.look(context)
    if workspace is not None:
        values |= {"Databricks workspace": workspace.name, "its tier": workspace.sku}
    account = await storage_accounts.look(context)
    if account is not None:
        values |= {"storage account": account.name, "its kind": f"{account.kind}, {account.sku}"}
        values |= {"least TLS": account.minimum_tls, "public blobs": _allowed(account.public_blobs)}
        values |= {"account keys": _allowed(account.shared_key)}
    learning = await ml_workspaces.look(context)
    if learning is not None:
        values |= {"Azure ML workspace": learning.name, "region of Azure ML": learning.region}
    return values


def _allowed(is_allowed: bool) -> str:
    return "allowed" if is_allowed else "not allowed"


async def the_cluster(context: Context) -> Cluster:
    """The environment's cluster."""
    found = await clusters.look(context)
    if found is None:
        raise NotSetUpError(f"there is no cluster {context.answer('cluster_name')}")
    return found


async def cluster(context: Context) -> Values:
    """What the cluster is like, running or not."""
    found = await the_cluster(context)
    return {
        "name": found.name,
        "runtime": found.runtime,
        "node type": found.node_type,
        "workers": str(found.workers),
        "idle minutes until it stops": str(found.autotermination_minutes),
    }


async def libraries(context: Context) -> Values:
    """The packages of the cluster as they were asked for, and the versions that the last check imported there."""
    found, workspace = await the_cluster(context), await reach.databricks(context)
    listed = await context.call(workspace.host, workspace.libraries.status, found.id)
    values = {}
    for package, each in sorted(listed.items()):
        name = package.partition("[")[0].partition("=")[0].rstrip("<>!~ ")
        values[name] = package if each.status == "INSTALLED" else f"{package} ({each.status.lower()})"
    imported = context.facts("databricks.libraries")
    return values | {f"{name}, imported when last checked": version for name, version in sorted(imported.items())}


async def roles(context: Context) -> Values:
    """What the identity behind the pipeline's connection may do in the resource group."""
    identity = await devops_connection.look_at_identity(context)
    if identity is None:
        raise NotSetUpError(f"there is no managed identity {devops_connection.identity_name(context)}")
    access = await reach.access(context)
    wanted, scope = NEEDED[context.environment].actions, devops_connection.scope(context)
    verdicts = await context.call(reach.ARM, access.check, scope, identity.principal_id, wanted)
    return {each.action: _allowed(each.allowed) for each in verdicts}


async def data(context: Context) -> Values:
    """By which route the data is read, and which data that is."""
    route = data_path.route(context)
    blobs = await reach.blobs(context)
    found = await context.call(blobs.host, blobs.blob, storage_data.NAME, storage_data.DATASET_NAME)
    if found is None:
        raise NotSetUpError(f"{blobs.host} has no {storage_data.DATASET_NAME}")
    return {
        "route": next(name for name, each in data_path.ROUTES.items() if each is route),
        "path on the cluster": jobs.data_path(context),
        "bytes": str(found.size),
        "MD5": found.md5,
    }


async def kubernetes(context: Context) -> Values:
    """The cluster on which the service runs."""
    found = await aks_compute.look(context)
    if found is None:
        raise NotSetUpError(f"there is no Kubernetes cluster {context.answer('aks_cluster')}")
    return {"name": found.name, "nodes": str(found.nodes), "node size": found.size, "state": found.state}


async def release(context: Context) -> Values:
    """When the environment's stage of the pipeline runs, as the project's YAML file says."""
    import yaml

    file, stage = context.project.folder / devops_pipeline.FILE, STAGES.get(context.environment, "")
    try:
        pipeline = yaml.safe_load(file.read_text(encoding="utf-8"))
        found = next(each for each in pipeline["stages"] if each.get("stage") == stage)
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError, StopIteration):
        raise NotSetUpError(f"{devops_pipeline.FILE} has no stage for {context.environment}") from None
    return {"condition": " ".join(str(found.get("condition") or ALWAYS).split())}


async def connection(context: Context) -> Values:
    """How the pipeline gets into Azure, and whether it may use what this stage needs."""
    found = await devops_connection.look(context)
    if found is None:
        raise NotSetUpError(f"there is no service connection {devops_connection.connection_name(context.environment)}")
    values = {
        "name": found.name,
        "how it signs in": found.scheme,
        "ready": "yes" if found.ready else "no",
        "application": found.client_id,
        "tenant": found.tenant,
        "issuer": found.issuer,
        "subject": found.subject,
    }
    return values | await _authorised(context, found.id)


async def _authorised(context: Context, connection_id: str) -> Values:
    pipeline, group = await devops_pipeline.look(context), await devops_variables.look(context)
    service, project = await reach.devops_as_signed_in(context), devops_connection.project(context)[1]
    used = {"connection": (devops_pipeline.CONNECTION, connection_id)}
    used |= {"variable group": (devops_pipeline.GROUP, str(group.id))} if group else {}
    values: Values = {}
    if pipeline is None:
        return values
    for words, (kind, resource) in used.items():
        may = await context.call(reach.DEVOPS, service.pipelines.may_use, project, pipeline, kind, resource)
        values[f"pipeline's use of the {words}"] = _allowed(may)
    return values


ROUTE: Mapping[str, Expectation] = {
    "MLFLOW_TRACKING_URI": Expectation(Rule.SAME, "runs should be tracked in the workspace of the environment"),
    MODEL: Expectation(Rule.FREE, "the name that its registry needs"),
    OWN_MODEL: Expectation(Rule.SAME, "it should be the same model"),
    "REGISTRY_HOST": REGISTRY,
    "REGISTRY_TOKEN": REGISTRY,
    "REGISTRY_TOKEN_ID": REGISTRY,
    "REGISTRY_URI": REGISTRY,
}
VARIABLES: Mapping[str, Expectation] = {
    "AKS_CLUSTER": ANY_NAME,
    "AML_WORKSPACE_NAME": OWN_NAME,
    "DATABRICKS_CLUSTER": ANY_NAME,
    "DATABRICKS_HOST": OWN_HOST,
    "DATABRICKS_TOKEN_ID": Expectation(Rule.OWN, "a token of its own"),
    "DATA_PATH": ANY_PATH,
    "EXPERIMENT": ANY_NAME,
    "RESOURCE_GROUP": OWN_NAME,
    "SERVICE_NAME": ANY_NAME,
}
RESOURCES = dict.fromkeys(("resource group", "Databricks workspace", "storage account", "Azure ML workspace"), OWN_NAME)
CONNECTION = {"name": OWN_NAME, "application": OWN_IDENTITY, "subject": OWN_IDENTITY}

SOURCES = (
    Source(Section("Variables", VARIABLES), "devops.variables", (PROJECT,), variables),
    Source(Section("Resources", RESOURCES), "azure.groups", (SUBSCRIPTION,), resources),
    Source(Section("Cluster", {"name": ANY_NAME}), "databricks.cluster", (WORKSPACE,), cluster),
    Source(Section("Libraries"), "databricks.libraries", (WORKSPACE,), libraries),
    Source(Section("Kubernetes", {"name": ANY_NAME}), "aks.compute", (ML_WORKSPACE,), kubernetes),
    Source(Section("Roles"), "devops.connection", (SUBSCRIPTION, ("azure.groups", "id")), roles),
    Source(
        Section("Data", {"path on the cluster": ANY_PATH}),
        "databricks.mount",
        (WORKSPACE, ("storage.accounts", "blob_host"), ("databricks.mount", "path")),
        data,
    ),
    Source(Section("Registry route", ROUTE), "devops.variables", (PROJECT,), registry),
    Source(Section("Release condition", {"condition": RELEASES}), "devops.pipeline", (), release),
    Source(
        Section("Pipeline connection", CONNECTION),
        "devops.connection",
        (PROJECT, ("repo.devops", "repository")),
        connection,
    ),
)
