"""Where copies of an environment's token are: the install scripts, variable groups, the registry's key vault.

Each knows how to take over the token that is kept here, and to say what is wrong with what it holds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.engine.step import Instance, Status
from wizard.steps import devops_variables, install_script, model_registry, registry_secrets
from wizard.steps.pipeline_variables import group_name, tokens
from wizard.steps.script_files import shell_script, token_key


@dataclass(frozen=True, slots=True)
class Copy:
    """One place. `write` brings it up to date, `objection` says what is wrong with it, "" when it is live."""

    name: str
    context: Context
    write: Callable[[Context], Awaitable[None]]
    objection: Callable[[Context], Awaitable[str]]


async def of(context: Context) -> list[Copy]:
    """The copies that there are of the environment's token, besides the one that is kept."""
    return [*_scripts(context), *await _groups(context), *await _vault(context)]


def _scripts(context: Context) -> list[Copy]:
    script = shell_script(context)
    there = _of_step(context, install_script.SCRIPT.id, context.environment)
    return [Copy(script.name, there, install_script.write, _script)] if script.exists() else []


async def _script(context: Context) -> str:
    outcome = await install_script.check(context)
    return "" if outcome.status in (Status.OK, Status.WARN) else outcome.message


async def _groups(context: Context) -> list[Copy]:
    """The groups that hold this environment's token, as variables of their own stage or of another's registry."""
    found = []
    for instance in context.session.checklist.instances:
        there = Context(context.session, instance)
        if instance.step.id != devops_variables.VARIABLES.id or not there.facts(instance.step.id):
            continue
        holds = [each for each in tokens(there) if each.environment == context.environment]
        if holds and await devops_variables.look(there) is not None:
            found.append(Copy(group_name(there.environment), there, devops_variables.write, _group))
    return found


async def _group(context: Context) -> str:
    outcome = await devops_variables.check(context)
    return "" if outcome.status is Status.OK else outcome.message


async def _vault(context: Context) -> list[Copy]:
    there = _of_step(context, registry_secrets.SECRETS.id, model_registry.CMR)
    if context.environment != model_registry.CMR or not there.facts(registry_secrets.SECRETS.id):
        return []
    if model_registry.secrets_unneeded(there) or (await registry_secrets.held(there))[registry_secrets.TOKEN] is None:
        return []
    return [Copy(f"{registry_secrets.TOKEN} in the key vault", there, registry_secrets.write, _secrets)]


async def _secrets(context: Context) -> str:
    outcome = await registry_secrets.check(context)
    return "" if outcome.status is Status.OK else outcome.message


def _of_step(context: Context, step_id: str, environment: str) -> Context:
    """The view of another step, whose events it says."""
    found = context.session.checklist.find(step_id, environment)
    return Context(context.session, found or Instance(context.instance.step, environment))


def has_token(context: Context) -> bool:
    """Whether a token of this environment is kept here, whose id is known."""
    known = context.facts("databricks.token").get("token_id")
    return bool(known) and context.secrets.get(token_key(context)) is not None
