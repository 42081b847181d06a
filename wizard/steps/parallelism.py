"""Whether an agent will take the pipeline's jobs: asked before anything is built, since the free grant takes days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError, UnreachableError
from wizard.engine.step import Action, Outcome, Question, Status, Step
from wizard.steps import reach
from wizard.steps.devops_signin import entered

if TYPE_CHECKING:
    from wizard.clients.agents import Agent, Agents, ParallelJobs, Pool

STEP = "devops.parallelism"
HOSTED_POOL = "Azure Pipelines"
REQUEST_FORM = "https://aka.ms/azpipelines-parallelism-request"
DOCS = "https://learn.microsoft.com/azure/devops/pipelines/licensing/concurrent-jobs"
REFUSALS = (401, 403)


async def check(context: Context) -> Outcome:
    """Read the organisation's parallel jobs, or the agents of the chosen pool."""
    facts = context.facts("signin.devops")
    url, project = facts["url"], facts["project"]
    service, _, _ = await entered(context, url)
    wanted = context.answer("devops.agent_pool")
    try:
        pools = await context.call(reach.DEVOPS, service.agents.pools, project)
        found = next((pool for pool in pools if pool.name.lower() == wanted.lower()), None)
        if found is not None and not found.hosted:
            return _self_hosted(url, found, await context.call(reach.DEVOPS, service.agents.agents, found.id), pools)
        if found is None and wanted != HOSTED_POOL:
            return _no_such_pool(project, wanted, pools)
        about = await context.call(reach.DEVOPS, service.project, project)
        public = about is not None and about.visibility == "public"
        jobs = await context.call(reach.DEVOPS, service.agents.parallel_jobs, public)
        if jobs.known and not jobs.total:
            return _nothing_granted(context, url, public, await _online_pools(context, service.agents, pools), pools)
    except ServiceError as error:
        if isinstance(error, UnreachableError) or error.status not in REFUSALS:
            raise
        return _not_shown(url, error)
    return _hosted(url, wanted, public, jobs, pools)


async def _online_pools(context: Context, agents: Agents, pools: list[Pool]) -> list[str]:
    """The names of the self-hosted pools that would take a job now."""
    own = [pool for pool in pools if not pool.hosted]
    there = [await context.call(reach.DEVOPS, agents.agents, pool.id) for pool in own]
    return [pool.name for pool, found in zip(own, there, strict=True) if _ready(found)]


def _ready(agents: list[Agent]) -> list[Agent]:
    return [agent for agent in agents if agent.online and agent.enabled]


def _names(pools: list[Pool]) -> dict[str, str]:
    return {"pools": "\n".join(pool.name for pool in pools)}


def _hosted(url: str, pool: str, public: bool, jobs: ParallelJobs, pools: list[Pool]) -> Outcome:
    """The outcome when Microsoft's agents take jobs, or the service does not know how many."""
    kind = "public" if public else "private"
    links = (f"{url}/_settings/parallelJobs",)
    if not jobs.known:
        return Outcome(
            Status.WARN,
            f"{url} could not tell how many parallel jobs it has.",
            fix="see Organization settings, Parallel jobs; check again later",
            links=links,
            facts=_names(pools),
        )
    minutes = "" if jobs.minutes is None else f", {jobs.used_minutes} of {jobs.minutes} minutes used this month"
    spent = jobs.minutes is not None and jobs.used_minutes >= jobs.minutes
    wait = "no minutes are left: wait for the next month, buy a parallel job, or use an agent of your own"
    return Outcome(
        Status.WARN if spent else Status.OK,
        f"{pool} takes {jobs.total} job(s) at once of {kind} projects{minutes}",
        proof=f"{url} answered: {jobs.total} Microsoft-hosted parallel job(s) for {kind} projects, {jobs.used} in use",
        fix=wait if spent else "",
        links=links,
        facts=_names(pools),
    )


