"""The release that prod runs: a tag or branch at a commit of main, and proof that nothing else gets there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.engine.step import Action, Kept, Outcome, Question, Risk, Status, Step
from wizard.steps import naming, reach
from wizard.steps.devops_pipeline import FILE
from wizard.steps.release_condition import ConditionError, holds
from wizard.steps.repository import HEADS
from wizard.steps.tags import not_ours
from wizard.steps.wanted_run import STAGES

TAGS = "refs/tags/"
TRIED = (f"{HEADS}main", f"{HEADS}releases/1.0", f"{TAGS}v1.2.3")
NO_RELEASE = f"{HEADS}main"
RULE = "a tag such as v1.0.0, or a branch such as releases/1.0"


def ref_of(name: str) -> str:
    """The full name of a release."""
    return f"{HEADS if name.startswith('releases') else TAGS}{name}"


def condition(project: Path, environment: str) -> str:
    """The condition of an environment's stage in the pipeline's YAML file; "" for none. WizardError when it has none
    of that name.
    """
    import yaml

    try:
        found = yaml.safe_load((project / FILE).read_text(encoding="utf-8"))
        stages = {each["stage"]: each for each in found["stages"]}
        return str(stages[STAGES[environment]].get("condition", ""))
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        stage = STAGES[environment]
        raise WizardError(f"{FILE} has no stage {stage} to be read.", fix=f"name the stage {stage}") from error


def verdicts(text: str, refs: tuple[str, ...]) -> dict[str, bool]:
    """For each branch or tag whether a stage of that condition runs. ConditionError when that cannot be told."""
    return {ref: holds(text, ref) for ref in refs}


def table(found: dict[str, bool], stage: str) -> list[str]:
    """The verdicts as lines."""
    width = max(len(ref) for ref in found)
    return [f"{ref:<{width}}  {stage} {'runs' if runs else 'is skipped'}" for ref, runs in found.items()]


async def look(context: Context) -> str:
    """The commit at which the release is over there, "" where there is none of that name."""
    service, ref = await reach.devops_as_signed_in(context), ref_of(context.answer("release"))
    learned = context.facts("repo.devops")
    refs = await context.call(
        reach.DEVOPS,
        service.refs,
        context.facts("signin.devops")["project"],
        learned["repository_id"],
        ref.removeprefix("refs/"),
    )
    return next((each.commit for each in refs if each.name == ref), "")


async def check(context: Context) -> Outcome:
    """The release is over there, and the pipeline's condition lets it into prod, and not the main branch."""
    name, stage = context.answer("release"), STAGES[context.environment]
    ref = ref_of(name)
    text = await asyncio.to_thread(condition, context.project.folder, context.environment)
    try:
        found = verdicts(text, (*TRIED, *(() if ref in TRIED else (ref,))))
    except ConditionError as error:
        return Outcome(
            Status.FAIL,
            f"The condition of stage {stage} cannot be worked out: {error}.",
            fix=f"write it with and, or, eq and startsWith of variables['Build.SourceBranch'] in {FILE}",
        )
    for line in table(found, stage):
        context.output(line)
    if found[NO_RELEASE] or not found[ref]:
        wrong = f"{NO_RELEASE} gets into prod" if found[NO_RELEASE] else f"{ref} does not get into prod"
        return Outcome(Status.FAIL, f"By the condition of stage {stage}, {wrong}.", fix=f"correct it in {FILE}, push")
    commit = await look(context)
    if not commit:
        return Outcome(Status.TODO, f"{name} does not exist in Azure DevOps.")
    told = "; ".join(f"{each.removeprefix('refs/')} {'runs' if runs else 'skipped'}" for each, runs in found.items())
    return Outcome(
        Status.OK,
        f"{name} at {commit[:10]}",
        proof=f"{context.facts('repo.devops')['repository_url']} has {ref} at {commit[:10]}; the condition of stage "
        f"{stage}, tried on four: {told}",
        facts={"name": name, "ref": ref, "commit": commit},
    )


async def plan(context: Context) -> list[Action] | None:
    """Make the tag or branch at the main branch's commit; the condition is for a person to correct."""
    name = context.answer("release")
    text = await asyncio.to_thread(condition, context.project.folder, context.environment)
    try:
        found = verdicts(text, (NO_RELEASE, ref_of(name)))
    except ConditionError:
        return None
    if found[NO_RELEASE] or not found[ref_of(name)]:
        return None
    if await look(context):
        return []
    commit, url = context.facts("repo.push")["main_commit"], context.facts("repo.devops")["repository_url"]
    command = f"git push {url} {commit}:{ref_of(name)}"
    return [Action(creation(name), command, make, key=name, risk=Risk.COSTS_MONEY)]


async def make(context: Context) -> None:
    """Make the tag or branch, whose push starts the pipeline; one that is there is left."""
    if await look(context):
        return
    service, learned = await reach.devops_as_signed_in(context), context.facts("repo.devops")
    project, commit = context.facts("signin.devops")["project"], context.facts("repo.push")["main_commit"]
    ref = ref_of(context.answer("release"))
    await context.call(reach.DEVOPS, service.create_ref, project, learned["repository_id"], ref, commit)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the tag or branch, if it was made here; what it deployed stays."""
    commit = await look(context) if context.facts("repo.devops") else ""
    if not commit:
        return []
    name, url = context.answer("release"), context.facts("repo.devops")["repository_url"]
    title, command = f"Delete {name}", f"git push {url} :{ref_of(name)}  # at {commit}"
    if not context.made(creation(name), title):
        return [not_ours(f"release {name}")]
    return [Action(title, command, delete, key=name, risk=Risk.HARD_TO_UNDO)]


def creation(name: str) -> str:
    """The title of the action that makes a release, by which the journal knows that it was made here."""
    return f"Release {name}"


async def delete(context: Context) -> None:
    """Delete the tag or branch."""
    commit = await look(context)
    if commit:
        service, learned = await reach.devops_as_signed_in(context), context.facts("repo.devops")
        project, ref = context.facts("signin.devops")["project"], ref_of(context.answer("release"))
        await context.call(reach.DEVOPS, service.delete_ref, project, learned["repository_id"], ref, commit)


RELEASE = Step(
    id="repo.release",
    title="Release",
    why=(
        "Prod runs releases only: tags v... and branches releases/..., never what was merged a minute ago. "
        "Making one starts the pipeline, so it comes last, when all of prod is there and test has answered."
    ),
    check=check,
    plan=plan,
    undo=undo,
    within="repo.devops",
    needs=(
        "repo.push",
        "devops.pipeline",
        "devops.approval",
        "aks.compute",
        "databricks.libraries",
        "databricks.mount",
        "service.test",
    ),
    inputs=(
        Question(
            "{environment}.release",
            "Release for prod",
            f"{RULE.capitalize()}. It is made at the main branch's commit.",
            default=lambda _: "v1.0.0",
            validate=naming.rule(r"(v\d|releases/)[A-Za-z0-9._-]{0,60}", RULE, "A release's name"),
        ),
    ),
    manual=f"Correct the condition of the stage in {FILE} and push it, then check again.",
    docs="https://learn.microsoft.com/azure/devops/pipelines/process/conditions",
)
