"""The report: what was made, by whom, when and with which proof, and what it costs, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from wizard import __version__
from wizard.operations.arm.resource import ArmPlan
from wizard.operations.export.story import Stand, Story

PRICES = "https://azure.microsoft.com/pricing/calculator/"
NEVER = "never looked at"


def report(told: Story, plan: ArmPlan | None, figure_name: str, written: str) -> str:
    """The report. Without a `plan`, which takes a sign-in, resources and costs are left out, and it says so."""
    counts = Counter(each.status or NEVER for each in told.stands)
    first, last = (told.deeds[0].began, told.deeds[-1].began) if told.deeds else (None, None)
    parts = [
        f"# Set-up {told.mark}",
        _table(
            ("what", "value"),
            [
                ("cloud", told.cloud),
                ("subscription", told.subscription),
                ("set up by", told.who),
                ("actions", f"{len(told.deeds)}, from {first} to {last}" if first else "none"),
                ("steps", ", ".join(f"{number} {status}" for status, number in counts.items())),
                ("written", f"{written} by mlops-wizard {__version__}"),
            ],
        ),
        f"![What was done when]({figure_name})",
        "## Proofs",
        "What each step last found, and what it read from the far side to say so.",
        *(_stage(title, rows) for title, rows in _stages(told.stands)),
        "## What was done",
        _table(
            ("when", "step", "action", "seconds", "end"),
            [
                (
                    each.began.isoformat(),
                    each.key,
                    each.title,
                    f"{each.seconds:.1f}",
                    "done" if each.ended_well else "failed",
                )
                for each in told.deeds
            ],
        ),
        "## Versions",
        _table(("step", "what", "version"), told.versions),
        "## Resources and what they cost",
        *_resources(plan),
    ]
    return "\n\n".join(parts) + "\n"


def _stages(stands: Sequence[Stand]) -> list[tuple[str, list[Stand]]]:
    titles = dict.fromkeys(each.stage for each in stands)
    return [(title, [each for each in stands if each.stage == title]) for title in titles]


def _stage(title: str, stands: Sequence[Stand]) -> str:
    rows = [(each.key, each.title, each.status or NEVER, each.message, each.proof, each.checked) for each in stands]
    return f"### {title}\n\n" + _table(("step", "title", "status", "found", "proof", "looked at"), rows)


def _resources(plan: ArmPlan | None) -> list[str]:
    if plan is None:
        return ["Nobody was signed in to Azure when this was written, so its resources could not be listed."]
    rows = [
        (each.environment, each.type, each.name, str(each.body.get("location", "")), each.cost or "nothing by itself")
        for each in plan.resources
    ]
    given = [(each.environment, each.role.name, f"{each.on.short_type} {each.on.name}") for each in plan.roles]
    return [
        f"Hints, not figures; prices of your region and contract: {PRICES}",
        _table(("environment", "type", "name", "region", "costs"), rows),
        "Clusters of Databricks cost by the hour while they run, and stop when idle. Kubernetes does not.",
        _table(("environment", "role given", "on"), given),
    ]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in rows)])


def _cell(text: str) -> str:
    """A cell's text: it ends no cell and no line, and is no markup."""
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return " ".join(escaped.split())
