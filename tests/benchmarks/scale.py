"""What a large tenant costs: the same finished set-up on a sandbox cloud where many others have their things too."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import measures
from tests.benchmarks.measures import Bar
from tests.benchmarks.tenant import CLUSTERS, GROUPS, REPOSITORIES, tenant
from tests.rehearsal import Rehearsal

LIMIT = 1.5
SPEED = 600.0
STAGES = ("--stage", "0", "--stage", "1")  # what the bar was set for: a set-up for local development
WHAT = f"in a tenant of {GROUPS} groups, {CLUSTERS} clusters, {REPOSITORIES} repositories"


def large(folder: Path, runs: int, presses: int) -> list[Bar]:
    """Checking the set-up in `folder` against checking a copy of it in a large tenant, and the keys on that copy."""
    with _large_copy(folder) as copy:
        pair = (Rehearsal(folder), Rehearsal(copy))
        for rehearsal in pair:
            _seconds(rehearsal, "check")  # only warms up: drivers and MLflow's servers start
        bars = [_ratio(verb, pair, runs) for verb in ("check", "doctor")]
        keys = measures.keys(copy, 1, presses)
    return bars + [dataclasses.replace(bar, name=f"{bar.name}, large tenant") for bar in keys[:2]]


def _ratio(verb: str, pair: tuple[Rehearsal, Rehearsal], runs: int) -> Bar:
    """Wall time of the command on the large tenant through that on the empty one, in turns; the best of each."""
    empty, many = zip(*([_seconds(rehearsal, verb) for rehearsal in pair] for _ in range(runs)), strict=True)
    base, value = min(empty), min(many)
    return Bar(f"{verb} of stages 0 and 1 {WHAT} / in an empty one", value / base, LIMIT, f"{value:.2f} / {base:.2f} s")


def _seconds(rehearsal: Rehearsal, verb: str) -> float:
    started = time.perf_counter()
    run = rehearsal.walk(verb, *STAGES)
    took = time.perf_counter() - started
    if run.exit_code:
        raise RuntimeError(f"{verb} did not end well: {run.explain()}")
    return took


@contextlib.contextmanager
def _large_copy(folder: Path) -> Iterator[Path]:
    """A copy of a finished set-up and its sandbox cloud, running, with the large tenant imported into it."""
    copy = folder.parent / "large-tenant"
    original, twin = Rehearsal(folder), Rehearsal(copy)
    original.stop()  # so that what is copied is whole
    shutil.copytree(folder, copy, symlinks=True)
    original.start(SPEED)
    twin.start(SPEED)
    try:
        state = json.loads((copy / ".mlops-wizard" / "state.json").read_text())
        workspace = state["clouds"]["sandbox"]["steps"]["databricks.workspaces@dev"]["facts"]["name"]
        listing = folder.parent / "tenant.json"  # not in the project: the repository check would read it
        listing.write_text(json.dumps(tenant(workspace)))
        twin.wizard("sandbox", "import", str(listing), check=True)
        yield copy
    finally:
        twin.stop()
        shutil.rmtree(copy)
