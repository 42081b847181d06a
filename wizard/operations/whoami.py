"""`mlops-wizard whoami`: who you are in each service, by which credential, until when, and what shadows it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import AnswerError
from wizard.engine.events import Identity
from wizard.engine.explain import explain
from wizard.engine.runner import could_not_look
from wizard.engine.secrets import Secret
from wizard.engine.step import Instance, Status
from wizard.operations import shadows
from wizard.steps import reach
from wizard.steps.databricks_tokens import TOKEN
from wizard.steps.databricks_workspaces import WORKSPACES
from wizard.steps.devops_signin import DEVOPS, entered, organisation_url
from wizard.steps.script_files import token_key
from wizard.steps.signin import AZURE

CODES = ((Status.FAIL, 1), (Status.UNKNOWN, 3))


@dataclass(frozen=True, slots=True)
class Seen:
    """Whom a service takes us for, and when the credential ends (Unix time, 0 where nobody knows)."""

    name: str
    tenant: str = ""
    expires: float = 0.0


async def whoami(session: Session, _: dict[str, Any]) -> int:
    """Tell one identity for each service and credential; 0 all answered, 1 one refused, 3 one could not be asked."""
    workspaces = [each for each in session.checklist.instances if each.step.id == WORKSPACES.id]
    asked = [
        on_azure(Context(session, Instance(AZURE, ""))),
        *(on_workspace(Context(session, each)) for each in workspaces),
        on_devops(Context(session, Instance(DEVOPS, ""))),
    ]
    found = [identity for identities in await asyncio.gather(*asked) for identity in identities]
    for identity in found:
        session.emit(identity)
    return next((code for status, code in CODES if status in {each.status for each in found}), 0)


async def on_azure(context: Context) -> list[Identity]:
    """Who we are for Azure Resource Manager."""
    method = context.answer("azure.signin")
    chosen = context.facts(AZURE.id).get("subscription", "")
    blank = Identity(
        place=reach.ARM,
        environment="",
        credential=f"Entra, signed in by {method}",
        shadowed_by=shadows.over_azure(os.environ, method, chosen),
    )

    async def ask() -> Seen:
        from wizard.clients.azure_login import ARM_SCOPE

        login = await reach.login(context)
        account = await context.call(reach.ENTRA, login.account)
        return Seen(account.name, account.tenant, await context.call(reach.ENTRA, login.ends, ARM_SCOPE))

    return [await told(context, blank, ask())]


async def on_workspace(context: Context) -> list[Identity]:
    """Who we are in an environment's workspace: by Entra, and by the token kept for it; nothing before it is known."""
    facts = context.facts(WORKSPACES.id)
    host = facts.get("host", "")
    if not host:
        return []
    blank = Identity(
        place=host,
        environment=context.environment,
        credential="Entra",
        shadowed_by=shadows.over_databricks(os.environ, Path.home(), host),
    )
    found = [await told(context, blank, by_entra(context, host, facts["id"]))]
    token = context.secrets.get(token_key(context))
    if token is not None:
        by_itself = replace(blank, credential=f"token kept in {context.secrets.place}")
        found.append(await told(context, by_itself, by_token(context, host, token)))
    return found


async def by_entra(context: Context, host: str, resource_id: str) -> Seen:
    """Whom the workspace takes us for, by the Azure sign-in."""
    from wizard.clients.azure_login import DATABRICKS_SCOPE

    workspace = await reach.databricks_at(context, host, resource_id)
    me = await context.call(host, workspace.me)
    login = await reach.login(context)
    return Seen(me.name, expires=await context.call(reach.ENTRA, login.ends, DATABRICKS_SCOPE))


async def by_token(context: Context, host: str, token: Secret) -> Seen:
    """Whom the workspace takes us for, by the token; its end is what the step that made it learned."""
    workspace = await reach.databricks_with_token(context, host, token)
    me = await context.call(host, workspace.me)
    return Seen(me.name, expires=float(context.facts(TOKEN.id).get("expires", 0)))


async def on_devops(context: Context) -> list[Identity]:
    """Who we are in the Azure DevOps organisation, by the credential that gets in; nothing where none is named."""
    try:
        url = organisation_url(context)
    except AnswerError:
        return []
    shadowed_by = shadows.over_devops(os.environ)
    blank = Identity(place=url, environment="", credential=reach.BY_ENTRA, shadowed_by=shadowed_by)
    ways: list[str] = []

    async def ask() -> Seen:
        from wizard.clients.devops import DEVOPS_SCOPE

        _, member, way = await entered(context, url)
        ways.append(way)
        if way != reach.BY_ENTRA:
            return Seen(member.account or member.name)
        login = await reach.login(context)
        return Seen(member.account or member.name, expires=await context.call(reach.ENTRA, login.ends, DEVOPS_SCOPE))

    identity = await told(context, blank, ask())
    return [replace(identity, credential=ways[0]) if ways else identity]


async def told(context: Context, blank: Identity, asked: Awaitable[Seen]) -> Identity:
    """The identity with what the service said filled in, or with why it did not."""
    try:
        seen = await asked
    except Exception as error:  # noqa: BLE001  (one service that refuses must not hide the others)
        status = Status.UNKNOWN if could_not_look(error) else Status.FAIL
        why = explain(error, context.project.log, context.known())
        return replace(blank, status=str(status), message=why.message, fix=why.fix)
    ends = datetime.fromtimestamp(seen.expires, UTC).isoformat(timespec="seconds") if seen.expires else ""
    return replace(blank, status=str(Status.OK), name=seen.name, tenant=seen.tenant, expires=ends)
