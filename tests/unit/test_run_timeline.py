"""A pipeline run's records as a timeline, what of a log a person reads, and what the plain output says of both."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.fake_devops import record
from wizard.engine.events import ActionStarted, Output, Progress, TimelineShown
from wizard.plain import PlainReader
from wizard.steps.run_timeline import HELD, lines_of, log_line

BEGAN = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def below(parent, child):
    return replace(child, parent=parent.id)


STAGE = record("Stage", "Test", "failed")
PHASE = below(STAGE, record("Phase", "Deploy", "failed"))
JOB = below(PHASE, record("Job", "Deploy", "failed"))
TASK = below(
    JOB,
    replace(
        record("Task", "Smoke test", "failed", log_id=4),
        started=BEGAN,
        finished=BEGAN + timedelta(seconds=75),
        issues=("Bash exited with code 1",),
    ),
)
CHECKPOINT = below(STAGE, record("Checkpoint.Approval", "Checkpoint", state="inProgress"))


def test_lines_go_down_from_stage_to_step_without_the_services_bookkeeping():
    other = record("Stage", "Prod", "skipped")
    found = lines_of([other, TASK, JOB, PHASE, CHECKPOINT, STAGE], {"Prod": "expected"})
    told = [(line["kind"], line["name"], line["parent"], line["remark"]) for line in found]
    assert told == [
        ("stage", "Prod", "", "expected"),
        ("stage", "Test", "", ""),
        ("job", "Deploy", STAGE.id, ""),
        ("step", "Smoke test", JOB.id, ""),
    ]
    assert found[-1]["problem"] == "Bash exited with code 1"
    assert found[-1]["finished"] == "2026-11-25T17:01:15+00:00"


def test_a_stage_that_somebody_has_to_let_on_says_so():
    waiting = record("Stage", "Test", state="pending")
    assert lines_of([waiting, CHECKPOINT], {})[0]["remark"] == HELD


def test_another_attempt_of_a_step_is_another_line_with_another_log():
    again = replace(TASK, attempt=2, result="", state="inProgress")
    first, second = (lines_of([STAGE, PHASE, JOB, each], {})[-1] for each in (TASK, again))
    assert first["id"] != second["id"]
    assert (second["state"], second["result"], second["problem"]) == ("running", "", "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-25T17:47:48.2007530Z ##[section]Starting: Deploy", ("Starting: Deploy", "stdout")),
        ("\ufeff2026-11-25T17:47:48.2007530Z   r2=0.37", ("  r2=0.37", "stdout")),
        ("2026-11-25T17:47:48.2007530Z ##[error]No cluster", ("error: No cluster", "stderr")),
        ("2026-11-25T17:47:48.2007530Z \x1b[31mred\x1b[0m", ("red", "stdout")),
        ("2026-11-25 17:48:50+00:00 Building image..", ("2026-11-25 17:48:50+00:00 Building image..", "stdout")),
    ],
)
def test_a_log_is_read_without_its_stamps_and_marks(written, read):
    assert log_line(written) == read


def shown(*records):
    return TimelineShown("run", "test", "run 7", "https://x/7", "running", "", "", lines_of(list(records), {}))


def wrote(number, text="one"):
    return Output("run", "test", "stdout", text, TASK.id, number)


def told(*events):
    stream = io.StringIO()
    reader = PlainReader(stream)
    for event in events:
        reader(event.to_dict())
    return [line.strip() for line in stream.getvalue().splitlines()]


GOING = [
    replace(each, state="inProgress", result="", started=BEGAN, finished=None) for each in (STAGE, PHASE, JOB, TASK)
]
ENDED = [replace(each, started=BEGAN, finished=BEGAN + timedelta(seconds=75)) for each in (STAGE, PHASE, JOB, TASK)]
ACTS = ActionStarted("run", "test", "Watch the run", "az pipelines runs show")
LATER = Progress("run", "test", "run 7: 1 of 1 steps")


def test_the_plain_output_says_each_change_once_and_an_end_after_its_log():
    said = told(
        ACTS, shown(*GOING), wrote(1), LATER, shown(*ENDED), wrote(1), wrote(2, "two"), LATER, shown(*ENDED), LATER
    )
    assert said[1:] == [
        "run 7: https://x/7",
        "▸ stage Test",
        "▸ job Deploy",
        "▸ step Smoke test",
        "| one",
        "| two",
        "✗ step Smoke test: failed in 1:15: Bash exited with code 1",
        "✗ job Deploy: failed in 1:15",
        "✗ stage Test: failed in 1:15",
    ]


def test_of_a_run_that_nobody_watches_the_plain_output_says_the_end_of_what_failed_only():
    fine = below(JOB, replace(record("Task", "Checkout", "succeeded"), started=BEGAN, finished=BEGAN))
    written = [wrote(number, f"line {number}") for number in range(1, 101)]
    said = told(shown(*ENDED, fine), *written, replace(written[0], part=fine.id), LATER)
    lines = [line for line in said if line.startswith("|")]
    assert (len(lines), lines[-1]) == (15, "| line 100")
    assert not any("Checkout" in line for line in said)
