"""Asks before anything is changed: what, where, as whom, at what cost.

The focus is on Cancel, or where a name has to be typed; a name that is begun anywhere goes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.widgets import Button, Static

from wizard.engine.events import ConfirmWanted
from wizard.tui.armings import Guarded
from wizard.tui.board import Board
from wizard.tui.rows import StepRow
from wizard.tui.screens.base import WizardModal
from wizard.tui.widgets.arm_field import ArmField
from wizard.tui.widgets.detail_text import HEADING, MUTED, Part, action_parts
from wizard.tui.widgets.header_bar import REAL_CLOUD

NOTHING_BILLED = "sandbox: a rehearsal on this machine, nothing is billed"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person is asked to agree to."""

    title: str
    button: str
    body: Content
    dangerous: bool
    guarded: Guarded | None = None
    must_arm: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """A yes, and what was typed to arm an environment, "" where nothing had to be."""

    environment: str = ""
    word: str = ""


class ConfirmScreen(WizardModal[Consent]):
    """Yes or no to a proposal; None is no. What is guarded needs its name typed, so that no stray key will do."""

    ENGINE_WAITS = True
    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar = [("escape,n", "answer(False)", "Cancel"), ("y", "answer(True)", "Yes")]

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self._proposal = proposal

    def compose(self) -> ComposeResult:
        """Title, what it is about, the two answers."""
        with Vertical(classes="dialog" if self._proposal.guarded is None else "dialog -asks"):
            yield Static(Content(self._proposal.title), classes="title")
            with VerticalScroll():
                yield Static(self._proposal.body)
            if self._proposal.guarded is not None:
                yield ArmField(self._proposal.guarded, required=self._proposal.must_arm)
            with Horizontal(classes="buttons"):
                yield Button("Cancel (n)", id="no")
                yield Button(
                    f"{self._proposal.button} (y)", id="yes", variant="error" if self._proposal.dangerous else "primary"
                )

    def on_mount(self) -> None:
        """Be ready for a name that has to be typed."""
        if self._field is not None and self._proposal.must_arm:
            self._field.begin()

    def on_key(self, event: Key) -> None:
        """Take what is neither yes nor no for the beginning of the name; bindings come after this."""
        field, typed = self._field, event.character or ""
        if field is not None and event.is_printable and (field.word or typed not in "yn"):
            event.stop()
            field.begin(typed)

    @property
    def _field(self) -> ArmField | None:
        return next(iter(self.query(ArmField)), None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    @on(ArmField.Armed)
    def _armed(self) -> None:
        self.action_answer(True)

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        field = self._field
        if not yes:
            self.dismiss(None)
        elif field is None:
            self.dismiss(Consent())
        elif field.complete():
            self.dismiss(Consent(field.environment, field.word))


def of_step(board: Board, event: ConfirmWanted) -> Proposal:
    """The proposal of one step's plan."""
    row = board.find(f"{event.step}@{event.environment}" if event.environment else event.step)
    title = row.title if row is not None else event.step
    parts: list[Part] = [*_where(board, event.environment), ("Actions\n", HEADING)]
    for number, action in enumerate(event.actions, start=1):
        parts += action_parts(number, action)
    parts += _names([row] if row is not None else [])
    risks = {action.get("risk", "none") for action in event.actions} - {"none"}
    parts += _costs(board, risks)
    where = f" ({event.environment})" if event.environment else ""
    guarded = board.armings.guarded.get(event.environment) if event.word else None
    return Proposal(
        f"{title}{where}: go ahead?", "Go ahead", Content.assemble(*parts), "hard to undo" in risks, guarded, True
    )


def of_teardown(board: Board, event: ConfirmWanted) -> Proposal:
    """The proposal to take the whole set-up back: what goes, what is taken along, what stays."""
    parts: list[Part] = [*_where(board, ""), (f"What goes, {len(event.actions)} in all\n", HEADING)]
    for action in event.actions:
        loses = action.get("loses", "")
        parts += [(f"✗ {action['title']}\n", ""), *([(f"  with it: {loses}\n", "$text-warning")] if loses else [])]
    kept = [each for row in board.steps for each in row.kept]
    parts += [("\nWhat stays\n", HEADING)] if kept else []
    for each in kept:
        parts += [(f"○ {each['thing']}", ""), (f"  {each['why']}\n", MUTED)]
    word = Guarded("", event.word, (), 0)
    return Proposal("Delete all that this set-up made?", "Delete", Content.assemble(*parts), True, word, True)


def of_everything(board: Board) -> Proposal:
    """The proposal to do all that is missing. Plans that depend on earlier steps are made when their turn comes."""
    missing = board.missing
    environments = ", ".join(dict.fromkeys(row.environment for row in missing if row.environment))
    parts: list[Part] = [*_where(board, environments), (f"{len(missing)} steps, in order\n", HEADING)]
    for row in missing:
        known = "; ".join(action["title"] for action in row.plan or ()) or "planned when its turn comes"
        where = f" ({row.environment})" if row.environment else ""
        parts += [(f"○ {row.title}{where}", ""), (f"  {known}\n", MUTED)]
    parts += _names(missing)
    parts += _costs(board, {action.get("risk", "none") for _, action in board.planned} - {"none"})
    guarded = next((each for each in board.armings.disarmed(board.now()) if _touches(missing, each)), None)
    return Proposal("Set up everything that is missing?", "Set up", Content.assemble(*parts), False, guarded)


def of_arming(board: Board, guarded: Guarded) -> Proposal:
    """The proposal to arm an environment."""
    text = f"For {guarded.minutes} minutes, actions on {guarded.environment} ask for a yes alone. A disarms it again.\n"
    parts = [*_where(board, guarded.environment), (text, "")]
    return Proposal(f"Arm {guarded.environment}?", "Arm", Content.assemble(*parts), True, guarded, True)


def _touches(missing: list[StepRow], guarded: Guarded) -> bool:
    """Whether setting up these steps does something that has to be armed, as far as their plans are known."""
    return any(
        guarded.is_about(row.environment, [action.get("risk", "none") for action in row.plan or ()]) for row in missing
    )


def _where(board: Board, environment: str) -> list[Part]:
    lines = [("Cloud", board.cloud), ("Signed in", board.identity or "not yet: that is the first step")]
    lines += [("Environment", environment)] if environment else []
    return [part for name, text in lines for part in ((f"{name:<13}", MUTED), (f"{text}\n", "bold"))] + [("\n", "")]


def _names(rows: list[StepRow]) -> list[Part]:
    """What the steps were told, without what was left empty."""
    names = [(each.prompt, each.shown) for row in rows for each in row.inputs if not each.secret and each.shown]
    if not names:
        return []
    width = max(len(prompt) for prompt, _ in names)
    parts: list[Part] = [("\nNames\n", HEADING)]
    for prompt, value in names:
        parts += [(f"{prompt:<{width}}  ", MUTED), (f"{value}\n", "")]
    return parts


def _costs(board: Board, risks: set[str]) -> list[Part]:
    if board.cloud != REAL_CLOUD:
        return [("\nCosts\n", HEADING), (f"{NOTHING_BILLED}\n", "")]
    text = "some of this costs money while it exists (workspaces, storage, running clusters)"
    return [
        ("\nCosts and risks\n", HEADING),
        (f"{', '.join(sorted(risks))}: {text}\n" if risks else f"{text}\n", "$text-warning"),
    ]
