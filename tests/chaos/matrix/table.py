"""The fault matrix as a document: each distinct request, each fault, and what became of it."""

import fcntl
import json
from collections import Counter
from pathlib import Path

from tests.chaos.matrix.kinds import KINDS
from tests.chaos.matrix.mission import Mission

LEGEND = (
    "`quiet`: it was asked again, and nobody was told. `told by STEP (what)`: a person was told, as below. `no harm`: "
    "not asked again, and nobody had to be told. `n/a`: such a request cannot have this fault. Empty: not met; of "
    "stalls, which cost the whole time limit, each day another part is met."
)


def write(folder: Path, fault: str, mission: Mission, seconds: float) -> Path:
    """Add one fault's column, and write the table anew of all columns that are there; the table's file."""
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = {name: mission.outcome(name) for name in mission.plague.met}
    column = {
        "outcomes": outcomes,
        "told": {name: [told.step, told.status, told.message, told.fix] for name, told in mission.claimed.items()},
        "runs": len(mission.runs),
        "seconds": round(seconds),
        "complaints": mission.complaints,
    }
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # missions may run side by side
        (folder / f"{fault}.json").write_text(json.dumps(column, indent=1))
        columns = {name: json.loads(file.read_text()) for name in KINDS if (file := folder / f"{name}.json").exists()}
        table = folder / "fault-matrix.md"
        table.write_text("\n".join(lines(columns)) + "\n")
    return table


def lines(columns: dict[str, dict]) -> list[str]:
    """The document, line by line."""
    requests = sorted({name for column in columns.values() for name in column["outcomes"]}, key=_by_service)
    told = ["", "## What was told", ""]
    for fault, column in columns.items():
        for name, (step, status, message, fix) in column["told"].items():
            told.append(f"- {fault}, `{name}`: {step} ({status}): {message} → {fix}")
    return [
        f"# {len(requests)} distinct requests and {len(columns)} faults",
        "",
        "| fault | requests | outcomes | runs of apply | seconds | complaints |",
        "|---|---|---|---|---|---|",
        *(f"| {fault} | {len(column['outcomes'])} | {_counts(column)} | {column['runs']} | {column['seconds']} "
          f"| {len(column['complaints'])} |" for fault, column in columns.items()),
        "",
        LEGEND,
        "",
        f"| request | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
        *(f"| `{name.replace('|', '/')}` | "
          + " | ".join(column["outcomes"].get(name, "") for column in columns.values()) + " |"
          for name in requests),
        *told,
    ]  # fmt: skip


def _counts(column: dict) -> str:
    counted = Counter(outcome.split(" by ")[0] for outcome in column["outcomes"].values())
    return ", ".join(f"{number} {outcome}" for outcome, number in counted.most_common())


def _by_service(name: str) -> tuple[str, str]:
    method, _, rest = name.partition(" ")
    return rest, method
