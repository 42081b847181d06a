"""The deployed service: healthy, of the model version that the pipeline made, and right about known wines."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import known_answers, model_registry, pipeline_model, pipeline_run, reach, waiting
from wizard.steps.model_registry import Version
from wizard.steps.tags import not_ours

if TYPE_CHECKING:
    from wizard.clients.local_model import Predictions
    from wizard.clients.ml_services import MLService
    from wizard.clients.scoring import Answer
    from wizard.steps.tracked_versions import Made

HEALTHY, MOVING = "Healthy", "Transitioning"
OK = 200
Planning = Callable[[Context], Awaitable[list[Action]]]
Doing = Callable[[Context], Awaitable[None]]
LOWEST, HIGHEST = 0.0, 10.0  # of a wine's quality
TOLERANCE = 1e-9
LOG_LINES = 40
MINUTES = 30


async def look(context: Context) -> MLService | None:
    """The service, as Azure ML has it."""
    services = await reach.ml_services(context)
    return await context.call(services.host, services.get, context.answer("service_name"))


def runs(service: MLService, version: Version) -> bool:
    """Whether the service was deployed with that very version."""
    tags = service.tags
    return (tags.get("registered_version"), tags.get("run_id")) == (version.version, version.run_id)


async def check(context: Context) -> Outcome:
    """The service is healthy, runs the pipeline's model version, and answers as that version does on this machine."""
    name, found = context.answer("service_name"), await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} is not deployed.")
    if found.state == MOVING:
        return Outcome(Status.TODO, f"{name} is being deployed.")
    if found.state != HEALTHY:
        raise await broken(context, found)
    made = await pipeline_model.look(context)
    version = await rightful(context, found, made)
    if version is None:
        there = found.tags.get("registered_version", "of an unknown number")
        wanted = f"version {made.version.version}" if made else "none"
        return Outcome(Status.TODO, f"{name} runs model version {there}; the pipeline's run made {wanted}.")
    return await asked(context, found, version)


async def rightful(context: Context, service: MLService, made: Made | None) -> Version | None:
    """The version that the service runs, if it may: the one the pipeline's run made, or one that a person promoted."""
    if made is not None and runs(service, made.version):
        return made.version
    versions = await model_registry.versions(context)
    return next((each for each in versions if each.promoted and runs(service, each)), None)


async def broken(context: Context, service: MLService) -> ServiceError:
    """What is known of a service that is not healthy: its own error, and the last words of its containers."""
    services = await reach.ml_services(context)
    log = await context.call(services.host, services.log, service.name, LOG_LINES)
    words = next((line.strip() for line in reversed(log) if "error" in line.lower()), "")
    said = f"{service.name} is {service.state}: {innermost(service.error)}" + (f" Its log: {words}" if words else "")
    body = "\n".join((json.dumps(service.error), *log))
    return ServiceError(said, service="Azure ML", body=body, fix="read its log, mend the cause, then apply again")


def innermost(error: Any) -> str:
    """The deepest message of Azure ML's nested errors, on one line."""
    details = error.get("details") or [] if isinstance(error, dict) else []
    if details:
        return innermost(details[-1])
    message = error.get("message", "") if isinstance(error, dict) else str(error)
    return " ".join(str(message).split()) or "Azure ML gives no reason."


async def asked(context: Context, service: MLService, version: Version) -> Outcome:
    """The outcome of asking the service for known wines."""
    known = await known_answers.of(context, version)
    answer = await answer_of(context, service, known)
    wrong = objection(answer, known)
    if wrong:
        return Outcome(
            Status.FAIL,
            f"{service.name} {wrong}",
            fix="correct jobs/score.py, push it, and run the pipeline",
            diagnosis="F28",
        )
    worst = max(abs(here - there) for here, there in zip(known.values, answer.body, strict=True))
    return Outcome(
        Status.OK,
        f"{service.name} answers with model version {version.version}, {len(known.rows)} rows in "
        f"{answer.seconds * 1000:.0f} ms",
        proof=f"{service.address} gave {len(answer.body)} numbers from {min(answer.body):.3f} to "
        f"{max(answer.body):.3f}; they differ from version {version.version} on this machine by at most {worst:.1e}",
        links=(service.address,),
        facts={"address": service.address, "version": version.version},
    )


