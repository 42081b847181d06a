"""Which screen comes next on the way from the welcome to the checklist. Knows no Textual."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.tui.board import Board
from wizard.tui.rows import Field, StepRow

SIGN_IN, NAMES, CHECKLIST = "sign-in", "names", "checklist"
_ORDER = (SIGN_IN, NAMES, CHECKLIST)


@dataclass(slots=True)
class Group:
    """The questions about one environment ("" = the whole set-up), and the titles of the steps that ask them."""

    environment: str
    fields: list[Field] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)

    def add(self, title: str, question: Field) -> None:
        """One more question, of the step of that title."""
        self.fields.append(question)
        if title not in self.titles:
            self.titles.append(title)


def next_screen(board: Board, after: str) -> str:
    """The next screen that still has a purpose, after the one named ("" = from the start)."""
    rest = _ORDER[_ORDER.index(after) + 1 :] if after in _ORDER else _ORDER
    return next(name for name in rest if _has_purpose(board, name))


def asked(board: Board) -> list[StepRow]:
    """The steps whose questions the names form shows: all that ask something, but for the sign-in."""
    sign_in = {row.key for row in board.sign_in}
    return [row for row in board.steps if questions(row) and row.key not in sign_in]


def questions(row: StepRow) -> list[Field]:
    """What a step needs to know. The reason to leave it out is asked where one leaves it out."""
    return [each for each in row.inputs if not each.leaves_out]


def by_environment(board: Board) -> list[Group]:
    """All questions of the names form, each once: those for the whole set-up first, then environment by environment."""
    environments = list(dict.fromkeys(row.environment for row in board.steps if row.environment))
    groups = {name: Group(name) for name in ("", *environments)}
    seen: set[str] = set()
    for row in asked(board):
        for each in questions(row):
            if each.name not in seen:
                seen.add(each.name)
                first = each.name.partition(".")[0]
                groups[first if first in groups else row.environment].add(row.title, each)
    return [group for group in groups.values() if group.fields]


def _has_purpose(board: Board, name: str) -> bool:
    if name == SIGN_IN:
        return bool(board.sign_in) and not all(row.status == "ok" for row in board.sign_in)
    if name == NAMES:
        # The first step that asks is the one of the names. Who has written them down goes on where they left; what
        # later steps ask has a proposal, or is asked when its turn comes.
        return not board.described or any(row.status != "ok" for row in asked(board)[:1])
    return True
