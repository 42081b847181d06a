"""Run a command that cannot outlive whoever started it: python leash.py COMMAND [ARGUMENT ...]

The starter keeps the other end of standard input open and writes nothing. When that end closes, because the
starter asked for the end or was killed itself, the command and everything it started get SIGTERM, and SIGKILL
if they are still there some seconds later. Runs at a lower priority than the starter. Exits with the command's
exit code, 128 + N after signal N. Standard library only, so that it starts in a few milliseconds.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

PATIENCE = 5.0  # seconds between asking a command to end and ending it
NICENESS = 5


def leashed(*command: str) -> list[str]:
    """The command line that runs a command on the leash."""
    return [sys.executable, "-I", "-S", __file__, *command]


def stand_back() -> None:
    """Let others go before this process and all that it starts; for the leader of a session.

    Linux may share the processor out between sessions first, and heeds the niceness of a process only within its
    session: then the session's own niceness decides (sched(7), "The autogroup feature").
    """
    niceness = os.nice(NICENESS)
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as session:  # noqa: PTH123  (pathlib: 4 ms)
        session.write(str(niceness))


def main() -> int:
    """Run the command to its end, or to the end of the starter."""
    stand_back()
    # The command leads a process group of its own, so that its children can be ended with it; it inherits
    # the sockets it was given.
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, close_fds=False, process_group=0)
    threading.Thread(target=_watch, args=(command,), daemon=True).start()
    code = command.wait()
    _signal(command.pid, signal.SIGKILL)  # what the command left running in its group
    return code if code >= 0 else 128 - code


def _watch(command: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 4096):
        pass
    _signal(command.pid, signal.SIGTERM)
    try:
        command.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        _signal(command.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group that is all zombies
        return


if __name__ == "__main__":
    sys.exit(main())
