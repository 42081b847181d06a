"""The application: owns the board and the engine, turns events into messages, and opens screens. Little else."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import App
from textual.screen import Screen

from wizard.settings import Settings
from wizard.skeleton import SMALLEST, remembered
from wizard.steps.outline import OUTLINE
from wizard.tui.board import CHANGING, Board
from wizard.tui.commands import ANYWHERE, BY_ID, STATUS, bindings, key_of
from wizard.tui.engine_link import EngineLink, Spawn
from wizard.tui.flow import CHECKLIST, next_screen
from wizard.tui.places import make_screen
from wizard.tui.reactions import react
from wizard.tui.ringing import Ringer
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.screens.welcome import WelcomeScreen

if TYPE_CHECKING:
    from textual.command import Provider

    from wizard.engine.events import Event

ENGINE_GROUP = "engine"
WALKS = ("check", "plan", "apply")
DARK, LIGHT = "textual-dark", "textual-light"
BROKEN = "The screen of mlops-wizard broke. Nothing that was set up is lost: start it again."


def palette() -> type[Provider]:
    """What the command palette finds; loaded when it is opened."""
    from wizard.tui.palette import WizardCommands

    return WizardCommands


class WizardApp(App[int]):
    """mlops-wizard's screens over one engine."""

    TITLE = "mlops-wizard"
    CSS_PATH: ClassVar = ["app.tcss", "screens/welcome.tcss"]  # the default screen's own would not be read
    COMMANDS: ClassVar = {palette}
    BINDINGS: ClassVar = bindings(ANYWHERE)

    def __init__(
        self, spawn: Spawn, project: Path, cloud: str, board: Board | None = None, settings: Settings | None = None
    ) -> None:
        super().__init__()
        settings = settings or Settings()
        self.project = project
        self.board = board or Board(cloud)
        self.board.outline(OUTLINE, remembered(project, cloud))
        if settings.keys:
            from wizard.tui.keys import checked

            self.board.keys = checked(settings.keys)
        self.ringer = Ringer(self, settings)
        self.engine_gone = False
        self.link = EngineLink(spawn, self._receive, self._lost)

    def get_default_screen(self) -> Screen[Any]:
        """The welcome is the first screen that is ever composed."""
        return WelcomeScreen(self.board.remembered_ok)

    def on_mount(self) -> None:
        """Once the first screen is painted, start the engine, and have it look at everything while that is read."""
        self.set_keymap(dict(self.board.keys))
        self.call_after_refresh(self._serve)
        self.call_after_refresh(set_aside)
        self.ask("check")

    def _serve(self) -> None:
        self.run_worker(self.link.serve(), name="engine events", group=ENGINE_GROUP)

    async def on_event(self, event: events.Event) -> None:
        """Let the engine's events keep out of the way of keys."""
        if isinstance(event, events.Key):
            self.link.key_pressed()
        await super().on_event(event)

    def on_app_focus(self) -> None:
        """This terminal says when it gets the focus. A screen that came up while nobody looked has none yet."""
        self.ringer.focus_known = True
        self.call_next(self._focus_beginning)  # after Textual has given it back to what had it

    def _focus_beginning(self) -> None:
        wanted = self.AUTO_FOCUS if self.screen.AUTO_FOCUS is None else self.screen.AUTO_FOCUS
        if wanted and self.screen.focused is None:
            self.screen.focus_next(wanted)

    # -- the engine -----------------------------------------------------------------------------------------------

    def ask(self, verb: str, steps: list[str] | None = None, **more: Any) -> None:
        """Have the engine run a command: one of `WALKS` on these steps (none: all), or an operation such as `run`."""
        selection = {"stages": [], "steps": steps or []} if verb in WALKS else {}
        self.link.ask({"do": verb, **selection, **more})

    def tell(self, verb: str, **more: Any) -> None:
        """Say something to the engine that does not wait for its turn: `answer`, `confirm`, `cancel`."""
        self.link.tell({"do": verb, **more})

    def _receive(self, bundle: list[Event]) -> None:
        for event in bundle:
            self.board.apply(event)
        self._announce(bundle)
        self.ringer.heard(bundle)
        for event in bundle:
            react(self, event)

    def _announce(self, bundle: list[Event]) -> None:
        for screen in self.screen_stack[1:] or self.screen_stack:  # the welcome is never seen again
            screen.post_message(BoardChanged(bundle))

    def _lost(self, reason: str, again: bool) -> None:
        """The engine died: say so, keep the screen, and look at everything again once another one is up."""
        self.board.lost(reason)
        self.engine_gone = not again
        for screen in [each for each in self.screen_stack if getattr(each, "ENGINE_WAITS", False)]:
            screen.dismiss(None)
        if again:
            self.board.engine, self.board.starting = "starting", "the engine stopped; starting it again"
            self.board.say("working", "The engine is started again, and every step is checked again.")
            self.ask("check")
        else:
            again_key = key_of(self.board, "restart")
            self.toast(f"{reason} It is not started again by itself: press {again_key} to try.", severity="error")
        self._announce([])

    def do_restart(self) -> None:
        """Start the engine after it stopped for good."""
        self.engine_gone = False
        self.board.engine, self.board.starting = "starting", "starting the engine again"
        self._serve()
        self.ask("check")
        self._announce([])

    # -- commands -------------------------------------------------------------------------------------------------

    def action_command(self, command_id: str) -> None:
        """Run a command of the registry where it makes sense, else say why not."""
        command, screen = BY_ID[command_id], self.screen
        if isinstance(screen, WizardScreen) and (reason := command.blocked(screen)):
            self.toast(reason[0].upper() + reason[1:] + ".", severity="warning")
            return
        name = "do_" + command_id.replace("-", "_")
        handler: Callable[[], None] = getattr(screen, name, None) or getattr(self, name)
        handler()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the screen, which a dialog may cover, withhold a command of its place."""
        whole = next((each for each in reversed(self.screen_stack) if isinstance(each, WizardScreen)), None)
        if action == "command" and whole is not None:
            return whole.offers(str(parameters[0]))
        return super().check_action(action, parameters)

    def do_status(self) -> None:
        """Show how everything stands, over whatever screen this is."""
        if isinstance(self.screen, WizardScreen) and not any(_is_status(each) for each in self.screen_stack):
            self.open(STATUS)

    def do_theme(self) -> None:
        """Switch between light and dark."""
        self.theme = LIGHT if self.current_theme.dark else DARK

    def do_help(self) -> None:
        """Show the page of the step that this screen is about, else keys and signs."""
        row = getattr(self.screen, "selected", None)
        if row is None:
            self.do_keys()
        else:
            self.run_worker(self._show_page(row.id), group="help", exclusive=True)

    async def _show_page(self, step_id: str) -> None:
        """Show a step's page; the checklist is loaded aside, since that takes as long as several keys."""
        from wizard.tui.screens.page import PageScreen, found

        page = await asyncio.to_thread(found, step_id)
        if page is None:
            self.do_keys()
        else:
            self.push_screen(PageScreen(page))

    def do_keys(self) -> None:
        """Show keys and signs."""
        from wizard.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def do_quit(self) -> None:
        """Leave; asked first while something is changed."""
        if self.board.command not in CHANGING:
            self.leave()
            return
        from wizard.tui.screens.quit import QuitScreen

        self.push_screen(QuitScreen(), lambda yes: self.leave() if yes else None)

    async def action_quit(self) -> None:
        """What Ctrl+Q does."""
        self.do_quit()

    def action_help_quit(self) -> None:
        """What Ctrl+C does: the same as everywhere else, it asks to leave."""
        self.do_quit()

    def leave(self) -> None:
        """Close the screens; `launch` waits for the engine to finish what it is doing."""
        self.link.leave()
        self.exit(0)

    # -- screens --------------------------------------------------------------------------------------------------

    def open(self, name: str) -> None:
        """Open a form over the checklist."""
        self.push_screen(make_screen(name))

    def show_run(self, key: str) -> None:
        """Open the run of a step or job: its timeline where it has one, else what it writes."""
        row = self.board.find(key)
        if row is not None and row.timeline:
            from wizard.tui.screens.timeline import TimelineScreen

            self.push_screen(TimelineScreen(key))
        else:
            from wizard.tui.screens.run import RunScreen

            self.push_screen(RunScreen(key))

    def do_deed(self, key: str, title: str, command: dict[str, Any]) -> None:
        """Have the engine do something that is no walk of the checklist, and show what it says of the step or job."""
        self.board.begin_job(key, title)
        self.link.ask(command)
        self.show_run(key)

    def show_step(self, key: str) -> None:
        """Close what lies over the checklist, and put the cursor on that step."""
        from wizard.tui.screens.checklist import ChecklistScreen

        while not isinstance(self.screen, ChecklistScreen) and len(self.screen_stack) > 1:
            self.pop_screen()
        if isinstance(self.screen, ChecklistScreen):
            self.screen.show_step(key)

    def go_to(self, name: str) -> None:
        """Replace this screen by another on the way to the checklist."""
        if name == CHECKLIST:
            self.ask("plan")
            self.call_later(self.call_after_refresh, set_aside)
        if len(self.screen_stack) == 1:  # the welcome stays at the bottom: Textual cannot replace the first screen
            self.push_screen(make_screen(name))
        else:
            self.switch_screen(make_screen(name))

    def go_on(self, after: str) -> None:
        """Leave a form: back to the checklist it was opened over, else on along the way."""
        if any(getattr(screen, "PLACE", "") == CHECKLIST for screen in self.screen_stack[:-1]):
            self.ask("plan")
            self.pop_screen()
        else:
            self.go_to(next_screen(self.board, after))

    # -- small things ---------------------------------------------------------------------------------------------

    def toast(self, text: str, *, title: str = "", severity: str = "information") -> None:
        """A passing message. Its text is never markup."""
        self.notify(text, title=title, severity=severity, timeout=6, markup=False)  # type: ignore[arg-type]

    def copy(self, text: str, what: str) -> None:
        """Put text on the terminal's clipboard (OSC 52)."""
        self.copy_to_clipboard(text)
        self.toast(f"{what} copied.")

    def write_to_terminal(self, codes: str) -> None:
        """Send the terminal what is no picture, such as a notification."""
        if self._driver is not None:
            self._driver.write(codes)

    def on_app_blur(self) -> None:
        """This terminal says when it loses the focus."""
        self.ringer.focus_known = True

    def on_resize(self, event: events.Resize) -> None:
        """Say so while the terminal is too small to show anything useful."""
        from wizard.tui.screens.too_small import TooSmallScreen

        small = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        shown = isinstance(self.screen, TooSmallScreen)
        if small and not shown:
            self.push_screen(TooSmallScreen())
        elif shown and not small:
            self.pop_screen()

    def _fatal_error(self) -> None:
        """A broken screen ends with a plain account: no values of variables, which may be secrets."""
        import traceback

        from wizard.engine.redaction import Redactor

        self.bell()
        account = f"{BROKEN}\n{traceback.format_exc()}"
        self._exit_renderables.append(Text(Redactor().text(account)))
        self._close_messages_no_wait()


def set_aside() -> None:
    """Keep what is alive now out of later garbage collections.

    A full one walks all that Textual made at its start: 20 to 60 ms in the middle of a key, every few dozen keys.
    """
    gc.freeze()


def _is_status(screen: Screen[Any]) -> bool:
    return getattr(screen, "PLACE", "") == STATUS
