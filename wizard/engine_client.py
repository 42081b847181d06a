"""The other end of the engine's pipe, for the plain command: start it, tell it one thing, read what it says."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

from wizard.engine_command import engine_command

EXIT_FAILED = 1
LOOK_SECONDS = 0.2  # between two looks whether Ctrl-C came

Event = dict[str, Any]
Command = dict[str, Any]


def converse(
    arguments: list[str],
    command: Command | Callable[[Event], Command],
    read: Callable[[Event], Command | None],
    every: float = 0.0,
) -> int:
    """Run one command in an engine of its own, or again and again with so many seconds between; its exit code.

    Every event goes to `read`, which may return a command that answers it. A `command` that is to be worked out first
    is called with the checklist, once that is there.

    The first Ctrl-C lets the running action end and begins nothing new, the second ends the engine at once.
    """
    engine = subprocess.Popen(
        engine_command(arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process, which passes it on as `cancel`
    )
    interrupts = 0

    def interrupt(*_: object) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts == 1:
            _tell(engine, {"do": "cancel"})
        else:
            engine.kill()

    before = signal.signal(signal.SIGINT, interrupt)
    explained = False
    try:
        if isinstance(command, dict):
            _tell(engine, command)
        for event in _events(engine):
            try:
                reply = read(event)
                if not isinstance(command, dict) and event["event"] == "checklist":
                    reply = command = command(event)
            except KeyboardInterrupt:  # at a question, which `cancel` answers with no
                reply = None if isinstance(command, dict) else {"do": "quit"}
                interrupt()
            if reply is not None:
                _tell(engine, reply)
            if event["event"] == "summary":
                until = time.monotonic() + every
                while every and not interrupts and (rest := until - time.monotonic()) > 0:
                    time.sleep(min(rest, LOOK_SECONDS))
                _tell(engine, command if every and not interrupts and isinstance(command, dict) else {"do": "quit"})
            explained = explained or event["event"] in ("summary", "problem")
        code = engine.wait()
        if not explained and not interrupts:
            read(_death(code))
            code = EXIT_FAILED
    finally:
        signal.signal(signal.SIGINT, before)
    return 130 if interrupts else code


def _death(code: int) -> Event:
    """What to tell when the engine ended without a word."""
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return {
        "event": "problem",
        "message": f"The engine ended before it was done ({how}).",
        "fix": "run the command again: what was begun is found and taken up; `mlops-wizard where` names the log",
        "code": "engine-ended",
    }


def _tell(engine: subprocess.Popen[str], command: Command) -> None:
    with contextlib.suppress(BrokenPipeError):  # it has ended: its last events say why
        if engine.stdin is not None:
            engine.stdin.write(json.dumps(command) + "\n")
            engine.stdin.flush()


def _events(engine: subprocess.Popen[str]) -> Iterator[Event]:
    for line in engine.stdout or ():
        with contextlib.suppress(ValueError):  # an engine that is killed may leave half a line
            yield json.loads(line)
