"""Every command there is, once. Key bindings, footer, palette and help are generated from this registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from textual.binding import Binding, BindingType

from wizard.tui.board import CHANGING, Board
from wizard.tui.rows import StepRow

ANYWHERE = "anywhere"
CHECKLIST = "checklist"
RUN = "run"
IDENTITY = "identity"
TIMELINE = "timeline"
MATRIX = "matrix"
DIFFERENCE = "difference"
STATUS = "status"


class Situation(Protocol):
    """What decides whether a command makes sense now."""

    @property
    def board(self) -> Board:
        """What is known."""

    @property
    def selected(self) -> StepRow | None:
        """The step that commands are about."""

    @property
    def engine_gone(self) -> bool:
        """The engine stopped and is not started again by itself."""


Blocked = Callable[[Situation], str]


@dataclass(frozen=True, slots=True)
class Command:
    """A command. `blocked` returns why it cannot be used now, "" when it can. `footer` is its short name there."""

    id: str
    name: str
    help: str
    key: str
    where: str
    footer: str = ""
    blocked: Blocked = lambda _: ""

    def label(self, chosen: Mapping[str, str]) -> str:
        """The keys as the help shows them: those that a person chose (by command id), else its own."""
        names = {"question_mark": "?", "escape": "Esc", "enter": "Enter", "slash": "/", "plus": "+"}
        keys = chosen.get(self.id, self.key).split(",")
        return " ".join(names.get(key, key.capitalize() if key[1:].isdigit() else key) for key in keys)


def _no_engine(now: Situation) -> str:
    return f"the engine is not running; {key_of(now.board, 'restart')} starts it again" if now.engine_gone else ""


def _busy(now: Situation) -> str:
    if reason := _no_engine(now):
        return reason
    running = now.board.command
    return f"`{running}` is still running; {key_of(now.board, 'stop')} stops it" if running in CHANGING else ""


def _no_step(now: Situation) -> str:
    return "" if now.selected else "no step is selected"


def _step_busy(now: Situation) -> str:
    return _no_step(now) or _busy(now)


def _nothing_to_apply(now: Situation) -> str:
    if reason := _busy(now):
        return reason
    return "" if now.board.missing else "nothing to do: every step is OK"


def _step_needs_nothing(now: Situation) -> str:
    if reason := _step_busy(now):
        return reason
    row = now.selected
    if row is not None and row.left_out:
        return f"this step is left out; {key_of(now.board, 'leave-out')} takes it in again"
    return "nothing to do: this step is OK" if row is not None and row.good else ""


def _nothing_runs(now: Situation) -> str:
    return "" if now.board.command else "nothing is running"


def _no_output(now: Situation) -> str:
    if now.board.run_key or (now.selected is not None and now.selected.timeline):
        return ""
    return "no run has written anything yet"


def _no_link(now: Situation) -> str:
    return "" if now.selected and now.selected.timeline and now.selected.timeline.link else "the run has no page"


def _cannot_run_again(now: Situation) -> str:
    if reason := _step_busy(now):
        return reason
    run = now.selected.timeline if now.selected else None
    return "" if run is not None and run.failed else "nothing of this run failed"


def _cannot_watch(now: Situation) -> str:
    if reason := _step_busy(now):
        return reason
    run = now.selected.timeline if now.selected else None
    return "" if run is not None and run.state != "ended" else "this run has ended"


def _no_error(now: Situation) -> str:
    if reason := _no_step(now):
        return reason
    row = now.selected
    return "" if row is not None and row.needs_attention else "this step reports no problem"


def _nothing_to_send(now: Situation) -> str:
    return "" if now.selected and now.selected.message_to_send else "nobody else has to act on this step"


def _must_be_done(now: Situation) -> str:
    if reason := _step_busy(now):
        return reason
    return "" if now.selected and now.selected.reason else "this step is not optional"


def _no_identity(now: Situation) -> str:
    return "" if now.board.identities.cards else "nobody is known yet"


def _nothing_guarded(now: Situation) -> str:
    if reason := _no_engine(now):
        return reason
    found, seconds = now.board.armings, now.board.now()
    return "" if found.armed(seconds) or found.disarmed(seconds) else "nothing has to be armed"


def _no_questions(now: Situation) -> str:
    if reason := _busy(now):
        return reason
    return "" if now.board.described else "the engine has not told its questions yet"


def _not_compared(now: Situation) -> str:
    return "" if now.board.comparison.read_at else "nothing was compared yet"


def _engine_runs(now: Situation) -> str:
    return "" if now.engine_gone else "the engine is running"


COMMANDS: tuple[Command, ...] = (
    Command("open", "step: Details", "Show why, inputs, proof and plan of the selected step.", "enter", CHECKLIST,
            "Open", _no_step),
    Command("back", "step: Back to the list", "Go back to the checklist from the details.", "escape", CHECKLIST),
    Command("apply-all", "setup: Set up everything", "Do all that is missing, in order, after one confirmation.", "a",
            CHECKLIST, "Set up all", _nothing_to_apply),
    Command("apply-step", "step: Set up this step", "Do what this step still needs, after a confirmation.", "s",
            CHECKLIST, "Step", _step_needs_nothing),
    Command("check-all", "check: Everything", "Check every step again, live; nothing is changed.", "c", CHECKLIST,
            "Check", _busy),
    Command("check-step", "check: This step", "Check the selected step again, live; nothing is changed.", "r",
            CHECKLIST, "", _step_busy),
    Command("plan-step", "step: Plan", "Work out what setting up this step would change, and show it.", "p", CHECKLIST,
            "", _step_busy),
    Command("arm", "setup: Arm or disarm prod", "Type the name of its group to let actions run there; or end that.",
            "A", CHECKLIST, "", _nothing_guarded),
    Command("stop", "setup: Stop", "Finish the running action, begin nothing new.", "x", CHECKLIST, "Stop",
            _nothing_runs),
    Command("error", "step: Explain the problem", "Show cause, next action and diagnosis, to read and to copy.", "e",
            CHECKLIST, "", _no_error),
    Command("next-problem", "step: Next problem", "Select the next step that failed or needs attention.", "f",
            CHECKLIST),
    Command("next-todo", "step: Next to do", "Select the next step that something has to be done about.", "u",
            CHECKLIST),
    Command("teardown", "setup: Take everything down", "Delete all that this set-up made, and nothing else.", "T",
            CHECKLIST, "", _busy),
    Command("export", "setup: Write it down", "Write the set-up down as a script, as Bicep and as a report, without a "
            "secret.", "E", CHECKLIST, "", _busy),
    Command("leave-out", "step: Leave out", "Leave an optional step out by giving a reason, or take it in again.", "l",
            CHECKLIST, "", _must_be_done),
    Command("copy-message", "step: Copy the message to send", "Copy what to send to the one who must act.", "M",
            CHECKLIST, "", _nothing_to_send),
    Command("identity", "setup: Who am I", "Show who you are in each service, by which credential, and until when.",
            "w", CHECKLIST, "Who", _no_engine),
    Command("matrix", "setup: Environment matrix", "Show how each step stands in each environment, as a table.", "m",
            CHECKLIST),
    Command("names", "setup: Names and other answers", "Change names, region and other answers.", "n", CHECKLIST,
            "Names", _no_questions),
    Command("sign-in", "setup: Sign in", "Sign in again, or as somebody else.", "i", CHECKLIST, "", _no_questions),
    Command("output", "run: Output and metrics", "Watch the selected or latest run: states, logs.", "o", CHECKLIST, "",
            _no_output),
    Command("train", "run: Train the model again", "Run the training job on a cluster and watch it.", "t", CHECKLIST,
            "", _no_questions),
    Command("copy", "step: Copy", "Copy the selected step's message, proof and commands.", "y", CHECKLIST, "",
            _no_step),
    Command("restart", "engine: Start again", "Start the engine again after it stopped for good.", "R", ANYWHERE, "",
            _engine_runs),
    Command("follow", "run: Follow the end", "Scroll to the newest line and stay there.", "end", RUN, "Newest"),
    Command("copy-output", "run: Copy the output", "Copy all lines that are kept.", "y", RUN, "Copy"),
    Command("leave", "screen: Back", "Close this screen.", "escape", RUN, "Back"),
    Command("follow-run", "run: Follow", "Go to what failed or runs, and stay with it.", "f", TIMELINE, "Follow"),
    Command("run-again", "run: Run what failed again", "Run the failed jobs again, after a confirmation.", "r",
            TIMELINE, "Run failed again", _cannot_run_again),
    Command("watch-run", "run: Watch", "Have the engine read the run's logs until it ends.", "w", TIMELINE, "Watch",
            _cannot_watch),
    Command("open-run", "run: Open its page", "Open the run's page in the browser.", "o", TIMELINE, "Open page",
            _no_link),
    Command("copy-log", "run: Copy the log", "Copy the log of the selected line.", "c,y", TIMELINE, "Copy log"),
    Command("leave-run", "screen: Back", "Close this screen; the run goes on.", "escape", TIMELINE, "Back"),
    Command("ask-again", "identity: Ask again", "Ask every service again who you are there.", "r", IDENTITY,
            "Ask again", _no_engine),
    Command("copy-card", "identity: Copy this card", "Copy what the card under the cursor says.", "y", IDENTITY, "Copy",
            _no_identity),
    Command("copy-cards", "identity: Copy all", "Copy what all cards say.", "c", IDENTITY, "Copy all", _no_identity),
    Command("leave-identity", "screen: Back", "Go back to the checklist.", "escape", IDENTITY, "Back"),
    Command("go-to-step", "matrix: Go to the step", "Go to the step of this cell on the checklist.", "enter", MATRIX,
            "Go to step", _no_step),
    Command("check-cell", "check: This cell", "Check the step of this cell again, live; nothing is changed.", "r",
            MATRIX, "Check", _step_busy),
    Command("check-row", "check: This row", "Check this row again in all its environments, live.", "w", MATRIX, "Row",
            _busy),
    Command("check-column", "check: This environment", "Check all steps of this environment again, live.", "e", MATRIX,
            "Column", _busy),
    Command("differences", "matrix: Is prod a replica of test?", "Read both, and show what differs.", "d", MATRIX,
            "Diff", _no_engine),
    Command("leave-matrix", "screen: Back", "Go back to the checklist.", "escape", MATRIX, "Back"),
    Command("read-again", "differences: Read again", "Read both environments again, by reads alone.", "r", DIFFERENCE,
            "Read again", _no_engine),
    Command("copy-differences", "differences: Copy", "Copy all that differs.", "y", DIFFERENCE, "Copy",
            _not_compared),
    Command("leave-difference", "screen: Back", "Go back to the matrix.", "escape", DIFFERENCE, "Back"),
    Command("do-row", "status: Do something about it", "Ask, roll back, rotate, start, stop: what can be done there.",
            "enter", STATUS, "Do", _busy),
    Command("drift", "status: Compare with the plan", "Compare all with the plan by reads alone; each difference has "
            "its ways out.", "d", STATUS, "Plan", _busy),
    Command("refresh", "status: Read again", "Read everything again, by reads and one probe a service.", "r", STATUS,
            "Read again", _no_engine),
    Command("freeze", "status: Freeze", "Let what is shown stay as it is, or go on.", "z", STATUS, "Freeze"),
    Command("filter", "status: Filter", "Show only rows with these words.", "slash", STATUS, "Filter"),
    Command("sort", "status: Sort", "Rows that need somebody first, or the order of the services.", "s", STATUS,
            "Sort"),
    Command("more-rows", "status: More", "Read one more page of long lists.", "plus", STATUS, "", _no_engine),
    Command("open-row", "status: Open its page", "Open the row's page in the browser.", "o", STATUS, "Open page"),
    Command("copy-row", "status: Copy", "Copy all about the row.", "y", STATUS, "Copy"),
    Command("leave-status", "screen: Back", "Close the filter, else this screen.", "escape", STATUS, "Back"),
    Command("status", "status: How everything stands", "Show models, endpoints, runs, clusters, tokens, live.", "S",
            ANYWHERE),
    Command("theme", "look: Light or dark", "Switch between the light and the dark theme.", "D", ANYWHERE),
    Command("help", "help: This step", "Show the selected step's page; where none is selected, keys and signs.", "f1",
            ANYWHERE, "Help"),
    Command("keys", "help: Keys and signs", "Show every command with its key, and what the signs mean.",
            "question_mark", ANYWHERE),
    Command("quit", "screen: Quit", "Leave the wizard; it resumes where you left.", "q", ANYWHERE, "Quit"),
)  # fmt: skip

BY_ID = {command.id: command for command in COMMANDS}


def key_of(board: Board, command_id: str) -> str:
    """The key of a command, as a text names it."""
    return BY_ID[command_id].label(board.keys)


def bindings(where: str) -> list[BindingType]:
    """The key bindings of a place, with tooltips, and ids by which a person can remap them."""
    return [
        Binding(
            key=command.key,
            action=f"app.command('{command.id}')",
            description=command.footer or command.name,
            show=bool(command.footer),
            tooltip=command.help,
            id=command.id,
        )
        for command in COMMANDS
        if command.where == where
    ]