async def answer_of(context: Context, service: MLService, known: Predictions) -> Answer:
    """What the service answers to known rows. ServiceError when it does not answer 200."""
    return await answer_to(context, service, known.rows)


async def answer_to(context: Context, service: MLService, rows: list[list[float]]) -> Answer:
    """What the service answers to rows. ServiceError when it does not answer 200."""
    from wizard.clients.scoring import ask

    services = await reach.ml_services(context)
    key = await context.call(services.host, services.key, service.name) if service.needs_key else None
    if key is not None:
        context.secrets.guard(key.reveal())
    answer = await context.call(service.address, ask, service.address, key, rows)
    if answer.status != OK:
        raise ServiceError(
            f"{service.name} answers {len(rows)} rows with {answer.status}: {excerpt(answer.text)}",
            service="the service",
            status=answer.status,
            body=answer.text,
            fix="read its log in Azure ML, then apply again",
        )
    return answer


def objection(answer: Answer, known: Predictions) -> str:
    """What is wrong with an answer of status 200; "" when it is as the model's own."""
    found, wanted = answer.body, known.values
    if not isinstance(found, list):
        return f"answers with no list of numbers, but: {excerpt(answer.text)}"
    if len(found) != len(wanted):
        return f"gives {len(found)} predictions for {len(wanted)} rows."
    for number, (there, here) in enumerate(zip(found, wanted, strict=True)):
        if type(there) not in (int, float) or not LOWEST <= there <= HIGHEST:
            return f"predicts {excerpt(str(there))} for row {number}, which is no quality from 0 to 10."
        if abs(there - here) > TOLERANCE:
            return f"predicts {there} for row {number}; the registered version predicts {here} on this machine."
    return ""


def excerpt(text: str) -> str:
    """The beginning of a text, on one line."""
    return " ".join(text.split())[:200] or "(nothing)"


async def plan(context: Context) -> list[Action] | None:
    """Deploy again where the service is missing, broken or of another version; wrong answers are for a person."""
    found = await look(context)
    if found is not None and found.state == MOVING:
        return [Action(f"Wait for {found.name}", f"az ml service show --name {found.name}", wait, key=found.name)]
    made = await pipeline_model.look(context)
    version = await rightful(context, found, made) if found is not None and found.state == HEALTHY else None
    if found is not None and version is not None:
        return [] if (await asked(context, found, version)).status is Status.OK else None
    return [pipeline_run.stage_again(context, "deploys")]


async def wait(context: Context) -> None:
    """Wait for a deployment that goes on."""
    await waiting.until(
        context,
        lambda: look(context),
        lambda found: found is None or found.state != MOVING,
        lambda found: f"{found.name} is being deployed" if found else "it is gone",
        MINUTES,
    )


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the service, if the pipeline deployed it."""
    found = await look(context)
    if found is None:
        return []
    if "registered_version" not in found.tags:
        return [not_ours(f"service {found.name}")]
    command = f"az ml service delete --name {found.name}"
    return [Action(f"Delete service {found.name}", command, delete, key=found.name, risk=Risk.HARD_TO_UNDO)]


async def delete(context: Context) -> None:
    """Delete the service."""
    services = await reach.ml_services(context)
    await context.call(services.host, services.delete, context.answer("service_name"))


def step(id_: str, model_step: str) -> Step:
    """The step of an environment's service, whose model is that step's."""
    return Step(
        id=id_,
        title="Service answers",
        why=(
            "Healthy says only that a container runs. The service is proven by its answers: known wines are sent, "
            "and it has to predict what the registered model predicts on this machine."
        ),
        check=check,
        plan=plan,
        undo=undo,
        within="aml.workspaces",
        needs=(model_step, "aks.compute", "aml.workspaces"),
        manual="The service answers wrongly: correct jobs/score.py, push it, and run the pipeline.",
        docs="https://learn.microsoft.com/azure/machine-learning/v1/how-to-deploy-azure-kubernetes-service",
        time_limit=150.0,
    )


SERVICE_TEST = step("service.test", "registry.model-test")
SERVICE_PROD = step("service.prod", "registry.model-cmr")
