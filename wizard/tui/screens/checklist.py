"""The main screen: the checklist, the selected step in detail, and what happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Footer

from wizard.engine.events import Started, Summary
from wizard.tui.commands import CHECKLIST, IDENTITY, bindings
from wizard.tui.rows import StepRow
from wizard.tui.screens.base import NARROW, BoardChanged, WizardScreen
from wizard.tui.widgets.activity_log import ActivityLog
from wizard.tui.widgets.detail_pane import DetailPane
from wizard.tui.widgets.detail_text import as_text, duration
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.step_list import StepList

if TYPE_CHECKING:
    from wizard.tui.screens.confirm import Consent

EXPORTS = {"script": "set-up.sh", "bicep": "set-up.bicep", "report": "set-up.md"}
OPENED = "-opened"
DETAILS_AFTER = 0.04  # seconds that the cursor rests on a step before its details are drawn


class ChecklistScreen(WizardScreen):
    """List, details, activity. Where it is narrow, list and details take turns."""

    CSS_PATH = "checklist.tcss"
    PLACE = CHECKLIST
    AUTO_FOCUS = "#steps"
    BINDINGS: ClassVar = bindings(CHECKLIST)

    def __init__(self) -> None:
        super().__init__()
        self._following = False
        self._everything = False
        self._title = ""

    def compose(self) -> ComposeResult:
        """Header, list beside details, activity, footer."""
        yield HeaderBar(self.board)
        with Horizontal(id="halves"):
            yield StepList(self.board, id="steps")
            yield DetailPane(self.board, self, id="detail")
        yield ActivityLog(self.board, id="activity")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Title the panels, start the clock that runs only while something else does."""
        for name, title in (("#steps", "Checklist"), ("#detail", "Step"), ("#activity", "Activity")):
            panel = self.query_one(name)
            panel.add_class("panel")
            panel.border_title = title
        self._clock = self.set_interval(1.0, self._tick, pause=True)
        self._details_later = self.set_interval(DETAILS_AFTER, self._show, pause=True)
        attention = next((row for row in self.board.steps if not row.settled), None)
        if attention is not None:
            self.query_one(StepList).select(attention.key)
        self._show()

    @property
    def selected(self) -> StepRow | None:
        """The step under the cursor."""
        return self.query_one(StepList).selected

    @on(BoardChanged)
    def _changed(self, message: BoardChanged) -> None:
        self.query_one(StepList).reload()
        self.query_one(ActivityLog).reload()
        for event in message.events:
            if isinstance(event, Started):
                self._following = event.command == "apply"
                self._everything = len(event.steps) == len(self.board.rows)
            elif isinstance(event, Summary) and self._following:
                self._show_result()
        if self._following:
            self._follow()
        self._show()

    def _follow(self) -> None:
        """Keep the cursor on what is being done, until a person moves it."""
        acting, row = self.board.acting, self.selected
        if acting is not None and (row is None or row.busy != "working"):
            self.query_one(StepList).select(acting.key)

    def _show_result(self) -> None:
        """Put the cursor where it ended: on the first step that failed, else on the last one, the aim of it all.

        Who set up a single step is still on it.
        """
        self._following = False
        if not self._everything:
            return
        ended = next((row for row in self.board.steps if row.status == "fail"), None)
        if ended is None and not self.board.missing:
            ended = self.board.steps[-1]
        if ended is not None:
            self.query_one(StepList).select(ended.key)

    @on(StepList.Selected)
    def _selected(self, message: StepList.Selected) -> None:
        if message.by_hand:
            self._following = False
        self._details_later.reset()
        self._details_later.resume()

    @on(StepList.Scrolled)
    def _scrolled(self) -> None:
        self._following = False

    @on(StepList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def _show(self) -> None:
        """Bring everything but the list up to date; the cursor does not wait for that."""
        self._details_later.pause()
        row = self.selected
        self.query_one(HeaderBar).reload(row.environment if row else "")
        self.query_one(DetailPane).reload(row)
        self._title_activity()
        if self.board.command:
            self._clock.resume()
        else:
            self._clock.pause()

    def _tick(self) -> None:
        self.query_one(DetailPane).reload(self.selected)
        self._title_activity()

    def _title_activity(self) -> None:
        """The activity panel's title: what is being done, for how long, how far."""
        row, title = self.board.acting, "Activity"
        if row is not None:
            share = "" if row.fraction is None else f" {row.fraction:.0%}"
            title = f"▸ {row.title} {duration(self.board.now() - row.since)}{share}"
        if title != self._title:
            self._title = title
            self.query_one(ActivityLog).border_title = Content(title)

    # -- commands -------------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Go to the details."""
        self.add_class(OPENED)
        self.query_one("#detail-text").focus()

    def do_back(self) -> None:
        """Go back to the list."""
        self.remove_class(OPENED)
        self.query_one(StepList).focus()

    def do_apply_all(self) -> None:
        """Confirm once, then do everything that is missing."""
        from wizard.tui.screens.confirm import ConfirmScreen, of_everything

        self.wizard.push_screen(ConfirmScreen(of_everything(self.board)), self._apply_all)

    def _apply_all(self, consent: Consent | None) -> None:
        self._arm(consent)
        if consent is not None:
            self.wizard.ask("apply", yes=True)

    def do_arm(self) -> None:
        """Disarm what is armed; where nothing is, ask for the name that arms the selected step's environment."""
        from wizard.tui.screens.confirm import ConfirmScreen, of_arming

        now, armings, row = self.board.now(), self.board.armings, self.selected
        for each in armings.armed(now):
            self.wizard.tell("disarm", environment=each.environment)
        if not armings.armed(now):
            own = armings.guarded.get(row.environment) if row is not None else None
            guarded = own or armings.disarmed(now)[0]
            self.wizard.push_screen(ConfirmScreen(of_arming(self.board, guarded)), self._arm)

    def _arm(self, consent: Consent | None) -> None:
        if consent is not None and consent.word:
            self.wizard.tell("arm", environment=consent.environment, word=consent.word)

    def do_apply_step(self) -> None:
        """Do what the selected step needs; the engine asks for confirmation with its fresh plan."""
        if row := self.selected:
            self.wizard.ask("apply", [row.key], yes=False)

    def do_check_all(self) -> None:
        """Check everything, and plan what is missing."""
        self.wizard.ask("plan")

    def do_check_step(self) -> None:
        """Check the selected step."""
        if row := self.selected:
            self.wizard.ask("check", [row.key])

    def do_plan_step(self) -> None:
        """Plan the selected step."""
        if row := self.selected:
            self.wizard.ask("plan", [row.key])

    def do_stop(self) -> None:
        """Stop after the running action."""
        self.wizard.tell("cancel")
        self.wizard.toast("The running action is finished, then it stops.")

    def do_error(self) -> None:
        """Explain the selected step's problem."""
        from wizard.tui.screens.error import ErrorScreen, of_step

        if row := self.selected:
            self.wizard.push_screen(ErrorScreen(of_step(row)))

    def do_next_problem(self) -> None:
        """Select the next step that needs attention, round the end."""
        self._next(lambda row: row.needs_attention, "No step reports a problem.")

    def do_next_todo(self) -> None:
        """Select the next step that something has to be done about, round the end."""
        self._next(lambda row: not row.settled and not row.busy, "Nothing is left to do.")

    def _next(self, wanted: Callable[[StepRow], bool], none: str) -> None:
        rows = self.board.steps
        at = next((i for i, row in enumerate(rows) if row is self.selected), -1)
        found = next((row for row in (*rows[at + 1 :], *rows[: at + 1]) if wanted(row)), None)
        if found is None:
            self.wizard.toast(none)
        else:
            self.query_one(StepList).select(found.key, by_hand=True)

    def do_teardown(self) -> None:
        """Have the engine look what would go; it shows that, and has the name typed before anything does."""
        self.wizard.ask("teardown")
        self.wizard.toast("It looks at everything, then shows what would go and what stays.")

    def do_export(self) -> None:
        """Write the set-up down beside the answers."""
        files: dict[str, Any] = {kind: str(self.wizard.project / name) for kind, name in EXPORTS.items()}
        self.wizard.ask("export", **files)

    def do_leave_out(self) -> None:
        """Ask for the reason to leave the selected step out."""
        from wizard.tui.screens.leave_out import LeaveOutScreen

        if (row := self.selected) and (reason := row.reason):
            self.wizard.push_screen(LeaveOutScreen(row, reason))

    def show_step(self, key: str) -> None:
        """Put the cursor on that step, for somebody who comes from another screen."""
        self.query_one(StepList).select(key, by_hand=True)

    def do_matrix(self) -> None:
        """Show the steps by environment, the selected one under the cursor."""
        from wizard.tui.screens.matrix import MatrixScreen

        self.wizard.push_screen(MatrixScreen(self.selected.key if self.selected else ""))

    def do_identity(self) -> None:
        """Show who one is in each service."""
        self.wizard.open(IDENTITY)

    def do_names(self) -> None:
        """Change answers."""
        self.wizard.open("names")

    def do_sign_in(self) -> None:
        """Sign in again."""
        self.wizard.open("sign-in")

    def do_output(self) -> None:
        """Watch the latest run, or the selected step's where it has one."""
        row = self.selected
        own = row is not None and (row.output or row.timeline)
        self.wizard.show_run(row.key if row is not None and own else self.board.run_key)

    def do_train(self) -> None:
        """Ask where, then run the job."""
        from wizard.tui.screens.train import TrainScreen

        self.wizard.push_screen(TrainScreen())

    def do_copy(self) -> None:
        """Copy what is known of the step."""
        if row := self.selected:
            self.wizard.copy(as_text(row), "The step")

    def do_copy_message(self) -> None:
        """Copy what is to be sent to the one who must act."""
        if row := self.selected:
            self.wizard.copy(row.message_to_send, f"The message to {row.who}")

    @property
    def narrow(self) -> bool:
        """List and details take turns."""
        return self.has_class(NARROW)
