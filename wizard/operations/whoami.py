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
from wizard.engine.events import Identity, IdentityAsked
from wizard.engine.explain import could_not_look, explain
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
SIGN_IN, LASTING = "sign-in", "token"


@dataclass(frozen=True, slots=True)
class Seen:
    """Whom a service takes us for, and when the credential ends (Unix time, 0 where nobody knows).

    `credential` is the one that got in, where that was not certain before it was tried.
    """

    name: str
    tenant: str = ""
    expires: float = 0.0
    credential: str = ""
    kind: str = SIGN_IN


async def whoami(session: Session, _: dict[str, Any]) -> int:
    """Tell one identity for each service and credential; 0 all answered, 1 one refused, 3 one could not be asked."""
    workspaces = [each for each in session.checklist.instances if each.step.id == WORKSPACES.id]
    asked = [
        on_azure(Context(session, Instance(AZURE, ""))),
        *(on_workspace(Context(session, each)) for each in workspaces),
        on_devops(Context(session, Instance(DEVOPS, ""))),
    ]
    found = {status for statuses in await asyncio.gather(*asked) for status in statuses}
    return next((code for status, code in CODES if status in found), 0)


async def on_azure(context: Context) -> list[str]:
    """Who we are for Azure Resource Manager."""
    method = context.answer("azure.signin")
    chosen = context.facts(AZURE.id).get("subscription", "")
    blank = Identity(
        service="Azure Resource Manager",
        place=reach.ARM,
        environment="",
        credential=f"Entra, signed in by {method}",
        shadowed_by=shadows.over_azure(os.environ, method, chosen),
        kind=SIGN_IN,
    )

    async def ask() -> Seen:
        from wizard.clients.azure_login import ARM_SCOPE

        login = await reach.login(context)
        account = await context.call(reach.ENTRA, login.account)
        return Seen(account.name, account.tenant, await context.call(reach.ENTRA, login.ends, ARM_SCOPE))

    return [await told(context, blank, ask())]


async def on_workspace(context: Context) -> list[str]:
    """Who we are in an environment's workspace: by Entra, and by the token kept for it; nothing before it is known."""
    facts = context.facts(WORKSPACES.id)
    host = facts.get("host", "")
    if not host:
        return []
    blank = Identity(
        service="Databricks workspace",
        place=host,
        environment=context.environment,
        credential="Entra",
        shadowed_by=shadows.over_databricks(os.environ, Path.home(), host),
        kind=SIGN_IN,
    )
    asked = [told(context, blank, by_entra(context, host, facts["id"]))]
    token = context.secrets.get(token_key(context))
    if token is not None:
        by_itself = replace(blank, credential=f"token kept in {context.secrets.place}", kind=LASTING)
        asked.append(told(context, by_itself, by_token(context, host, token)))
    return await asyncio.gather(*asked)


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
    return Seen(me.name, expires=float(context.facts(TOKEN.id).get("expires", 0)), kind=LASTING)


async def on_devops(context: Context) -> list[str]:
    """Who we are in the Azure DevOps organisation, by the credential that gets in; nothing where none is named."""
    try:
        url = organisation_url(context)
    except AnswerError:
        return []
    blank = Identity(
        service="Azure DevOps",
        place=url,
        environment="",
        credential=reach.BY_ENTRA,
        shadowed_by=shadows.over_devops(os.environ),
        kind=SIGN_IN,
    )

    async def ask() -> Seen:
        from wizard.clients.devops_sign_in import DEVOPS_SCOPE

        _, member, way = await entered(context, url)
        seen = Seen(member.account or member.name, credential=way)
        if way != reach.BY_ENTRA:
            return replace(seen, kind=LASTING)
        login = await reach.login(context)
        return replace(seen, expires=await context.call(reach.ENTRA, login.ends, DEVOPS_SCOPE))

    return [await told(context, blank, ask())]


async def told(context: Context, blank: Identity, asked: Awaitable[Seen]) -> str:
    """Tell that a service is asked, then what it said of us, or why it did not; the status it came to."""
    context.session.emit(IdentityAsked(blank.service, blank.place, blank.environment, blank.credential))
    try:
        seen = await asked
    except Exception as error:  # noqa: BLE001  (one service that refuses must not hide the others)
        status = Status.UNKNOWN if could_not_look(error) else Status.FAIL
        why = explain(error, context.project.log, context.known())
        identity = replace(blank, status=str(status), message=why.message, fix=why.fix)
    else:
        ends = datetime.fromtimestamp(seen.expires, UTC).isoformat(timespec="seconds") if seen.expires else ""
        identity = replace(
            blank,
            credential=seen.credential or blank.credential,
            kind=seen.kind,
            status=str(Status.OK),
            name=seen.name,
            tenant=seen.tenant,
            expires=ends,
        )
    context.session.emit(identity)
    return identity.status
