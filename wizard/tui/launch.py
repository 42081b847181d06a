"""Starts the screens in the order that shows something soonest: skeleton, engine, and only then Textual."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from wizard import skeleton


def run(engine_argv: list[str], engine_environment: Mapping[str, str] | None, project: Path, cloud: str) -> int:
    """Open the wizard's screens on a terminal and return the exit code once they are closed.

    `engine_argv` starts the engine, which speaks the event stream on its standard output; `engine_environment` is
    its whole environment (None: this process's). 130 when interrupted before the screens are up.
    """
    with _keys_kept():
        skeleton.draw(project, cloud, sys.stdout)
        drawn = True
        process = None
        try:
            from wizard.tui.engine_process import EngineProcess

            def spawn() -> EngineProcess:
                return EngineProcess(engine_argv, engine_environment)

            process = spawn()
            from wizard.tui.app import WizardApp

            app = WizardApp(process, spawn, project, cloud)
            drawn = False
            return app.run() or app.return_code or 0
        except KeyboardInterrupt:
            return 130
        finally:
            if drawn:
                skeleton.erase(sys.stdout)
                if process is not None and not process.finish():
                    process.kill()


@contextlib.contextmanager
def _keys_kept() -> Iterator[None]:
    """Keep keys typed on the skeleton for the real screen, unechoed; put the terminal back as it was at the end."""
    try:
        import termios

        before = termios.tcgetattr(sys.stdin)
    except (ImportError, OSError, ValueError):  # no such terminals here, or none at all: Textual manages alone
        yield
        return
    except termios.error:
        yield
        return
    raw = termios.tcgetattr(sys.stdin)
    raw[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(sys.stdin, termios.TCSANOW, raw)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)
