"""The fault matrix: every distinct request of the mission meets each fault in turn, and the end is always the same.

Of each fault a person hears nothing (it was tried again), or the cause and the next action; never a traceback, an OK
that was none, a secret, or a second one of anything. The outcomes are written down as a table.
"""

import json
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest

from tests.chaos.inventory import expected, inventory
from tests.chaos.matrix import table
from tests.chaos.matrix.between import Between
from tests.chaos.matrix.kinds import KINDS
from tests.chaos.matrix.mission import Mission
from tests.chaos.matrix.plague import Plague
from tests.rehearsal import BUT_THE_RUN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

ALL = os.environ.get("CHAOS") == "all"
TODAY = datetime.now(UTC).toordinal()
# Each day another fault, and another part of the requests; the number of parts and that of faults have no divisor.
SAMPLE, PARTS = list(KINDS)[TODAY % len(KINDS)], 29
STALL, PARTS_STALLED = "stall past the time limit", {True: 7, False: 37}  # by ALL: each costs the whole limit
STEPS = () if ALL else BUT_THE_RUN[1::2]
SECRETS = re.compile(r"dapi[0-9a-f]{32}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}")


@pytest.fixture
def tables(tmp_path_factory) -> Path:
    """Where the table goes: one folder for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return Path(os.environ.get("FAULT_TABLE") or shared / "fault-matrix")


def wanted(fault: str) -> Callable[[str], bool]:
    """Which requests meet the fault."""
    parts = PARTS_STALLED[ALL] if fault == STALL else 1 if ALL else PARTS
    return lambda signature: crc32(signature.encode()) % parts == TODAY % parts


@pytest.mark.parametrize("fault", list(KINDS) if ALL else [SAMPLE])
def test_every_request_meets_the_fault_and_the_end_is_the_same(rehearsal, fault, tables, monkeypatch):
    plague, started = Plague(fault, wanted(fault)), time.monotonic()
    mission, after = Mission(plague), Mission(Plague(fault, lambda _: False))
    outside = rehearsal.environment()
    port = int(outside["HTTPS_PROXY"].rpartition(":")[2])
    with Between(rehearsal.folder / ".mlops-wizard" / "sandbox", port, plague) as between:
        mission.go(rehearsal, between.environment(outside), STEPS)
        plague.end()
        after.go(rehearsal, between.environment(outside), STEPS, most=1)
    written = table.write(tables, fault, mission, time.monotonic() - started)
    print(f"{fault}: {len(plague.met)} requests met it, {len(mission.runs)} runs of apply; {written}")
    assert plague.met or not ALL, "of a sample the part may be empty"
    assert mission.complaints == []
    assert after.complaints == []
    assert after.runs[-1].summary["actions"] == 0
    assert inventory(rehearsal, monkeypatch) == expected(whole=ALL)
    said = [json.dumps(run.events) for run in mission.runs] + memory(rehearsal.folder)
    assert not any(outside["AZURE_CLIENT_SECRET"] in text or SECRETS.search(text) for text in said)


def memory(folder: Path) -> list[str]:
    """What the wizard wrote down for itself."""
    return [(folder / ".mlops-wizard" / name).read_text() for name in ("log", "journal.jsonl", "state.json")]
