"""The newest runs of the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.operations.status.deeds import apply, applying
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.rows import Area, Row, State
from wizard.operations.status.times import age
from wizard.steps import reach, wanted_run
from wizard.steps.devops_connection import project

if TYPE_CHECKING:
    from wizard.clients.pipeline_runs import Run

PAGE = 8
STATE, REF, COMMIT, AGE = "state", "of", "commit", "age"


async def read(context: Context, look: Look) -> list[Row]:
    """A page of runs, newest first."""
    service, pipeline = await reach.devops_as_signed_in(context), int(context.facts("devops.pipeline")["id"])
    name = project(context)[1]
    found = await context.call(reach.DEVOPS, service.pipeline_runs.newest, name, pipeline, PAGE * look.pages)
    return rows(found, {run.id: wanted_run.page(context, run) for run in found}, look.now)


def rows(runs: list[Run], pages: dict[int, str], now: float) -> list[Row]:
    """A row a run. Only a branch's or tag's newest run needs somebody: those before it are history."""
    newest: dict[str, int] = {}
    for run in runs:
        newest.setdefault(run.branch, run.id)
    return [_row(run, pages.get(run.id, ""), now, is_newest=newest[run.branch] == run.id) for run in runs]


def _row(run: Run, page: str, now: float, *, is_newest: bool) -> Row:
    bad = run.ended and run.result in wanted_run.BAD
    ref = run.branch.removeprefix("refs/heads/").removeprefix("refs/")
    environment = "prod" if ref.startswith(("releases", "tags/")) else "test"
    advice = ""
    if bad and is_newest:
        why = f": {run.problems[0]}" if run.problems else ""
        again = apply(f"devops.run-{environment}", environment)
        advice = f"Run {run.number} of {ref} {run.result}{why}. See its log; {again} runs again what failed."
    return Row(
        key=str(run.id),
        title=f"run {run.number}",
        environment="",
        state=State.FAIL if advice else State.OK,
        cells={
            STATE: (run.result if run.ended else run.status) or run.status,
            REF: ref,
            COMMIT: run.commit[:10],
            AGE: age(run.queued.timestamp() if run.queued else 0.0, now),
        },
        advice=advice,
        link=page,
        deeds=(applying(f"devops.run-{environment}", environment),) if advice else (),
    )


RUNS = Source(
    Area("runs", "Pipeline runs", (STATE, REF, COMMIT, AGE)),
    (Part("runs", "devops.pipeline", "test", (("devops.pipeline", "id"), ("signin.devops", "project")), read, PAGE),),
)
