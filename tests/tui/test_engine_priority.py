"""The engine stands back for the screens."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from wizard.tui.engine_process import NICENESS, EngineProcess


def test_the_engine_and_its_session_have_a_lower_priority_than_the_screens() -> None:
    engine = EngineProcess([sys.executable, "-c", "input()"], None)
    try:
        if hasattr(os, "SCHED_BATCH"):
            assert os.sched_getscheduler(engine.pid) == os.SCHED_BATCH
        assert os.getpriority(os.PRIO_PROCESS, engine.pid) == NICENESS
        session = Path(f"/proc/{engine.pid}/autogroup")
        if not session.exists():
            pytest.skip("this system does not share the processor out between sessions")
        assert session.read_text().split()[1:] == ["nice", str(NICENESS)]
    finally:
        engine.kill()
