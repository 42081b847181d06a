"""The engine's own process: commands on standard input, events on standard output, everything else in the log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from wizard import __version__
from wizard.engine import events
from wizard.engine.answers import Answers
from wizard.engine.context import Session
from wizard.engine.errors import AnswerError
from wizard.engine.events import Emit, Event
from wizard.engine.explain import explain
from wizard.engine.files import Project, cannot_write, make_private_folder, open_own, remove_unfinished
from wizard.engine.journal import Journal
from wizard.engine.lock import Lock
from wizard.engine.redaction import Redactor
from wizard.engine.secrets import SecretStore, open_vault
from wizard.engine.session import EngineSession
from wizard.engine.state import State

EXIT_FAILED, EXIT_USAGE = 1, 2
NICENESS = 5  # below the screen's, so that imports and answers never delay a key


def serve(project: Project, overrides: Mapping[str, str], purpose: str, prepare: Callable[[Emit], None]) -> NoReturn:
    """Run one engine session and end the process: with the exit code of its last command, 1 when it could not begin.

    `prepare` runs under the folder's lock, once answers and state were found in order, and may report progress: the
    sandbox cloud is started there.
    """
    redactor = Redactor()
    emit = _claim_standard_output(redactor)
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    lock = Lock(project.lock, purpose)
    log: threading.Thread | None = None
    try:
        make_private_folder(project.memory)
        lock.acquire()
        remove_unfinished(project.memory)
        log = _log_to(project.log, redactor)
        session = _open_session(project, overrides, redactor, emit)
        prepare(emit)
    except Exception as error:  # noqa: BLE001  (the other end of the pipe must be told, whatever it was)
        found = explain(error, project.log)
        emit(events.Problem(found.message, found.fix, getattr(error, "code", "")))
        lock.release()
        exit_code = EXIT_USAGE if isinstance(error, AnswerError) else EXIT_FAILED
        emit(events.Summary(purpose.split()[-1], {}, 0, 0.0, [], 0.0, exit_code))
        _end_at_once(exit_code, log)
    emit(events.Ready(__version__, project.cloud, os.getpid()))
    if session.state.moved_aside is not None:
        emit(
            events.Problem(
                f"The state file was broken; it is kept as {session.state.moved_aside}.", "every step is checked anew"
            )
        )
    asyncio.run(_converse(session, lock, log))
    raise AssertionError("the session ends the process")


def _open_session(project: Project, overrides: Mapping[str, str], redactor: Redactor, emit: Emit) -> Session:
    from wizard.steps.checklist import CHECKLIST

    return Session(
        project=project,
        checklist=CHECKLIST,
        answers=Answers(project.answers, CHECKLIST.questions(), overrides),
        state=State(project.state, project.cloud, redactor),
        journal=Journal(project.journal, project.cloud, redactor),
        secrets=SecretStore(open_vault(project), redactor),
        emit=emit,
    )


async def _converse(session: Session, lock: Lock, log: threading.Thread) -> NoReturn:
    from wizard.operations.registry import OPERATIONS, PROCEDURES

    engine = EngineSession(session, OPERATIONS, PROCEDURES)
    await engine.serve(_lines(lock.say_stopping))
    lock.release()
    _end_at_once(engine.exit_code, log)


def _end_at_once(exit_code: int, log: threading.Thread | None) -> NoReturn:
    """End without waiting for calls that were given up on: a client may sit in a dead connection for minutes."""
    logging.shutdown()
    for descriptor in (1, 2):
        os.close(descriptor)
    if log is not None:
        log.join(timeout=1.0)  # until all that was printed is in the file
    os._exit(exit_code)


async def _lines(at_end: Callable[[], None]) -> AsyncIterator[str]:
    """The lines of standard input. A thread reads them, so that nothing here ever waits for the screen."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read() -> None:
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(queue.put_nowait, line.decode(errors="replace"))
        with contextlib.suppress(RuntimeError):  # the loop has ended before the input did
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="commands").start()
    while (line := await queue.get()) is not None:
        yield line
    at_end()


def _claim_standard_output(redactor: Redactor) -> Emit:
    """Keep standard output for events alone: whatever else prints there or on standard error goes to the log.

    A service may send halves of characters, which no stream can write: they are replaced.
    """
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace", buffering=1)
    write_lock = threading.Lock()

    def emit(event: Event) -> None:
        line = json.dumps(redactor.data(event.to_dict()), ensure_ascii=False)
        with write_lock, contextlib.suppress(BrokenPipeError):  # the reader is gone; the action still has to end
            stream.write(line + "\n")
            stream.flush()

    return emit


def _log_to(file: Path, redactor: Redactor) -> threading.Thread:
    """Send logging, and all that anybody prints, to the log with secrets masked; returns the thread that writes it."""
    try:
        handle = open_own(file, os.O_WRONLY | os.O_APPEND)
    except OSError as error:
        raise cannot_write(file, error) from error
    reading, writing = os.pipe()
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    os.close(writing)

    def pump() -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with contextlib.suppress(OSError):  # a full disk costs the log its lines, and nobody anything else
                    os.write(handle, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S} {redactor.text(line)}".encode())

    thread = threading.Thread(target=pump, daemon=True, name="log")
    thread.start()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s", force=True)
    return thread
