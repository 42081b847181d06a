"""The priority of other processes. Standard library only."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def stand_back(process: int, niceness: int) -> None:
    """Let others go before a process that leads a session; a system without priorities goes without.

    What it does is batch work, whose waking up interrupts nobody (sched(7), "SCHED_BATCH").
    Linux may share the processor out between sessions first, and heeds the niceness of a process only within its
    session: then the session's own niceness decides (sched(7), "The autogroup feature").
    """
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, process, niceness)
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(process, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError):
        Path(f"/proc/{process}/autogroup").write_text(str(niceness))
