"""Which screen comes next on the way from the welcome to the checklist. Knows no Textual."""

from __future__ import annotations

from wizard.tui.board import Board
from wizard.tui.rows import StepRow

SIGN_IN, NAMES, CHECKLIST = "sign-in", "names", "checklist"
_ORDER = (SIGN_IN, NAMES, CHECKLIST)


def next_screen(board: Board, after: str) -> str:
    """The next screen that still has a purpose, after the one named ("" = from the start)."""
    rest = _ORDER[_ORDER.index(after) + 1 :] if after in _ORDER else _ORDER
    return next(name for name in rest if _has_purpose(board, name))


def asked(board: Board) -> list[StepRow]:
    """The steps whose questions the names form shows: all that ask something, but for the sign-in."""
    sign_in = {row.key for row in board.sign_in}
    return [row for row in board.steps if row.inputs and row.key not in sign_in]


def _has_purpose(board: Board, name: str) -> bool:
    if name == SIGN_IN:
        return bool(board.sign_in) and not all(row.status == "ok" for row in board.sign_in)
    if name == NAMES:
        return not board.described or not all(row.status == "ok" for row in asked(board))
    return True
