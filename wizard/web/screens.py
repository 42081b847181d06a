"""The process behind a page: the screens as in a terminal, drawn by Textual's driver for the web."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

from wizard.tui.app import WizardApp
from wizard.tui.engine_process import EngineProcess

INTERRUPTED = 130
LOOK_SECONDS = 1.0


def run(engine_argv: list[str], project: str, cloud: str) -> int:
    """Open the screens and return the exit code once they are closed and the engine has finished what it did."""
    threading.Thread(target=_leave_without_server, args=(os.getppid(),), daemon=True).start()
    app = WizardApp(lambda: EngineProcess(engine_argv, None), Path(project), cloud)
    signal.signal(signal.SIGQUIT, lambda *_: _end_at_once(app))
    try:
        app.run()
    finally:
        if app.link.process is not None:
            app.link.process.finish(None)
    return app.return_code or 0


def _end_at_once(app: WizardApp) -> NoReturn:
    """End the engine in the middle of what it does, and this process; the next start finds what was left."""
    if app.link.process is not None:
        app.link.process.kill()
    os._exit(INTERRUPTED)


def _leave_without_server(server: int) -> None:
    """Close the screens when the server is gone, however it ended: nobody would ever tell them to."""
    while os.getppid() == server:
        time.sleep(LOOK_SECONDS)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            os.dup2(nowhere, stream.fileno())
    os.kill(os.getpid(), signal.SIGTERM)
