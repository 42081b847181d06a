"""The field in which one types, everywhere but in the command palette."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class SteadyInput(Input):
    """Its cursor does not blink: what moves by itself draws the eye, and costs a slow line two messages a second."""

    cursor_blink = reactive(False, init=False)
