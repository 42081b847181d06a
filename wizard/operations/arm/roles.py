"""The roles that this set-up has given: to the pipeline's identity, to Databricks, and to who set it up."""

from __future__ import annotations

from wizard.engine.context import Context, Session
from wizard.operations.arm.resource import Application, ArmResource, IdentityOf, Operator, RoleGiven
from wizard.steps import azure_access, devops_connection, reach, registry_scope
from wizard.steps.needed_rights import CONTRIBUTOR, NEEDED, SECRETS_USER, role_for
from wizard.steps.role_changes import assignment_name

DATABRICKS = Application(registry_scope.APPLICATION, registry_scope.AZURE_DATABRICKS)


async def roles(session: Session, resources: list[ArmResource]) -> list[RoleGiven]:
    """The roles of all environments."""
    found: list[RoleGiven] = []
    for instance in session.checklist.instances:
        context = Context(session, instance)
        if instance.step.id == azure_access.RBAC.id:
            found += await _own(context, resources)
        elif instance.step.id == devops_connection.CONNECTION.id:
            found += _of_identity(context, resources)
        elif instance.step.id == registry_scope.SCOPE.id:
            found += await _of_databricks(context, resources)
    return found


async def _own(context: Context, resources: list[ArmResource]) -> list[RoleGiven]:
    """The roles that we gave ourselves in the environment's group, as Azure lists them."""
    if not context.facts("azure.groups"):
        return []
    access, place, needed = await reach.access(context), azure_access.scope(context), NEEDED[context.environment]
    given = []
    for role in dict.fromkeys(role_for(each, needed) for each in (*needed.actions, *needed.data)):
        if await context.call(reach.ARM, access.has_assignment, place, assignment_name(context, place, role)):
            given.append(role)
    group = next(each for each in resources if each.environment == context.environment)
    return [RoleGiven(azure_access.RBAC.id, context.environment, role, group, Operator()) for role in given]


def _of_identity(context: Context, resources: list[ArmResource]) -> list[RoleGiven]:
    here = [each for each in resources if each.environment == context.environment]
    step = devops_connection.CONNECTION.id
    return [
        RoleGiven(step, context.environment, CONTRIBUTOR, here[0], IdentityOf(each))
        for each in here
        if each.short_type == "userAssignedIdentities"
    ]


async def _of_databricks(context: Context, resources: list[ArmResource]) -> list[RoleGiven]:
    """The role by which Databricks reads the registry's vault; none where models go to a catalog."""
    if not registry_scope.cmr(context).facts("keyvault.vault"):
        return []
    found = await registry_scope.vault(context)
    if found is None or not found.by_roles or not await registry_scope.given(context, found):
        return []
    cmr = registry_scope.cmr(context).environment
    vault = next(each for each in resources if (each.environment, each.short_type) == (cmr, "vaults"))
    return [RoleGiven(registry_scope.SCOPE.id, cmr, SECRETS_USER, vault, DATABRICKS)]
