"""Rotating one environment's token: a new one is made, every copy is brought up to date and proven, then the old goes.

No copy is dead at any moment: the old token is revoked last, once all copies are proven to be of the new one. After a
crash the next run goes on where the journal ends; a token that was made and lost is revoked with the old ones.
"""

from __future__ import annotations

from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.step import Action, Instance, Outcome, Risk, Status, Step
from wizard.operations.rotation import copies
from wizard.steps import databricks_tokens, reach, waiting
from wizard.steps.devops_connection import project

TOKEN = databricks_tokens.TOKEN.id
MAKE, SPREAD, REVOKE = "Make a new token", "Bring every copy up to date", "Revoke the old tokens"
MINUTES = 60  # as long as a job of the pipeline may run


def rotations(session: Session, command: dict[str, Any]) -> list[Instance]:
    """The rotation of each environment that the command names (`environments`), of all that have a token when none.

    WizardError when there is no such environment, or none has a token.
    """
    known = [each.environment for each in session.checklist.instances if each.step.id == TOKEN]
    wanted = [str(each) for each in command.get("environments", [])]
    unknown = [each for each in wanted if each not in known]
    if unknown:
        raise WizardError(f"{unknown[0]} has no token.", fix=f"environments: {', '.join(sorted(known))}", code="usage")
    found = [Instance(ROTATION, each) for each in wanted or known]
    with_token = [each for each in found if copies.has_token(Context(session, each))]
    if not with_token:
        raise WizardError("No token is kept here yet.", fix="`mlops-wizard apply` makes them")
    return with_token


def current(context: Context) -> str:
    """The id of the token that is kept here."""
    return context.facts(TOKEN)["token_id"]


def reached(context: Context) -> str:
    """The action of a rotation that ended last, "" where none is under way."""
    last = ""
    for entry in context.session.journal.entries():
        if entry.get("instance") == context.instance.key and entry.get("event") == "ended":
            last = "" if entry.get("action") == REVOKE else str(entry.get("action"))
    return last


async def plan(context: Context) -> list[Action]:
    """The three actions, or those that a broken-off rotation still lacks."""
    host, ours = context.facts("databricks.workspaces")["host"], await databricks_tokens.ours(context)
    names = ", ".join(each.name for each in await copies.of(context)) or "none besides the one kept here"
    comment, days = databricks_tokens.comment(context), int(context.answer("token_days"))
    old = " && ".join(f"databricks tokens delete {each.id}" for each in ours) or "# none"
    seconds = days * databricks_tokens.DAY
    create = f"databricks tokens create --comment '{comment}' --lifetime-seconds {seconds}  # at https://{host}"
    actions = [
        Action(MAKE, create, make, key=comment),
        Action(SPREAD, f"# in {names}", spread, key=comment),
        Action(REVOKE, old, revoke, key=comment, risk=Risk.HARD_TO_UNDO),
    ]
    titles = [each.title for each in actions]
    done = reached(context)
    return actions[titles.index(done) + 1 :] if done in titles else actions


async def make(context: Context) -> None:
    """Make a token and keep it at once; the old one stays good."""
    workspace, days = await reach.databricks(context), int(context.answer("token_days"))
    comment, session = databricks_tokens.comment(context), context.session
    instance = session.checklist.find(TOKEN, context.environment)
    assert instance is not None  # noqa: S101 - rotations come from the checklist's instances

    def create_and_keep() -> None:
        token, value = workspace.tokens.create(comment, days)
        databricks_tokens.keep(context, context.secrets.guard(value))
        facts = {"token_id": token.id, "expires": f"{token.expires:.0f}"}
        session.state.remember(instance.key, Outcome(Status.OK, f"token {token.id[:8]}, rotated", facts=facts))

    await context.call(workspace.host, create_and_keep)


async def spread(context: Context) -> None:
    """Bring every copy up to date, and prove each. WizardError names the first that is not."""
    for copy in await copies.of(context):
        await copy.write(copy.context)
        context.progress(f"{copy.name} has the new token")
    await prove(context)


async def prove(context: Context) -> None:
    """The kept token is answered, and every copy is of it. WizardError says which is not."""
    for copy in await copies.of(context):
        wrong = await copy.objection(copy.context)
        if wrong:
            raise WizardError(f"{copy.name}: {wrong}", fix="mend that, then rotate again, which goes on from here")


async def revoke(context: Context) -> None:
    """Revoke every token of ours but the current one, once no pipeline's run may hold one and all copies are proven."""
    await prove(context)
    await runs_have_ended(context)
    workspace = await reach.databricks(context)
    for token in await databricks_tokens.ours(context):
        if token.id != current(context):
            await context.call(workspace.host, workspace.tokens.revoke, token.id)


async def runs_have_ended(context: Context) -> None:
    """Wait for runs of the pipeline that go on: their jobs were given the old token when they began."""
    pipeline = next(
        (
            facts["id"]
            for each in context.session.checklist.instances
            if each.step.id == "devops.pipeline" and (facts := context.session.state.facts(each.key)).get("id")
        ),
        "",
    )
    if not pipeline:
        return
    service = await reach.devops_as_signed_in(context)

    async def look() -> list[str]:
        runs = service.pipeline_runs
        return await context.call(reach.DEVOPS, runs.going_on, project(context)[1], int(pipeline))

    await waiting.until(
        context, look, lambda found: not found, lambda found: f"waiting for run {found[0]}, which may hold it", MINUTES
    )


async def check(context: Context) -> Outcome:
    """Every copy is live and of the current token, which is the only one of ours."""
    listed = await databricks_tokens.ours(context)
    others = [each.id for each in listed if each.id != current(context)]
    for copy in await copies.of(context):
        wrong = await copy.objection(copy.context)
        if wrong:
            return Outcome(Status.FAIL, f"{copy.name}: {wrong}", fix="rotate again, which goes on from here")
    if others:
        said = f"{len(others)} older token(s) are still good."
        return Outcome(Status.TODO, said, fix="rotate again, which revokes them")
    names = ", ".join(each.name for each in await copies.of(context)) or "no other place"
    host = context.facts("databricks.workspaces")["host"]
    return Outcome(
        Status.OK,
        f"token {current(context)[:8]} is the only one, live in {names}",
        proof=f"{host} lists {current(context)} alone of ours; each copy was used or compared: {names}",
    )


ROTATION = Step(
    id="token.rotation",
    title="Rotate the access token",
    why=(
        "A token that ends takes pipeline and scripts with it, and one that was seen by others has to go at once. "
        "The new one is in every place and proven before the old one is revoked."
    ),
    check=check,
    plan=plan,
    docs="https://learn.microsoft.com/azure/databricks/dev-tools/auth/pat",
    time_limit=150.0,
)
