"""Help: every command with its key, generated from the registry, and what the signs mean."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from wizard.tui.commands import COMMANDS
from wizard.tui.looks import LOOKS, RUN_LOOKS
from wizard.tui.screens.base import WizardModal
from wizard.tui.widgets.detail_text import HEADING, MUTED, STYLE_OF, Part

MEANINGS = {
    "ok": "a live check proved it",
    "todo": "there is something to set up",
    "warn": "it works, but look at it",
    "fail": "the check found what is in the way",
    "skip": "waits for another step",
    "left out": "optional, and somebody left it out for a reason",
    "unknown": "nobody could look: no answer",
    "checking": "a live check is under way",
    "working": "an action is under way",
    "": "not checked yet",
}
OF_RUNS = {
    "running": "a part of a remote run is under way",
    "waiting": "a part of a remote run has not begun",
    "skipped": "a part of a remote run was left out by its conditions",
    "cancelled": "a part of a remote run was stopped",
}


class HelpScreen(WizardModal[None]):
    """Keys and signs."""

    AUTO_FOCUS = "VerticalScroll"

    def compose(self) -> ComposeResult:
        """The two tables."""
        with Vertical(classes="dialog"):
            yield Static(Content("Keys and signs"), classes="title")
            with VerticalScroll():
                yield Static(Content.assemble(*_keys(self.board.keys), *_signs()))
            with Horizontal(classes="buttons"):
                yield Button("Close", id="close", variant="primary")

    @on(Button.Pressed)
    def _close(self) -> None:
        self.dismiss(None)


def _keys(chosen: Mapping[str, str]) -> list[Part]:
    parts: list[Part] = []
    for place in dict.fromkeys(command.where for command in COMMANDS):
        parts.append((f"{place.capitalize()}\n", HEADING))
        for command in (each for each in COMMANDS if each.where == place):
            parts += [(f"{command.label(chosen):>6}  ", "bold $text-accent"), (f"{command.name}\n", "")]
            parts.append((f"        {command.help}\n", MUTED))
        parts.append(("\n", ""))
    return parts


def _signs() -> list[Part]:
    parts: list[Part] = [("Signs\n", HEADING)]
    signs = [(LOOKS[status], meaning) for status, meaning in MEANINGS.items()]
    signs += [(RUN_LOOKS[status], meaning) for status, meaning in OF_RUNS.items()]
    for (glyph, word, _, token), meaning in signs:
        parts += [(f"     {glyph}  ", STYLE_OF[token]), (f"{word:<10}", "bold"), (f"{meaning}\n", MUTED)]
    parts.append(("        Grey words in the past tense are memories of an earlier session.\n", MUTED))
    return [
        *parts,
        ("        Keys of your own: `mlops-wizard where` tells where settings.toml is, [keys] in it.\n", MUTED),
    ]
