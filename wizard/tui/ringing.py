"""Calls the person at the end of a long wait, unless the terminal is known to have the focus."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from wizard.settings import Settings

if TYPE_CHECKING:
    from wizard.engine.events import Event
    from wizard.notify.endings import Ending, Endings
    from wizard.tui.app import WizardApp

REAL_CLOUD = "azure"
Tell = Callable[[str, "Ending", str], str]


class Ringer:
    """Hears the engine's events. `tell` posts to the webhook; tests hand in their own."""

    def __init__(self, app: WizardApp, settings: Settings, tell: Tell | None = None) -> None:
        self._app = app
        self._settings = settings
        self._tell = tell
        self._endings: Endings | None = None
        self.focus_known = False  # not every terminal says when it gets and loses the focus

    def heard(self, bundle: Iterable[Event]) -> None:
        """Call for each long wait that these events end."""
        from wizard.notify.endings import ENDS, Endings

        self._endings = self._endings or Endings(lambda: self._app.board.now())
        for event in (each for each in bundle if each.event in ENDS):
            ending = self._endings.of({"event": event.event, **dataclasses.asdict(event)})
            if ending is not None and not (self.focus_known and self._app.app_focus):
                self._ring(ending)

    def _ring(self, ending: Ending) -> None:
        from wizard.notify.terminal import call

        if self._settings.bell:
            self._app.write_to_terminal(call(ending.text))
        if self._settings.webhook and self._app.board.cloud == REAL_CLOUD:  # nothing leaves a rehearsal
            self._app.run_worker(partial(self._post, ending), thread=True, exit_on_error=False, group="webhook")

    def _post(self, ending: Ending) -> None:
        """Tell the webhook, in a thread; where it cannot be told, a passing message says so."""
        from wizard.notify.webhook import post

        complaint = (self._tell or post)(self._settings.webhook, ending, self._app.board.cloud)
        if complaint:
            self._app.call_from_thread(self._app.toast, complaint)
