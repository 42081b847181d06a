"""Run commands one after the other in one shell: the driver behind an execution context.

A command is a JSON line {"code"} on standard input, its result a JSON line on what was standard output when the
process began: {"kind": "text", "data"}, {"kind": "error", "name", "message", "traceback"} or {"kind": "interrupted"}.
The first line is {"kind": "ready"}, and {"kind": "running"} comes before each result: from there on SIGINT interrupts
the command, before it is ignored. The end of standard input ends the process and all that it started.
"""

import contextlib
import io
import json
import os
import queue
import signal
import textwrap
import threading
from collections.abc import Callable
from typing import Any, TextIO

from wizard.sandbox.databricks.driver.dbutils import NotebookExit
from wizard.sandbox.databricks.driver.redaction import Redactor
from wizard.sandbox.databricks.driver.shell import DriverShell, start_shell
from wizard.sandbox.databricks.leash import stand_back


def _take_channels() -> tuple[TextIO, TextIO]:
    """Keep standard input and output for the commands; the code that runs sees an empty input and the log."""
    commands = os.fdopen(os.dup(0), encoding="utf-8")
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return commands, results


def _read(commands: TextIO, waiting: "queue.SimpleQueue[dict[str, Any]]") -> None:
    for line in commands:
        waiting.put(json.loads(line))
    os.killpg(0, signal.SIGKILL)  # whoever gave the commands is gone


def _run(shell: DriverShell, redacted: Redactor, code: str, begin: Callable[[], None]) -> dict[str, Any]:
    output = io.StringIO()
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        begin()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            result = shell.run_cell(textwrap.dedent(code), store_history=False)  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return {"kind": "interrupted"}
    error = result.error_before_exec or result.error_in_exec
    if isinstance(error, KeyboardInterrupt):
        return {"kind": "interrupted"}
    if isinstance(error, NotebookExit):
        return {"kind": "text", "data": redacted(error.value)}
    if error is not None:
        message, trace = redacted(str(error)), redacted(shell.last_traceback)
        return {"kind": "error", "name": type(error).__name__, "message": message, "traceback": trace}
    return {"kind": "text", "data": redacted(output.getvalue().removesuffix("\n"))}


def main() -> None:
    """Serve commands until the input ends."""
    stand_back()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    commands, results = _take_channels()
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(commands, waiting), daemon=True).start()
    shell, redacted = start_shell()

    def answer(kind: str, **more: Any) -> None:
        print(json.dumps({"kind": kind, **more}), file=results, flush=True)

    answer("ready")
    while True:
        answer(**_run(shell, redacted, waiting.get()["code"], lambda: answer("running")))


if __name__ == "__main__":
    main()
