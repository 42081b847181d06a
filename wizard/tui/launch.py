"""Starts the screens in the order that shows something soonest: skeleton, Textual, first screen, engine.

The engine comes last because its start costs as much work as the screens' own: on two cores the first screen would
wait for it, and nobody can use it before there is a screen.
"""

from __future__ import annotations

import sys

from wizard import skeleton

TYPE_CHECKING = False  # importing it from typing would take as long as all the drawing
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wizard.tui.app import WizardApp
    from wizard.tui.engine_process import EngineProcess

INTERRUPTED = 130
EXIT_USAGE = 2
PATIENCE_SECONDS = 1.0
LOOK_SECONDS = 2.0
FINISHING = "The running action is being finished. Ctrl+C ends it at once; the next start finds what it left."


def run(engine_argv: list[str], engine_environment: Mapping[str, str] | None, project: str, cloud: str) -> int:
    """Open the wizard's screens on a terminal and return the exit code once they are closed.

    `engine_argv` starts the engine, which speaks the event stream on its standard output; `engine_environment` is
    its whole environment (None: this process's). 130 when interrupted.
    """

    def spawn() -> EngineProcess:
        from wizard.tui.engine_process import EngineProcess

        return EngineProcess(engine_argv, engine_environment)

    terminal = _stop_echo()
    try:
        skeleton.draw(project, cloud, sys.stdout)
        if terminal is not None:
            _end_with_the_terminal()
        app = _make(spawn, project, cloud)
        if app is None:
            return EXIT_USAGE
        app.run()
        return _finish(app)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        _restore(terminal)


def _end_with_the_terminal() -> None:
    """Let a hang-up end the screens: they would run on with nobody before them, reading the end of input for ever.

    Under nohup they are to get the signal, too. From a shell or a make that waits for them it never comes, because the
    system tells the session's leader alone: so the terminal itself is looked at.
    """
    import signal
    import threading

    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        threading.Thread(target=hang_up_without_terminal, args=(sys.stdin.fileno(),), daemon=True).start()


def hang_up_without_terminal(terminal: int) -> None:
    """Look at the terminal until it is gone, then hang up on this process."""
    import os
    import signal
    import time

    while os.isatty(terminal):
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGHUP)


def _make(spawn: Callable[[], EngineProcess], project: str, cloud: str) -> WizardApp | None:
    """The app; None where a person's settings cannot be used, which they are told."""
    from wizard.settings import SettingsError, load, told

    try:
        from pathlib import Path

        from wizard.tui.app import WizardApp

        return WizardApp(spawn, Path(project), cloud, settings=load())
    except SettingsError as error:
        skeleton.erase(sys.stdout)
        sys.stderr.write(told(error))
        return None
    except BaseException:
        skeleton.erase(sys.stdout)
        raise


def _finish(app: WizardApp) -> int:
    """Wait for the engine, which finishes what it is doing and begins nothing new."""
    engine = app.link.process
    if engine is None:
        return app.return_code or 0
    try:
        if not engine.finish(PATIENCE_SECONDS):
            sys.stderr.write(f"{FINISHING}\n")
            engine.finish(None)
    except KeyboardInterrupt:
        engine.kill()
        return INTERRUPTED
    return app.return_code or 0


def _stop_echo() -> list[object] | None:
    """Keep keys typed on the skeleton for the first screen, unechoed: the terminal's settings as they were."""
    try:
        import termios
    except ImportError:  # this system has no such terminals: Textual manages alone
        return None
    try:
        before = termios.tcgetattr(sys.stdin)
        quiet = termios.tcgetattr(sys.stdin)
        quiet[0] &= ~termios.ICRNL  # or Enter would arrive as another key
        quiet[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
    except (termios.error, OSError, ValueError):  # the input is no terminal
        return None
    return list(before)


def _restore(terminal: list[object] | None) -> None:
    if terminal is not None:
        import termios

        termios.tcsetattr(sys.stdin, termios.TCSANOW, terminal)  # type: ignore[arg-type]
