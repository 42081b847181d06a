"""The words beside the environment matrix: what is known of the cell under the cursor. Nothing in it is markup."""

from __future__ import annotations

from textual.content import Content

from wizard.tui.board import Board
from wizard.tui.looks import look
from wizard.tui.matrix import ONCE, MatrixRow
from wizard.tui.rows import StepRow
from wizard.tui.timelines import moment
from wizard.tui.widgets.detail_text import HEADING, MUTED, STYLE_OF, Part
from wizard.tui.widgets.identity_text import length


def cell_text(board: Board, row: MatrixRow, environment: str) -> Content:
    """Status, message, proof and age of a cell."""
    step = row.cells.get(environment)
    if step is None:
        places = ", ".join(each or ONCE for each in row.cells)
        nothing = f"· Nothing to set up here; there is: {places}."
        return Content.assemble((f"{row.title}\n", "bold"), (nothing, MUTED))
    glyph, word, _, token = look(step.shown_status, step.remembered and not step.busy)
    parts: list[Part] = [
        (f"{glyph} {word}", f"bold {STYLE_OF[token]}"),
        (f"  {step.title}", "bold"),
        (f"  {step.key}\n", MUTED),
    ]
    parts += [(f"{step.progress or step.message}\n", "")] if step.progress or step.message else []
    parts += _line("Next", step.fix if not step.good else "")
    parts += _line("Who", step.who if step.needs_attention and step.message_to_send else "")
    parts += _line("Proof", step.proof)
    parts += _line("Seen", age(board, step))
    return Content.assemble(*parts).rstrip()


def age(board: Board, step: StepRow) -> str:
    """How long ago it was found so; "" before anybody looked."""
    at = (moment(step.checked) or 0.0) if step.remembered else step.seen
    if not at:
        return ""
    ago = f"{length(max(0.0, board.wall() - at))} ago"
    return f"{ago}, in an earlier session; a live check will replace it" if step.remembered else f"{ago}, live"


def _line(label: str, text: str) -> list[Part]:
    return [(f"{label:<6}", HEADING), (f"{text}\n", "")] if text else []
