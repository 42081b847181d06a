"""The variable groups of the pipeline, held against the plan: what somebody changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.operations.status.deeds import apply, applying
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.rows import Area, Row, State
from wizard.operations.status.times import age
from wizard.steps import devops_variables
from wizard.steps.pipeline_variables import group_name, plain, tokens

if TYPE_CHECKING:
    from wizard.clients.variable_groups import VariableGroup

STATE, NUMBER, CHANGED, BY = "state", "variables", "changed", "by"


async def read(context: Context, look: Look) -> list[Row]:
    """The environment's group."""
    found, name = await devops_variables.look(context), group_name(context.environment)
    wrong = [] if found is None else devops_variables.differences(found, plain(context), tokens(context))
    return [row_of(found, name, wrong, context.environment, look.now)]


def row_of(found: VariableGroup | None, name: str, wrong: list[str], environment: str, now: float) -> Row:
    """A group, and what of it is not as planned."""
    key, mend = f"{environment}/{name}", apply("devops.variables", environment)
    deeds = (applying("devops.variables", environment),)
    if found is None:
        advice = f"There is no variable group {name}: {mend} makes it."
        return Row(key, name, environment, State.FAIL, {STATE: "gone"}, advice, deeds=deeds)
    changed = age(found.changed.timestamp() if found.changed else 0.0, now)
    advice = ""
    if wrong:
        who = f" {found.changed_by or 'Somebody'} changed the group {changed} ago." if changed else ""
        advice = f"{'; '.join(wrong)}.{who} {mend} sets it back; if the change was meant, change the answer instead."
    return Row(
        key=key,
        title=name,
        environment=environment,
        state=State.WARN if wrong else State.OK,
        cells={
            STATE: f"{len(wrong)} changed" if wrong else "as planned",
            NUMBER: str(len(found.variables)),
            CHANGED: changed,
            BY: found.changed_by,
        },
        advice=advice,
        deeds=deeds if wrong else (),
    )


GROUP = (("signin.devops", "project_id"), ("devops.variables", "id"))
VARIABLES = Source(
    Area("variables", "Variable groups", (STATE, NUMBER, CHANGED, BY)),
    tuple(Part(each, "devops.variables", each, GROUP, read) for each in ("test", "prod")),
)