def _self_hosted(url: str, pool: Pool, agents: list[Agent], pools: list[Pool]) -> Outcome:
    """The outcome for a pool of one's own: somebody must be there to take a job."""
    ready = _ready(agents)
    if ready:
        names = ", ".join(agent.name for agent in ready)
        return Outcome(
            Status.OK,
            f"{len(ready)} agent(s) of pool {pool.name} are online",
            proof=f"{url} listed {len(agents)} agent(s) in pool {pool.name} (id {pool.id}), online: {names}",
            facts=_names(pools),
        )
    return Outcome(
        Status.TODO,
        f"No agent of pool {pool.name} is online ({len(agents)} registered).",
        fix=f"start or register an agent there, or use Microsoft's: --set devops.agent_pool={HOSTED_POOL!r}",
        links=(
            f"{url}/_settings/agentpools?poolId={pool.id}",
            "https://learn.microsoft.com/azure/devops/pipelines/agents/linux-agent",
        ),
        facts=_names(pools),
    )


def _no_such_pool(project: str, wanted: str, pools: list[Pool]) -> Outcome:
    names = ", ".join(pool.name for pool in pools)
    return Outcome(
        Status.TODO,
        f"Project {project} has no agent pool {wanted}.",
        fix=f"choose one of these with --set devops.agent_pool=NAME: {names}",
        facts=_names(pools),
    )


def _nothing_granted(context: Context, url: str, public: bool, online: list[str], pools: list[Pool]) -> Outcome:
    """The outcome when Microsoft's agents take no job; where one's own are online, they are the quicker way."""
    kind = "public" if public else "private"
    member = context.facts("signin.devops").get("account", "")
    quicker = f"use agents of your own (--set devops.agent_pool={online[0]!r}), or " if online else ""
    request = (
        f"Please request the free grant of parallel jobs for our Azure DevOps organisation at {REQUEST_FORM}. "
        f"Organisation: {url}. Parallelism type: {kind.capitalize()}. Answer to: {member}."
    )
    return Outcome(
        Status.TODO if online else Status.FAIL,
        f"{url} has no Microsoft-hosted parallel job for {kind} projects: every run would end at once.",
        fix=(
            f"{quicker}send the request form now, it takes two to three business days; until then an agent of your own "
            "will do, or a parallel job that is bought (Organization settings, Billing)"
        ),
        links=(REQUEST_FORM, f"{url}/_settings/parallelJobs", DOCS),
        facts=_names(pools),
        diagnosis="F22",
        who="" if online else "an owner of the Azure DevOps organisation, by the request form",
        text="" if online else request,
    )


def _not_shown(url: str, error: ServiceError) -> Outcome:
    """The outcome when the settings may not be read: nothing is known, and nothing speaks against going on."""
    return Outcome(
        Status.WARN,
        f"{url} does not show its parallel jobs to you, so nobody knows whether a run will start ({error.message})",
        fix="ask an owner of the organisation whether Organization settings, Parallel jobs shows one for private "
        "projects; a personal access token also needs the scope Agent Pools (read)",
        links=(REQUEST_FORM, DOCS),
        who="an owner of the Azure DevOps organisation",
        text=(
            f"Please see whether {url}/_settings/parallelJobs shows at least one Microsoft-hosted parallel job for "
            f"private projects. If not, please request the free grant at {REQUEST_FORM} (Parallelism type: Private)."
        ),
    )


async def plan(_: Context) -> list[Action] | None:
    """The form is Microsoft's, and a person sends it."""
    return None


def offered(context: Context) -> tuple[str, ...]:
    """The pools that the last check saw."""
    return tuple(context.facts(STEP).get("pools", "").splitlines())


PARALLELISM = Step(
    id=STEP,
    title="Agents for the pipeline",
    why=(
        "A pipeline's jobs run on agents, and a new organisation has none of Microsoft's until somebody asks for them. "
        "The grant takes two to three business days, so it is asked for on the first."
    ),
    check=check,
    plan=plan,
    needs=("signin.devops",),
    inputs=(
        Question(
            "devops.agent_pool",
            "Which agents shall run the pipeline?",
            f"A pool of the project; {HOSTED_POOL} are Microsoft's agents.",
            default=lambda _: HOSTED_POOL,
            choices=offered,
        ),
    ),
    manual=f"Send the request form ({REQUEST_FORM}), or register an agent of your own and choose its pool.",
    docs=DOCS,
)
