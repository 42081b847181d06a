"""`mlops-wizard run JOB --cluster NAME`: runs a job of jobs/ on a cluster from this machine, following it live."""

from __future__ import annotations

import uuid
from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.step import Instance
from wizard.steps import reach
from wizard.steps.job_following import Finished, run_job
from wizard.steps.jobs import JOBS, Job
from wizard.steps.tags import mark
from wizard.steps.training import TRAIN


async def run(session: Session, command: dict[str, Any]) -> int:
    """Run what the command names (`job`, `cluster`, `environment`); 0 when it ended well.

    WizardError when the job or the cluster is not known (the message offers those there are), or the job fails.
    """
    job = job_named(str(command["job"]))
    context = Context(session, Instance(TRAIN, str(command.get("environment", "dev"))))
    await run_on(context, job, str(command["cluster"]))
    return 0


def job_named(name: str) -> Job:
    """The job of that name."""
    if name not in JOBS:
        raise WizardError(f"There is no job `{name}`.", fix=f"jobs: {', '.join(JOBS)}", code="usage")
    return JOBS[name]


async def run_on(context: Context, job: Job, cluster_name: str) -> Finished:
    """Run a job on the cluster of that name in the context's environment."""
    if not context.facts("databricks.workspaces").get("host"):
        raise WizardError(
            f"No Databricks workspace is known for {context.environment} yet.", fix="`mlops-wizard apply` makes one"
        )
    cluster_id = await cluster_named(context, cluster_name)
    return await run_job(context, job, cluster_id, f"{mark(context)}-{uuid.uuid4().hex[:12]}")


async def cluster_named(context: Context, name: str) -> str:
    """The id of the only cluster of that name; WizardError offers the existing names, or the ids when several fit."""
    workspace = await reach.databricks(context)
    clusters = await context.call(workspace.host, workspace.clusters.list)
    found = [each.id for each in clusters if name in (each.name, each.id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise WizardError(f"Several clusters are called {name}.", fix=f"name one by its id: {', '.join(found)}")
    names = ", ".join(sorted({each.name for each in clusters})) or "none yet"
    raise WizardError(f"There is no cluster called {name}.", fix=f"clusters of {workspace.host}: {names}")
