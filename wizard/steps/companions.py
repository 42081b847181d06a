"""What Azure makes by itself beside our resources, in the same group and without our tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.steps import reach

if TYPE_CHECKING:
    from wizard.clients.resource_groups import Resource

# Application Insights begins to watch for failures by itself, and makes these for it:
# https://learn.microsoft.com/azure/azure-monitor/alerts/proactive-failure-diagnostics
RULE, RULE_NAME = "microsoft.alertsmanagement/smartdetectoralertrules", "failure anomalies - {insights}"
ACTION, ACTION_NAME = "microsoft.insights/actiongroups", "application insights smart detection"


def is_alert(context: Context, resource: Resource) -> bool:
    """Whether a resource is one of the alerts that Application Insights makes for its component."""
    full_name = context.full_name("insights")
    if not context.session.answers.has_question(full_name):  # an environment without Application Insights
        return False
    kind, name = resource.type.lower(), resource.name.lower()
    rule = RULE_NAME.format(insights=context.answer("insights").lower())
    return (kind, name) in ((RULE, rule), (ACTION, ACTION_NAME))


async def ids(context: Context) -> set[str]:
    """The ids, in lower case, of the container registry and the Kubernetes clusters of our Azure ML workspace."""
    if not context.session.answers.has_question(context.full_name("ml_workspace")):
        return set()
    workspaces, computes = await reach.ml_workspaces(context), await reach.ml_computes(context)
    group, name = context.answer("resource_group"), context.answer("ml_workspace")
    found = await context.call(reach.ARM, workspaces.get, group, name)
    if found is None:
        return set()
    below = {each.cluster for each in await context.call(reach.ARM, computes.all, found.id)}
    return {each.lower() for each in (found.registry, *below) if each}
