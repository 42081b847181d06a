"""A pipeline run's records, told as the lines of a timeline: stages, their jobs, and the steps of those."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from wizard.steps.job_following import CONTROLS

if TYPE_CHECKING:
    from wizard.clients.pipeline_runs import Record

STAGE, JOB, TASK = "Stage", "Job", "Task"
KINDS = {STAGE: "stage", JOB: "job", TASK: "step"}  # phases and checkpoints are the service's own bookkeeping
CHECKPOINT = "Checkpoint"
STATES = {"pending": "waiting", "inProgress": "running", "completed": "ended"}
RESULTS = {
    "succeeded": "ok",
    "partiallySucceeded": "warn",
    "succeededWithIssues": "warn",
    "failed": "fail",
    "skipped": "skipped",
    "canceled": "cancelled",
    "abandoned": "cancelled",
}
HELD = "waits for an approval or a permission: open the run's page"
# What the service puts before each line of a log; its own pages hide it.
STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ?")
MARK = re.compile(r"^##\[(\w+)\]")
TOLD_MARKS = {"error": "error: ", "warning": "warning: "}


def line_id(record: Record) -> str:
    """The id of a record's line: another attempt of a job or step is another line, with a log of its own."""
    return record.id if record.attempt == 1 or record.kind == STAGE else f"{record.id}.{record.attempt}"


def lines_of(records: list[Record], remarks: dict[str, str]) -> list[dict[str, str]]:
    """The lines, parents before their children. `remarks` by the stage's identifier: for one that did not succeed."""
    by_id = {each.id: each for each in records}
    children: dict[str, list[Record]] = defaultdict(list)
    held: set[str] = set()
    for each in records:
        parent = _shown_parent(each, by_id)
        if each.kind in KINDS:
            children[parent.id if parent else ""].append(each)
        elif parent and each.kind.startswith(CHECKPOINT) and each.state == "inProgress":
            held.add(parent.id)

    def below(parent: Record | None) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for each in children[parent.id if parent else ""]:
            line = _line(each, line_id(parent) if parent else "")
            if each.id in held and line["state"] != "ended":
                line["remark"] = HELD
            elif line["result"] not in ("", "ok", "warn"):
                line["remark"] = remarks.get(each.identifier, "") if each.kind == STAGE else ""
            found += [line, *below(each)]
        return found

    return below(None)


def _shown_parent(record: Record, by_id: dict[str, Record]) -> Record | None:
    parent = by_id.get(record.parent)
    while parent is not None and parent.kind not in KINDS:
        parent = by_id.get(parent.parent)
    return parent


def _line(record: Record, parent: str) -> dict[str, str]:
    result = RESULTS.get(record.result, "")
    return {
        "id": line_id(record),
        "parent": parent,
        "kind": KINDS[record.kind],
        "name": record.name,
        "state": STATES.get(record.state, "waiting"),
        "result": result,
        "started": _moment(record.started),
        "finished": _moment(record.finished),
        "problem": log_line(record.issues[0])[0] if record.issues and result in ("fail", "cancelled") else "",
        "remark": "",
    }


def _moment(time: datetime | None) -> str:
    return time.isoformat() if time else ""


def log_line(text: str) -> tuple[str, str]:
    """A log's line as a person reads it, and its stream: no time stamp, no marks, nothing that steers a terminal."""
    text = CONTROLS.sub("", STAMP.sub("", text))
    mark = MARK.match(text)
    if mark is None:
        return text, "stdout"
    kind = mark[1].lower()
    return TOLD_MARKS.get(kind, "") + text[mark.end() :], "stderr" if kind == "error" else "stdout"
