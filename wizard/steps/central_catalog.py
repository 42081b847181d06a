"""The central registry as a schema of Unity Catalog: in the own catalog of the workspace `cmr`, let in from prod.

A workspace's own catalog can be reached from that workspace alone until others are bound to it:
https://learn.microsoft.com/azure/databricks/catalogs/binding
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action, Kept, Risk
from wizard.steps import model_registry, reach
from wizard.steps.tags import has_our_note, not_ours, note

if TYPE_CHECKING:
    from wizard.clients.databricks import Databricks

OF_CATALOG, OF_SCHEMA = ("USE_CATALOG",), ("USE_SCHEMA", "CREATE_MODEL", "EXECUTE")


def schema(context: Context) -> str:
    """The schema's two-level name."""
    return model_registry.central(context).model.rpartition(".")[0]


def catalog(context: Context) -> str:
    """The catalog's name."""
    return schema(context).partition(".")[0]


async def cmr(context: Context) -> Databricks:
    """The workspace whose catalog it is."""
    return await reach.databricks(context.in_environment(model_registry.CMR))


def principal(context: Context) -> str:
    """Who prod's jobs run as."""
    return context.facts("databricks.workspaces")["user"]


async def lacking_privileges(context: Context) -> dict[str, list[str]]:
    """What prod's jobs may not do yet, by catalog and schema."""
    from wizard.clients.catalog_models import Securable

    workspace, found = await cmr(context), dict[str, list[str]]()
    for kind, name, wanted in (
        (Securable.CATALOG, catalog(context), OF_CATALOG),
        (Securable.SCHEMA, schema(context), OF_SCHEMA),
    ):
        held = await context.call(workspace.host, workspace.catalog_models.effective, kind, name, principal(context))
        missing = [each for each in wanted if each not in held]
        found |= {name: missing} if missing else {}
    return found


async def is_bound(context: Context) -> bool:
    """Whether the catalog can be reached from prod."""
    workspace = await cmr(context)
    bound = await context.call(workspace.host, workspace.catalog_models.bound_to, catalog(context))
    return bound is None or context.facts("databricks.workspaces")["number"] in bound


async def has_schema(context: Context) -> bool:
    """Whether the schema is there."""
    workspace = await cmr(context)
    return await context.call(workspace.host, workspace.catalog_models.has_schema, schema(context))


async def objection(context: Context) -> str:
    """What is missing of it, in words; "" when prod's jobs can register models there."""
    if not await has_schema(context):
        return f"There is no schema {schema(context)}."
    if not await is_bound(context):
        return f"The catalog {catalog(context)} cannot be reached from prod's workspace."
    lacking = await lacking_privileges(context)
    return "".join(f"{principal(context)} has no {', '.join(what)} on {name}." for name, what in lacking.items())


async def plan(context: Context) -> list[Action]:
    """Make the schema, let prod's workspace reach the catalog, and grant what its jobs need."""
    name, actions, there = schema(context), list[Action](), await has_schema(context)
    if not there:
        command = f"databricks schemas create {name.partition('.')[2]} {catalog(context)}"
        actions.append(Action(f"Create schema {name}", command, create, key=name))
    if not await is_bound(context):
        number = context.facts("databricks.workspaces")["number"]
        command = (
            f"databricks workspace-bindings update-bindings catalog {catalog(context)} --json '{{\"add\": [{number}]}}'"
        )
        actions.append(Action(f"Let prod's workspace reach {catalog(context)}", command, bind, key=number))
    if not there or await lacking_privileges(context):
        command = f"databricks grants update schema {name} --json ...  # {', '.join((*OF_CATALOG, *OF_SCHEMA))}"
        actions.append(Action(f"Let prod's jobs register models in {name}", command, grant, key=name))
    return actions


async def create(context: Context) -> None:
    """Make the schema; one that is there is left."""
    workspace = await cmr(context)
    await context.call(workspace.host, workspace.catalog_models.ensure_schema, schema(context), note(context))


async def bind(context: Context) -> None:
    """Let the catalog be reached from prod's workspace."""
    workspace, number = await cmr(context), context.facts("databricks.workspaces")["number"]
    await context.call(workspace.host, workspace.catalog_models.bind, catalog(context), number)


async def grant(context: Context) -> None:
    """Grant what is lacking."""
    from wizard.clients.catalog_models import Securable

    workspace = await cmr(context)
    for name, what in (await lacking_privileges(context)).items():
        kind = Securable.SCHEMA if "." in name else Securable.CATALOG
        await context.call(workspace.host, workspace.catalog_models.grant, kind, name, principal(context), what)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the registered model with its versions, and the schema if it is ours; others in it keep it standing."""
    workspace, name = await cmr(context), schema(context)
    comment = await context.call(workspace.host, workspace.catalog_models.schema_comment, name)
    if comment is None:
        return []
    if not has_our_note(context, comment):
        return [not_ours(f"schema {name}")]
    model = model_registry.central(context).model
    command = f"databricks registered-models delete {model}; databricks schemas delete {name}"
    title = f"Delete schema {name} and the model's versions"
    return [Action(title, command, delete, key=name, risk=Risk.HARD_TO_UNDO)]


async def delete(context: Context) -> None:
    """Delete the model and the schema, and let the catalog no longer be reached from prod."""
    workspace, model = await cmr(context), model_registry.central(context).model
    models, number = workspace.catalog_models, context.facts("databricks.workspaces")["number"]
    if await context.call(workspace.host, models.exists, model):
        await context.call(workspace.host, models.delete, model)
    await context.call(workspace.host, models.delete_schema, schema(context))
    if await context.call(workspace.host, models.bound_to, catalog(context)) is not None:
        await context.call(workspace.host, models.unbind, catalog(context), number)
