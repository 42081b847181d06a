"""Which version of its registry a service runs, by a person's choice: forward to another one, or back.

It is deployed from this machine, by the very `jobs/deploy.py` that the pipeline runs: a stage of the pipeline trains
before it deploys, so it cannot run an older version, and a way back must not wait for agents and approvals. What was
chosen is written into the registry, where everybody sees it: the alias `champion` in Unity Catalog, the stage
Production in a workspace's registry.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import known_answers, ml_service, model_registry, reach
from wizard.steps.model_registry import Version
from wizard.steps.pipeline_model import READY

Choosing = Callable[[Context], Awaitable[Version]]
DEPLOY = "Deploy version "
ID, RESTART = "service.version", "service.restart"


def step(choose: Choosing, service: str) -> Step:
    """What brings the version that `choose` names into a service, of which `service` is the checklist's instance (its
    key); it stands in no checklist itself.
    """

    async def plan(context: Context) -> list[Action]:
        return await planned(context, await choose(context))

    return Step(
        id=ID,
        title="Model version of the service",
        why="A newer model is not always a better one: a service takes another version, proven by its answers.",
        check=check,
        plan=plan,
        docs="https://mlflow.org/docs/latest/ml/model-registry/",
        time_limit=150.0,
        renews=(service,),
    )


def restart_step() -> Step:
    """What replaces a service's containers by new ones of the version that it runs; it stands in no checklist."""
    return Step(
        id=RESTART,
        title="Restarted service",
        why="New containers answer before the old ones end; what a container has got into its way is gone with it.",
        check=check_current,
        plan=plan_restart,
        docs="https://learn.microsoft.com/azure/machine-learning/v1/how-to-deploy-update-web-service",
        time_limit=150.0,
    )


async def plan_restart(context: Context) -> list[Action]:
    """Deploy the version that the service runs once more."""
    version, name = await numbered(context, await current(context)), context.answer("service_name")
    command = f"python -m jobs.deploy --model-name {version.name} --model-version {version.version} --again ..."
    title = f"Replace the containers of {name} by new ones of version {version.version}"
    return [Action(title, command, _deploying(version, again=True), key=name)]


async def check_current(context: Context) -> Outcome:
    """The service answers as the version does that it says it runs."""
    version, found = await numbered(context, await current(context)), await ml_service.look(context)
    if found is None or found.state != ml_service.HEALTHY:
        return Outcome(Status.TODO, f"{context.answer('service_name')} is not healthy.")
    return await ml_service.asked(context, found, version)


async def check(context: Context) -> Outcome:
    """The service runs the version that its registry calls the one in use, and answers as that version does."""
    found, name = await ml_service.look(context), context.answer("service_name")
    versions = await model_registry.versions(context)
    chosen = next((each for each in versions if each.promoted), None)
    if found is None or chosen is None or not ml_service.runs(found, chosen):
        wanted = f"version {chosen.version}" if chosen else "no version"
        return Outcome(Status.TODO, f"{name} does not run what the registry calls in use: {wanted}.")
    return await ml_service.asked(context, found, chosen)


async def current(context: Context) -> str:
    """The number of the version that the service runs; WizardError where it does not run or does not say."""
    found = await ml_service.look(context)
    number = found.tags.get("registered_version", "") if found else ""
    if not number:
        name, place = context.answer("service_name"), context.environment
        fix = f"mlops-wizard check --step service.{place} tells how the service stands"
        raise WizardError(f"{name} runs no registered version.", fix=fix)
    return number


async def numbered(context: Context, number: str) -> Version:
    """The version of that number in the environment's registry; WizardError names those there are."""
    versions = [each for each in await model_registry.versions(context) if each.status == READY]
    found = next((each for each in versions if each.version == number), None)
    if found is None:
        there = ", ".join(each.version for each in versions) or "none"
        model = model_registry.of(context).model
        raise WizardError(f"{model} has no version {number} that is ready.", fix=f"versions: {there}", code="usage")
    return found


