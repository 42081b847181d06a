"""A personal access token for the workspace: made for you, or pasted by you; kept where secrets are kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import NotSignedInError, ServiceError
from wizard.engine.secrets import Secret
from wizard.engine.step import Action, Outcome, Question, Risk, Status, Step
from wizard.steps import databricks_workspaces, naming, reach, token_shapes
from wizard.steps.script_files import keep_previous, shell_script, token_key

if TYPE_CHECKING:
    from wizard.clients.tokens import Token

DAY = 86_400
WARN_DAYS = (14, 7, 1)
SWITCHED_OFF = "FEATURE_DISABLED"  # the code of the refusal where a workspace's administrator allows no tokens


def comment(context: Context) -> str:
    """What the token is found by in the workspace's list."""
    return f"mlops-wizard {context.answer('prefix')} {context.environment}"


def pasted(context: Context) -> Secret | None:
    """The token that a person pasted in this session, if any."""
    value = context.session.answers.secret(context.full_name("token"))
    return context.secrets.guard(token_shapes.cleaned(value)) if value else None


async def ours(context: Context) -> list[Token]:
    """The listed tokens that carry our comment, newest expiry first."""
    workspace = await reach.databricks(context)
    wanted = comment(context)
    found = [each for each in await context.call(workspace.host, workspace.tokens.list) if each.comment == wanted]
    return sorted(found, key=lambda each: each.expires, reverse=True)


async def who_answers(context: Context, token: Secret) -> str:
    """Make a real call with the token: the user's name, or "" when the workspace refuses it."""
    host = context.facts("databricks.workspaces")["host"]
    workspace = await reach.databricks_with_token(context, host, token)
    try:
        return (await context.call(host, workspace.me)).name
    except NotSignedInError:
        return ""


async def check(context: Context) -> Outcome:
    """A token is kept, the workspace accepts it, and its list says when it ends."""
    host = context.facts("databricks.workspaces")["host"]
    kept = context.secrets.get(token_key(context))
    if kept is None:
        listed = await ours(context)
        lost = f"; the value of {listed[0].id} was lost" if listed else ""
        return Outcome(Status.TODO, f"No token for {host} is kept here{lost}.")
    user = await who_answers(context, kept)
    listed = await ours(context)  # refused, with the reason, where tokens are switched off: that outranks a bad token
    if not user:
        return Outcome(
            Status.TODO,
            f"{host} refuses the token kept here: expired, revoked or of another workspace.",
            fix="apply this step, which makes a new one; then apply local.install-script, which hands it on",
            diagnosis="F04",
        )
    if not listed:
        return Outcome(
            Status.OK,
            f"token of your own for {host}; its end is not known here",
            proof=f"{host} answered /scim/v2/Me with it: {user}",
        )
    token = listed[0]
    days = (token.expires - time.time()) / DAY
    facts = {"token_id": token.id, "expires": f"{token.expires:.0f}", "host": host}
    proof = f"{host} answered /scim/v2/Me with it: {user}; token/list has {token.id}, '{token.comment}'"
    if token.expires and days < max(WARN_DAYS):
        left = f"{days:.0f} days" if days >= min(WARN_DAYS) + 1 else f"{days * 24:.0f} hours"
        fix = "revoke it in the workspace and apply this step again (a new one is made), or paste a new one"
        return Outcome(Status.WARN, f"token ends in {left}", proof=proof, fix=fix, facts=facts, diagnosis="F04")
    ends = f"good for {days:.0f} days" if token.expires else "never ends"
    return Outcome(Status.OK, f"token {token.id[:8]}, {ends}", proof=proof, facts=facts)


async def plan(context: Context) -> list[Action]:
    """Keep the pasted token, or make one; tokens of ours whose value is lost are revoked first."""
    host = context.facts("databricks.workspaces")["host"]
    kept = context.secrets.get(token_key(context))
    given = pasted(context)
    if given is not None and given != kept:
        return [Action("Keep the pasted token", f"# kept in {context.secrets.place}", keep_pasted)]
    if kept is not None and await who_answers(context, kept):
        return []
    days = context.answer("token_days")
    command = (
        f"databricks tokens create --comment '{comment(context)}' --lifetime-seconds {int(days) * DAY} "
        f"  # at https://{host}"
    )
    revoked = "".join(f"databricks tokens delete {each.id} && " for each in await ours(context))
    return [Action("Make a token", revoked + command, make, key=comment(context))]


async def keep_pasted(context: Context) -> None:
    """Try the pasted token on the workspace, then keep it."""
    token = pasted(context)
    host = context.facts("databricks.workspaces")["host"]
    if token is None or not await who_answers(context, token):
        raise NotSignedInError(
            f"{host} refuses the pasted token.", service="Databricks", fix="paste one that was made in this workspace"
        )
    keep(context, token)


async def make(context: Context) -> None:
    """Revoke tokens of ours that nobody can use any more, then make one and keep it at once."""
    workspace = await reach.databricks(context)
    for lost in await ours(context):
        await context.call(workspace.host, workspace.tokens.revoke, lost.id)
    days = int(context.answer("token_days"))

    def create_and_keep() -> None:
        _, value = workspace.tokens.create(comment(context), days)
        keep(context, context.secrets.guard(value))

    await context.call(workspace.host, create_and_keep)


def keep(context: Context, token: Secret) -> None:
    """Keep the token; a script that somebody else wrote at that place is put aside first."""
    keep_previous(shell_script(context))
    context.secrets.put(token_key(context), token)


async def undo(context: Context) -> list[Action]:
    """Revoke the token that was made here, and forget its value, also where its workspace is gone."""
    listed = await revocable(context)
    if not listed and context.secrets.get(token_key(context)) is None:
        return []
    command = " && ".join(f"databricks tokens delete {each.id}" for each in listed) or "# forget the token kept here"
    return [Action("Revoke the token", command, revoke, risk=Risk.HARD_TO_UNDO)]


async def revocable(context: Context) -> list[Token]:
    """The tokens that carry our comment; none where the workspace is gone or has no tokens any more."""
    if await databricks_workspaces.look(context) is None:
        return []
    try:
        return await ours(context)
    except ServiceError as error:
        if error.code != SWITCHED_OFF:
            raise
        return []


async def revoke(context: Context) -> None:
    """Revoke every token that carries our comment, and forget the one kept here."""
    for token in await revocable(context):
        workspace = await reach.databricks(context)
        await context.call(workspace.host, workspace.tokens.revoke, token.id)
    context.secrets.delete(token_key(context))


TOKEN = Step(
    id="databricks.token",
    title="Access token for the workspace",
    why=(
        "Your machine and the pipelines enter the workspace with a token that can be revoked by itself. "
        "It is kept in your system's keyring, or in the install script where there is none."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("databricks.workspaces",),
    inputs=(
        Question(
            "{environment}.token_days",
            "Days until the token ends",
            "1 to 730; the workspace may allow less.",
            default=lambda _: "90",
            validate=naming.whole_number(1, 730),
        ),
        Question(
            "{environment}.token",
            "Paste a token of your own, or leave this empty to have one made",
            "User settings, Developer, Access tokens. It begins with dapi.",
            default=lambda _: "",
            validate=lambda value: token_shapes.complaint(value) if value else None,
            secret=True,
        ),
    ),
    docs="https://learn.microsoft.com/azure/databricks/dev-tools/auth/pat",
    time_limit=90.0,
)
