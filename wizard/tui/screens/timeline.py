"""A remote run, live: its stages, jobs and steps as a tree, and the log of the one under the cursor."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Footer

from wizard.tui.commands import BY_ID, TIMELINE, bindings
from wizard.tui.links import visit
from wizard.tui.looks import run_look
from wizard.tui.rows import StepRow
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.timelines import Timeline, good_of
from wizard.tui.widgets.detail_text import STYLE_OF, duration
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.log_view import LogView
from wizard.tui.widgets.run_tree import RunTree

SOMETIMES = ("run-again", "watch-run", "follow-run")
WAITS = "The run begins as soon as the engine gets to it."


class TimelineScreen(WizardScreen):
    """Shows the run of one step. The cursor stays with what failed or runs until a person moves it."""

    CSS_PATH = "timeline.tcss"
    PLACE = TIMELINE
    AUTO_FOCUS = "#tree"
    BINDINGS: ClassVar = bindings(TIMELINE)

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self._following = True
        self._offered: tuple[bool, ...] = ()

    def compose(self) -> ComposeResult:
        """Tree and log."""
        yield HeaderBar(self.board)
        with Horizontal(id="halves"):
            yield RunTree(id="tree").add_class("panel")
            yield LogView(id="log").add_class("panel")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """A clock counts while the run goes on."""
        self._clock = self.set_interval(1.0, self._show, pause=True)
        self.call_after_refresh(self._show)

    @property
    def selected(self) -> StepRow | None:
        """The step whose run it is."""
        return self.board.find(self._key)

    @property
    def timeline(self) -> Timeline:
        """The run, an empty one while nothing is known of it."""
        return (self.selected and self.selected.timeline) or Timeline()

    @on(BoardChanged)
    def _show(self) -> None:
        run, tree = self.timeline, self.query_one(RunTree)
        (self._clock.pause if run.state == "ended" else self._clock.resume)()
        self.query_one(HeaderBar).reload(self.selected.environment if self.selected else "")
        tree.reload(run, self.board.wall())
        if self._following and (line := run.of_interest) is not None:
            tree.select(line.id)
        self._show_log()
        self._entitle("#tree", _head(run, self.board.wall()))
        self._offer()

    def _show_log(self) -> None:
        line = self.query_one(RunTree).selected
        self.query_one(LogView).reload(self.timeline, line)
        if line is None:
            self._entitle("#log", Content("Log"))
            return
        glyph, word, _, token = run_look(line.status)
        self._entitle("#log", Content.assemble((f"{glyph} {word}", STYLE_OF[token]), (f"  {line.name}", "bold")))

    def _entitle(self, panel: str, title: Content) -> None:
        """Set a panel's title, where it is another one."""
        widget = self.query_one(panel)
        if str(widget.border_title or "") != title.plain or not widget.border_title:
            widget.border_title = title

    def _offer(self) -> None:
        offered = tuple(self.offers(command) for command in SOMETIMES)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def offers(self, command_id: str, /) -> bool:
        """What makes no sense now is not in the footer."""
        if command_id == "follow-run":
            return not self._following
        return command_id not in SOMETIMES or not BY_ID[command_id].blocked(self)

    @on(RunTree.Selected)
    def _moved(self) -> None:
        self._following = False
        self._show_log()
        self._offer()

    @on(RunTree.Opened)
    def _opened(self) -> None:
        self._following = False
        self.query_one(LogView).focus()
        self._offer()

    # -- commands -------------------------------------------------------------------------------------------------

    def do_follow_run(self) -> None:
        """Go to what failed or runs, and stay with it."""
        self._following = True
        self._show()

    def do_run_again(self) -> None:
        """Have the engine set this step up: it plans to run the failed jobs again, and asks first."""
        self._following = True
        self._apply()

    def do_watch_run(self) -> None:
        """Have the engine watch the run, after it has asked."""
        self._apply()

    def _apply(self) -> None:
        self.wizard.ask("apply", [self._key], yes=False)

    def do_open_run(self) -> None:
        """Open the run's page."""
        visit(self.wizard, self.timeline.link)

    def do_copy_log(self) -> None:
        """Copy the log that is shown."""
        self.wizard.copy(self.query_one(LogView).text, "The log")

    def do_leave_run(self) -> None:
        """Go back to the tree from the log, and from there to where it was opened; the run goes on."""
        if self.query_one(LogView).has_focus:
            self.query_one(RunTree).focus()
        else:
            self.wizard.pop_screen()


def _head(run: Timeline, now: float) -> Content:
    """The run's name, how it stands, for how long, and how far it has come."""
    if not run.title:
        return Content(WAITS)
    glyph, word, _, token = run_look(run.status)
    seconds, steps = run.seconds(now), run.steps
    time = "" if seconds is None else f"  {duration(seconds)}"
    share = f"  {good_of(steps)}/{len(steps)} steps ok" if steps else ""
    return Content.assemble(
        (f"{run.title[:1].upper()}{run.title[1:]}  ", "bold"), (f"{glyph} {word}", STYLE_OF[token]), f"{time}{share}"
    )
