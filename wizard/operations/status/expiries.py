"""What ends some day: tokens of all workspaces, the vault's secrets, and how the pipeline gets into Azure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.operations.status.deeds import apply, applying, rotating
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.rows import Area, Row, State
from wizard.operations.status.times import left
from wizard.steps import databricks_tokens, devops_connection, reach, registry_secrets

if TYPE_CHECKING:
    from wizard.clients.service_connections import ServiceConnection
    from wizard.clients.tokens import Token
    from wizard.clients.vault_secrets import SecretLife

KIND, ENDS, DETAIL = "kind", "ends", "detail"
SOON = max(databricks_tokens.WARN_DAYS) * databricks_tokens.DAY
SECRETS_PAGE = 25  # the vault's own limit


async def of_tokens(context: Context, look: Look) -> list[Row]:
    """Our own tokens in a workspace, the first to end first."""
    workspace = await reach.databricks(context)
    found = await context.call(workspace.host, workspace.tokens.list)
    known = context.facts("databricks.token").get("token_id", "")
    return token_rows(found, known, databricks_tokens.comment(context), context.environment, look.now)


def token_rows(found: Sequence[Token], known: str, comment: str, environment: str, now: float) -> list[Row]:
    """A row a token; of those that the set-up made only the one it uses needs somebody."""
    ours = max((each for each in found if each.comment == comment), key=_end, default=None)
    rows = [_token_row(each, environment, now, used=each is ours) for each in sorted(found, key=_end)]
    if ours is None and known:
        advice = f"The workspace no longer lists token {known[:8]}: it has ended or was revoked. {renew(environment)}"
        cells = {KIND: "token", ENDS: "not listed", DETAIL: known[:8]}
        deeds = (rotating(environment),)
        rows.insert(0, Row(f"{environment}/{known}", comment, environment, State.FAIL, cells, advice, deeds=deeds))
    return rows


def _end(token: Token) -> float:
    return token.expires or float("inf")


def _token_row(token: Token, environment: str, now: float, *, used: bool) -> Row:
    ends = left(token.expires, now)
    state = _state(token.expires, now) if used else State.OK
    return Row(
        key=f"{environment}/{token.id}",
        title=token.comment or "(no comment)",
        environment=environment,
        state=state,
        cells={KIND: "token", ENDS: ends, DETAIL: token.id[:8] + ("" if used else ", not used here")},
        advice="" if state is State.OK else f"The token of {environment} {ends}. {renew(environment)}",
        deeds=(rotating(environment),) if used else (),
    )


def renew(environment: str) -> str:
    """How a token is made anew, and every copy with it."""
    return f"mlops-wizard rotate {environment} makes a new one and brings every copy up to date."


def _state(end: float, now: float) -> State:
    if not end or end - now > SOON:
        return State.OK
    return State.WARN if end > now else State.FAIL


async def of_vault(context: Context, look: Look) -> list[Row]:
    """The secrets of the registry's vault; no value is read."""
    secrets = await registry_secrets.vault(context)
    found = await context.call(secrets.host, secrets.lives, look.pages, SECRETS_PAGE)
    return [secret_row(each, context.environment, look.now) for each in found]


def secret_row(secret: SecretLife, environment: str, now: float) -> Row:
    """A secret of the vault, and what to do when it ends or is disabled."""
    state = _state(secret.expires, now) if secret.enabled else State.FAIL
    ends = left(secret.expires, now) if secret.enabled else "is disabled"
    ours = f"prod's cluster reads it. {apply('cmr.secrets', environment)} writes it anew."
    use = ours if secret.name in registry_secrets.KEYS else "tell its owner; this set-up does not use it."
    advice = "" if state is State.OK else f"{secret.name} in the vault {ends}: {use}"
    cells = {KIND: "vault secret", ENDS: ends, DETAIL: "" if secret.enabled else "nobody may read it"}
    deeds = (applying("cmr.secrets", environment),) if advice and secret.name in registry_secrets.KEYS else ()
    return Row(f"{environment}/vault/{secret.name}", secret.name, environment, state, cells, advice, deeds=deeds)


async def of_connection(context: Context, _: Look) -> list[Row]:
    """The environment's service connection."""
    found = await devops_connection.look(context)
    return [connection_row(found, context.environment)]


def connection_row(found: ServiceConnection | None, environment: str) -> Row:
    """A connection: a federated one has no secret that could end."""
    name = devops_connection.connection_name(environment)
    advice, mend = "", apply("devops.connection", environment)
    if found is None:
        advice = f"There is no connection {name}: {mend} makes it."
    elif not found.ready:
        advice = f"{name} is not ready{': ' if found.problem else ''}{found.problem}. {mend} mends it."
    federated = found is not None and found.scheme == devops_connection.FEDERATION
    cells = {
        KIND: "connection",
        ENDS: "gone" if found is None else "never: no secret" if federated else "with its secret: see Entra",
        DETAIL: found.scheme if found else "",
    }
    state = State.FAIL if advice else State.OK
    deeds = (applying("devops.connection", environment),) if advice else ()
    return Row(f"{environment}/connection", name, environment, state, cells, advice, deeds=deeds)


EXPIRIES = Source(
    Area("expiries", "Tokens and secrets", (ENDS, KIND, DETAIL)),
    (
        *(
            Part(f"tokens of {each}", "databricks.token", each, (("databricks.workspaces", "host"),), of_tokens)
            for each in ("dev", "test", "prod", "cmr")
        ),
        Part("vault", "cmr.secrets", "cmr", (("keyvault.vault", "host"),), of_vault, SECRETS_PAGE),
        *(
            Part(f"connection of {each}", "devops.connection", each, (("signin.devops", "project_id"),), of_connection)
            for each in ("test", "prod")
        ),
    ),
)
