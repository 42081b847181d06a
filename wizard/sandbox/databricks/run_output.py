"""What a task's process printed, and what of it is the error."""

import re
from pathlib import Path

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.folders import workspace_folder

MOST_LOGS = 5 * 1024 * 1024  # bytes; get-output shows the end of longer logs
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TRACEBACK = re.compile(r"^(?:-{20,}\n.*Traceback|Traceback) \(most recent call last\).*", re.MULTILINE)
# What Python prints between the tracebacks of an exception and of the one it led to.
_CHAINED = ("another exception occurred:", "direct cause of the following exception:")


def output_file(cloud: Cloud, workspace_id: str, task_run_id: int) -> Path:
    """Where a task's process prints to, standard output and error alike."""
    return workspace_folder(cloud, workspace_id) / "runs" / f"{task_run_id}.log"


def logs(file: Path) -> tuple[str, bool]:
    """What was printed so far, and whether its beginning is left out."""
    try:
        size = file.stat().st_size
        with file.open("rb") as output:
            output.seek(max(0, size - MOST_LOGS))
            return output.read().decode(errors="replace"), size > MOST_LOGS
    except FileNotFoundError:
        return "", False


def failure(file: Path, exit_code: int) -> tuple[str, str]:
    """The error (its last line: type and message) and the traceback that a failed process printed last."""
    text = _COLOUR.sub("", logs(file)[0])
    tracebacks = list(_TRACEBACK.finditer(text))
    if not tracebacks:
        return f"The process ended with exit code {exit_code}", ""
    start = tracebacks.pop().start()
    while tracebacks and text[:start].rstrip().endswith(_CHAINED):
        start = tracebacks.pop().start()
    trace = text[start:].rstrip()
    return _raised(trace), trace


def _raised(trace: str) -> str:
    """The line of a traceback that names the exception: the last one that is not indented source or a note."""
    lines = [line for line in trace.splitlines() if re.match(r"[A-Za-z_][\w.]*(:|$)", line)]
    return lines[-1] if lines else trace.splitlines()[-1]