async def before(context: Context) -> Version:
    """The newest ready version that is older than the one the service runs.

    After a crash in the middle of a change it is the version of that change, which must not count twice.
    """
    if number := broken_off(context):
        context.progress(f"goes on with version {number}, which was not brought to its end")
        return await numbered(context, number)
    now = int(await current(context))
    older = [each for each in await model_registry.versions(context) if int(each.version) < now]
    found = next((each for each in older if each.status == READY), None)
    if found is None:
        raise WizardError(f"There is no ready version before {now}.", fix="promote another one by its number")
    return found


def broken_off(context: Context) -> str:
    """The number of the version whose change began here and did not end, "" where there is none.

    Writing the choice down is always the last action.
    """
    entries = [each for each in context.session.journal.entries() if each.get("instance") == context.instance.key]
    if not entries:
        return ""
    last = entries[-1]
    whole = last.get("event") == "ended" and not str(last.get("action", "")).startswith(DEPLOY)
    return "" if whole else str(last.get("key", ""))


async def like(context: Context, source: Context) -> Version:
    """The newest version here that was made of the same commit as the one that the source's service runs.

    Every environment trains its own: what two of them have in common is the code.
    """
    commit = await _commit(source, (await numbered(source, await current(source))).run_id)
    for version in await model_registry.versions(context):
        if commit and version.status == READY and await _commit(context, version.run_id) == commit:
            return version
    made = f"commit {commit[:10]}, as {source.environment}'s was" if commit else f"{source.environment}'s commit"
    raise WizardError(
        f"{context.environment} has no version that was made of {made}.",
        fix="release that commit: mlops-wizard apply --step repo.release, then --step devops.run-prod",
    )


async def _commit(context: Context, run_id: str) -> str:
    """The commit of which a tracked run was made, "" where it does not say."""
    workspace = await reach.databricks(context)
    tracked = await context.call(workspace.host, workspace.models.run, run_id)
    return tracked.tags.get("commit", "") if tracked else ""


async def planned(context: Context, version: Version) -> list[Action]:
    """Deploy that version unless the service runs it, and write the choice into the registry."""
    found, name = await ml_service.look(context), context.answer("service_name")
    if found is not None and found.state == ml_service.MOVING:
        raise WizardError(f"{name} is being deployed by somebody else.", fix="wait for that, then run this again")
    runs = found is not None and found.state == ml_service.HEALTHY and ml_service.runs(found, version)
    if runs and version.promoted:
        return []
    writing = _writing(context, version)
    if runs:
        return [writing]
    command = f"python -m jobs.deploy --model-name {version.name} --model-version {version.version} ..."
    title = f"{DEPLOY}{version.version} to {name}"
    return [Action(title, command, _deploying(version), key=version.version), writing]


def _deploying(version: Version, *, again: bool = False) -> Callable[[Context], Awaitable[None]]:
    async def run(context: Context) -> None:
        """Deploy, and believe it when the service answers as that version does on this machine."""
        from wizard.clients.local_deployment import Model, Target, deploy

        host, credential = (await model_registry.workspace(context)).host, (await reach.login(context)).credential
        model = Model(host, known_answers.local_uri(context), version.name, version.version)
        target = Target(
            subscription=reach.subscription(context),
            group=context.answer("resource_group"),
            workspace=context.answer("ml_workspace"),
            cluster=context.answer("aks_cluster"),
            service=context.answer("service_name"),
        )
        folder = context.project.folder
        await context.call(host, partial(deploy, again=again), folder, model, target, credential, context.output)
        found = await ml_service.look(context)
        if found is None or not ml_service.runs(found, version):
            raise WizardError(f"{target.service} does not run version {version.version}.", fix="run this again")
        outcome = await ml_service.asked(context, found, version)
        if outcome.status is not Status.OK:
            raise WizardError(outcome.message, fix=outcome.fix)

    return run


def _writing(context: Context, version: Version) -> Action:
    model = model_registry.of(context).model
    if model_registry.of(context).uri == model_registry.CATALOG:
        title = f"Let {model_registry.CHAMPION} be version {version.version}"
        command = f"databricks registered-models set-alias {model} {model_registry.CHAMPION} {version.version}"
    else:
        title = f"Move version {version.version} to {model_registry.PRODUCTION}"
        command = (
            f"databricks model-registry transition-stage {model} {version.version} {model_registry.PRODUCTION} true"
        )

    async def run(context: Context) -> None:
        await model_registry.promote(context, version)

    return Action(title, command, run, key=version.version)
