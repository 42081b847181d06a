"""The deployed services: as Azure ML has them, and as they answer when they are asked for known wines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError, WizardError
from wizard.operations.status.deeds import apply, applying, asking, describing, reading_log, restarting, rolling_back
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.memory import FAILED, Probes
from wizard.operations.status.rows import Area, Deed, Row, Stale, State
from wizard.operations.status.times import age
from wizard.steps import known_answers, ml_service, model_registry

if TYPE_CHECKING:
    from wizard.clients.local_model import Predictions
    from wizard.clients.ml_services import MLService

STATE, VERSION, LATENCY, ERRORS, REPLICAS, PROOF = "state", "version", "latency", "failed", "replicas", "last proof"
UNKNOWN = "—"
SERVICE = "the service"  # what the errors of its own answers call it
# The first wine of the data set: what is sent while this machine has not worked out what the model predicts.
WINE = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]


async def read(context: Context, look: Look) -> list[Row]:
    """The environment's service, probed once."""
    service, name = await look.service(context), context.answer("service_name")
    proof = _last_proof(context, look.now)
    if service is None:
        return [absent(name, context.environment, bool(context.facts(_step(context)).get("address")), proof)]
    probes = look.memory.probes[service.address or service.name]
    wrong, stale = "", tuple[Stale, ...]()
    if service.state == ml_service.HEALTHY:
        try:
            wrong = await probe(context, service, probes)
        except WizardError as error:  # it could not be asked: that says nothing of the service
            stale = (Stale(LATENCY, error.message), Stale(ERRORS, error.message))
    return [row_of(service, context.environment, probes, proof, wrong, stale)]


async def probe(context: Context, service: MLService, probes: Probes) -> str:
    """Ask the service for known wines: what is wrong with its answer, "" when it is right."""
    known = await _known(context, service)
    asked = known or _sample()
    try:
        answer = await ml_service.answer_of(context, service, asked)
    except ServiceError as error:
        if error.service.lower() != SERVICE:
            raise
        probes.add(FAILED)
        return error.message
    wrong = ml_service.objection(answer, asked) if known else _implausible(answer.body)
    probes.add(FAILED if wrong else answer.seconds * 1000)
    return f"{service.name} {wrong}" if wrong else ""


async def _known(context: Context, service: MLService) -> Predictions | None:
    """What the served version predicts, where this machine has worked it out."""
    from wizard.clients.catalog_models import CatalogVersion

    tags = service.tags
    try:
        model = model_registry.of(context).model
    except WizardError:
        return None
    version = CatalogVersion(model, tags.get("registered_version", ""), tags.get("run_id", ""), "", "", ())
    return await known_answers.kept(context, version)


def _sample() -> Predictions:
    from wizard.clients.local_model import Predictions

    return Predictions([WINE], [0.0])


def _implausible(body: object) -> str:
    number = body[0] if isinstance(body, list) and len(body) == 1 else None
    if isinstance(number, int | float) and ml_service.LOWEST <= number <= ml_service.HIGHEST:
        return ""
    return f"answers a known wine with {ml_service.excerpt(str(body))}, which is no quality from 0 to 10."


def absent(name: str, environment: str, was_there: bool, proof: str) -> Row:
    """The row of a service that is not there."""
    return Row(
        key=f"{environment}/{name}",
        title=name,
        environment=environment,
        state=State.FAIL if was_there else State.TODO,
        cells={STATE: "gone" if was_there else "not deployed", PROOF: proof},
        advice=f"{name} is {'gone' if was_there else 'not deployed'}: {apply(f'service.{environment}', environment)} "
        "has the pipeline deploy it.",
        deeds=(applying(f"service.{environment}", environment),),
    )


def row_of(
    service: MLService, environment: str, probes: Probes, proof: str, wrong: str, stale: tuple[Stale, ...] = ()
) -> Row:
    """The row of a service, and what to do about it."""
    state, advice = judged(service, environment, wrong)
    latest = probes.latencies[-1] if probes.latencies else None
    return Row(
        key=f"{environment}/{service.name}",
        title=service.name,
        environment=environment,
        state=state,
        cells={
            STATE: service.state,
            VERSION: service.tags.get("registered_version", UNKNOWN),
            LATENCY: UNKNOWN if latest is None else "no good answer" if latest == FAILED else f"{latest:.0f} ms",
            ERRORS: probes.error_rate if probes.asked else UNKNOWN,
            REPLICAS: service.replicas or UNKNOWN,
            PROOF: proof,
        },
        advice=advice,
        link=service.address,
        trend=tuple(probes.latencies),
        stale=stale,
        deeds=_deeds(environment, well=state is State.OK),
    )


def _deeds(environment: str, *, well: bool) -> tuple[Deed, ...]:
    again = () if well else (applying(f"service.{environment}", environment),)
    asked = (asking(environment), describing(environment))
    every = (*asked, reading_log(environment), restarting(environment), rolling_back(environment))
    return (*again, *every)


def judged(service: MLService, environment: str, wrong: str) -> tuple[State, str]:
    """How a service stands, and what to do about it."""
    again = apply(f"service.{environment}", environment)
    if service.state == ml_service.MOVING:
        return State.WARN, f"{service.name} is being deployed: wait, or {again} waits for it."
    if service.state != ml_service.HEALTHY:
        why = ml_service.innermost(service.error)
        return State.FAIL, f"{service.name} is {service.state}: {why} Mend the cause; {again} deploys it again."
    if wrong:
        return State.FAIL, f"{wrong} See its log in Azure ML; {again} tells more, and deploys it again."
    return State.OK, ""


def _step(context: Context) -> str:
    return f"service.{context.environment}"


def _last_proof(context: Context, now: float) -> str:
    """When the checklist last proved the service, and with what result."""
    last = context.session.state.last().get(f"{_step(context)}@{context.environment}")
    if last is None:
        return "never"
    when = datetime.fromisoformat(last["checked"]).timestamp()
    return f"{last['status']} {age(when, now)} ago"


LEARNING = (("aml.workspaces", "id"), ("aml.workspaces", "discovery"))
ENDPOINTS = Source(
    Area("endpoints", "Endpoints", (STATE, VERSION, LATENCY, ERRORS, REPLICAS, PROOF)),
    tuple(Part(each, f"service.{each}", each, LEARNING, read) for each in ("test", "prod")),
)
