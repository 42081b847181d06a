"""The error panel: what happened, what to do next, and where more is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from wizard.tui.rows import StepRow
from wizard.tui.screens.base import WizardModal
from wizard.tui.widgets.detail_text import HEADING, MUTED, YOU, Part

LOG = ".mlops-wizard/log"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure in a person's words. `diagnosis` names the rule or code, for search; `message_to_send` is for `who`."""

    title: str
    cause: str
    fix: str = ""
    diagnosis: str = ""
    links: tuple[str, ...] = ()
    who: str = ""
    message_to_send: str = ""


def of_step(row: StepRow) -> Trouble:
    """The trouble of a step."""
    where = f" ({row.environment})" if row.environment else ""
    return Trouble(f"{row.title}{where}", row.message, row.fix, row.diagnosis, row.links, row.who, row.message_to_send)


def _from_here(file: Path) -> str:
    """The shortest name by which that file is opened from the folder where the wizard was started."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


class ErrorScreen(WizardModal[None]):
    """Shows one trouble; all of it can be copied."""

    AUTO_FOCUS = "#close"
    BINDINGS: ClassVar = [("y", "copy", "Copy"), ("m,M", "copy_message", "Copy the message")]

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self._trouble = trouble

    def compose(self) -> ComposeResult:
        """Cause, next action, diagnosis, log."""
        with Vertical(classes="dialog"):
            yield Static(Content.assemble(("✗ ", "bold $text-error"), self._trouble.title), classes="title")
            with VerticalScroll():
                yield Static(Content.assemble(*self._parts()))
            with Horizontal(classes="buttons"):
                if self._trouble.message_to_send:
                    yield Button("Copy message (m)", id="copy-message")
                yield Button("Copy all (y)", id="copy")
                yield Button("Close", id="close", variant="primary")

    def _sections(self) -> list[tuple[str, str]]:
        trouble = self._trouble
        sections = [
            ("Cause", trouble.cause),
            ("Next action", trouble.fix or "check again; if it stays, the log below has the details"),
            ("Who must act", trouble.who if trouble.who != YOU and not trouble.message_to_send else ""),
            (f"Send this to {trouble.who}", trouble.message_to_send),
            ("Diagnosis", trouble.diagnosis),
            ("Links", "\n".join(trouble.links)),
            ("Log", _from_here(self.wizard.project / LOG)),
        ]
        return [(name, text) for name, text in sections if text]

    def _parts(self) -> list[Part]:
        return [
            part
            for name, text in self._sections()
            for part in ((f"{name}\n", HEADING), (f"{text}\n\n", MUTED if name == "Log" else ""))
        ]

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """Copy all of it."""
        text = "\n".join(f"{name}: {text}" for name, text in self._sections())
        self.wizard.copy(f"{self._trouble.title}\n{text}", "The problem")

    @on(Button.Pressed, "#copy-message")
    def action_copy_message(self) -> None:
        """Copy only what is to be sent to the one who must act."""
        if self._trouble.message_to_send:
            self.wizard.copy(self._trouble.message_to_send, f"The message to {self._trouble.who}")
