"""From an expanded document to the pipeline that is run, with everything refused that the file may not say."""

import re
from typing import Any

from wizard.sandbox.agent import keys
from wizard.sandbox.agent.faults import PipelineError, at
from wizard.sandbox.agent.keys import Part
from wizard.sandbox.agent.model import GivenVariable, Job, Pipeline, Pool, Stage, Step

_NAME = re.compile(r"[A-Za-z_]\w*")
DEFAULT = "__default"
_SCRIPTS = {"script": ("CmdLine", "2"), "bash": ("Bash", "3")}
_LAST_MINUTES = 60.0  # a hosted job of a private project ends after an hour


def pipeline(document: dict[str, Any], file: str) -> Pipeline:
    """The pipeline of an expanded document. Raises PipelineError."""
    root = Part(file, document, keys.ROOT)
    kinds = [kind for kind in ("stages", "jobs", "steps") if kind in document]
    if len(kinds) != 1:
        wrong = kinds[1] if kinds else "stages"
        raise at(file, wrong, f"'{wrong}' is not allowed here" if kinds else "A pipeline needs stages, jobs or steps")
    pool = _pool(root, Pool())
    if kinds == ["stages"]:
        stages = _stages(root, pool)
    else:
        inner = {"stage": DEFAULT, "jobs": document.get("jobs") or [{"job": "Job", "steps": document.get("steps")}]}
        stages = [_stage(Part(file, inner, keys.STAGE), pool, ())]
    _check_order([(stage.name, stage.depends_on) for stage in stages], "Stage")
    return Pipeline(tuple(stages), _variables(root), document.get("trigger"), root.text("name"))


def _stages(root: Part, pool: Pool) -> list[Stage]:
    found: list[Stage] = []
    for held in root.list("stages"):
        before = (found[-1].name,) if found else ()
        found.append(_stage(Part(root.file, held, keys.STAGE), pool, before))
    return found


def _stage(part: Part, pool: Pool, before: tuple[str, ...]) -> Stage:
    name = part.text("stage") or DEFAULT
    _check_name(part, name)
    pool = _pool(part, pool)
    jobs = [_job(part.file, held, pool) for held in part.list("jobs")]
    if not jobs:
        raise at(part.file, part.held.get("stage"), f"Stage {name} must contain at least one job with no dependencies.")
    _check_order([(job.name, job.depends_on) for job in jobs], "Job")
    depends_on = part.names("dependsOn")
    return Stage(
        name=name,
        display_name=part.text("displayName", name),
        jobs=tuple(jobs),
        depends_on=before if depends_on is None else depends_on,
        condition=part.text("condition"),
        variables=_variables(part),
    )


def _job(file: str, held: Any, pool: Pool) -> Job:
    deployment = isinstance(held, dict) and "deployment" in held
    part = Part(file, held, keys.DEPLOYMENT if deployment else keys.JOB)
    name = part.text("deployment" if deployment else "job") or "Job"
    _check_name(part, name)
    steps = _deployed(part) if deployment else part.list("steps")
    read = [_step(file, each) for each in steps]
    if not deployment and not any(step.task == "checkout" for step in read):
        read.insert(0, Step("checkout", "1", "", "", {"repository": "self"}))
    where = held.get("environment")
    return Job(
        name=name,
        display_name=part.text("displayName", name),
        steps=tuple(step for step in read if (step.task, step.inputs.get("repository")) != ("checkout", "none")),
        depends_on=part.names("dependsOn") or (),
        condition=part.text("condition"),
        pool=_pool(part, pool),
        variables=_variables(part),
        continue_on_error=part.text("continueOnError"),
        minutes=part.minutes("timeoutInMinutes", _LAST_MINUTES) or _LAST_MINUTES,
        deployment=deployment,
        environment=str(where.get("name", "")) if isinstance(where, dict) else str(where or ""),
    )


def _deployed(part: Part) -> list[Any]:
    """The steps of a deployment that runs once."""
    strategy = Part(part.file, part.held.get("strategy"), frozenset({"runOnce"}))
    once = Part(part.file, strategy.held.get("runOnce"), frozenset({"deploy"}))
    return Part(part.file, once.held.get("deploy"), frozenset({"steps"})).list("steps")


def _step(file: str, held: Any) -> Step:
    kind = next((each for each in keys.STEPS if isinstance(held, dict) and each in held), None)
    if kind is None:
        first = next(iter(held), held) if isinstance(held, dict) else held
        raise at(file, first, f"Unexpected value '{first}'")
    part = Part(file, held, keys.STEPS[kind])
    inputs = part.texts("inputs")
    if kind in _SCRIPTS:
        task, version = _SCRIPTS[kind]
        inputs = {"script": part.text(kind)}
        inputs |= {name: part.text(name) for name in ("workingDirectory", "failOnStderr") if part.text(name)}
    elif kind == "checkout":
        task, version = "checkout", "1"
        inputs = {"repository": part.text("checkout")}
        inputs |= {name: part.text(name) for name in ("fetchDepth", "persistCredentials") if part.text(name)}
        if inputs["repository"] not in ("self", "none"):
            raise at(file, held["checkout"], f"The repository {inputs['repository']} is not defined")
    else:
        task, at_sign, version = part.text("task").partition("@")
        if not at_sign:
            raise at(file, held["task"], f"The task name {task} is not valid; it is a name, @ and a version")
    return Step(
        task=task,
        version=version,
        name=part.text("name"),
        display_name=part.text("displayName"),
        inputs=inputs,
        env=part.texts("env"),
        condition=part.text("condition"),
        continue_on_error=part.text("continueOnError"),
        enabled=part.text("enabled", "true").lower() != "false",
        minutes=part.minutes("timeoutInMinutes", 0.0),
    )


def _pool(part: Part, default: Pool) -> Pool:
    held = part.held.get("pool")
    if held is None:
        return default
    if isinstance(held, str):
        return Pool(name=held)
    inner = Part(part.file, held, frozenset({"vmImage", "name", "demands"}))
    return Pool(inner.text("vmImage"), inner.text("name"))


def _variables(part: Part) -> tuple[GivenVariable, ...]:
    held = part.held.get("variables")
    if isinstance(held, dict):
        return tuple(GivenVariable(name, value) for name, value in part.texts("variables").items())
    found = []
    for each in part.list("variables"):
        inner = Part(part.file, each, frozenset({"name", "value", "group", "readonly"}))
        found.append(GivenVariable(inner.text("name"), inner.text("value"), inner.text("group")))
    return tuple(found)


def _check_name(part: Part, name: str) -> None:
    if not _NAME.fullmatch(name):
        message = f"The name '{name}' is not valid. Valid names may only contain alphanumeric characters and '_'"
        raise at(part.file, name, f"{message} and may not start with a number")


def _check_order(found: list[tuple[str, tuple[str, ...]]], kind: str) -> None:
    """Refuse names that stand twice, dependencies on nothing, and circles."""
    names = [name for name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PipelineError(f"The {kind.lower()} name {twice} appears more than once. Names must be unique.")
    for name, needs in found:
        for need in needs:
            if need not in names:
                raise PipelineError(f"{kind} {name} depends on unknown {kind.lower()} {need}.")
    waiting, done = dict(found), set[str]()
    while waiting:
        free = [name for name, needs in waiting.items() if set(needs) <= done]
        if not free:
            raise PipelineError(f"{kind} {next(iter(waiting))} is part of a circle of dependencies.")
        for name in free:
            done.add(name)
            del waiting[name]
