"""The checklist as a table: what is the same thing in several environments is one row. Knows no Textual."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wizard.tui.rows import StageRow, StepRow

ONCE = "once"  # the column of steps that belong to no environment


@dataclass(slots=True)
class MatrixRow:
    """Steps of one title, by environment. `stage` is the one in which the first of them comes."""

    title: str
    stage: StageRow
    cells: dict[str, StepRow] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells it from other rows: the key of its first step."""
        return next(iter(self.cells.values())).key


def rows_of(stages: Iterable[StageRow]) -> list[MatrixRow]:
    """Rows in the order of the checklist.

    The title joins: it names what is set up, whichever step does that in an environment. Two steps of one title in the
    same environment are two rows.
    """
    found: list[MatrixRow] = []
    for stage in stages:
        for step in stage.steps:
            row = next((r for r in found if r.title == step.title and step.environment not in r.cells), None)
            if row is None:
                row = MatrixRow(step.title, stage)
                found.append(row)
            row.cells[step.environment] = step
    return found


def columns_of(stages: Iterable[StageRow]) -> list[str]:
    """The environments in the order in which the checklist names them; "" first where there are steps without one."""
    named = dict.fromkeys(step.environment for stage in stages for step in stage.steps)
    return sorted(named, key=bool)


def counts(steps: Iterable[StepRow]) -> tuple[int, int, int]:
    """How many are ok, still to do (or not known), and failed, by live checks; those left out are not counted."""
    wanted = [step for step in steps if not step.left_out]
    ok = sum(step.good for step in wanted)
    failed = sum(step.status == "fail" and not step.remembered for step in wanted)
    return ok, len(wanted) - ok - failed, failed
