"""What services wrote, in the plain output: no terminal obeys it, in any kind of event; nor in a call or as JSON."""

import io
import json

import pytest

from tests import naughty
from tests.unit.test_fuzzed_engine import odd
from wizard.engine import events
from wizard.engine.step import Question
from wizard.notify.terminal import call
from wizard.plain import JsonReader, PlainReader
from wizard.plain_walk import PlainWalk
from wizard.spoken import SpokenReader

ODD = " ".join(naughty.CONTROLS)
HERE = {"step": f"s{ODD}", "environment": f"dev{ODD}"}
LINE = {
    "id": "1",
    "parent": "",
    "kind": "stage",
    "name": ODD,
    "state": "ended",
    "result": "fail",
    "started": ODD,
    "finished": ODD,
    "problem": ODD,
    "remark": ODD,
}
ROW = {
    "key": "k",
    "title": ODD,
    "environment": ODD,
    "state": ODD,
    "advice": ODD,
    "cells": {ODD: ODD},
    "deeds": [],
    "link": "",
    "trend": [],
    "read_at": 1.0,
    "stale": [{"cell": "", "reason": ODD, "read_at": 1.0}],
}
DRIFTED = dict.fromkeys(
    ("key", "title", "environment", "name", "planned", "found", "kind", "adopt", "restore", "fix"), ODD
)
SAID = (
    events.Started(ODD, [ODD]),
    events.Checking(**HERE),
    events.Checked(
        **HERE,
        status="fail",
        message=ODD,
        proof=ODD,
        seconds=1.0,
        fix=ODD,
        diagnosis=ODD,
        links=[ODD],
        who=ODD,
        message_to_send=ODD,
    ),
    events.Planned(
        **HERE,
        actions=[{"title": ODD, "command": ODD, "risk": ODD, "loses": ODD}],
        manual=ODD,
        kept=[{"thing": ODD, "why": ODD, "fix": ODD}],
        goes_with=ODD,
    ),
    events.ConfirmWanted("1", **HERE, actions=[{"title": ODD, "command": ODD, "risk": ODD}], word=""),
    events.Armed(ODD, 600.0, ODD),
    events.AnswerWanted(**HERE, name=ODD, prompt=ODD, help=ODD, default=ODD, choices=[ODD], secret=False),
    events.AnswerTaken(ODD, ODD, ODD),
    events.ActionStarted(**HERE, action=ODD, command=ODD),
    events.ActionFinished(**HERE, action=ODD, seconds=1.0),
    events.ActionFailed(**HERE, action=ODD, seconds=1.0, message=ODD, fix=ODD, who=ODD, message_to_send=ODD),
    events.Removal(**HERE, thing=ODD, result="failed", why=ODD, fix=ODD),
    events.Progress(**HERE, message=ODD),
    events.Notice(**HERE, message=ODD, copy=ODD, link=ODD),
    events.TimelineShown(**HERE, title=ODD, link=ODD, state="ended", result="fail", problem=ODD, lines=[LINE]),
    events.Output(**HERE, stream="stderr", text=ODD, part="1", number=1),
    events.Output(**HERE, stream="stdout", text=ODD),
    events.Metric(**HERE, name=ODD, value=1.0),
    events.Identity(
        service=ODD,
        place=ODD,
        environment=ODD,
        credential=ODD,
        shadowed_by=[ODD],
        status="fail",
        name=ODD,
        tenant=ODD,
        expires=ODD,
        message=ODD,
        fix=ODD,
    ),
    events.Differences(
        ODD, ODD, [{"section": ODD, "name": ODD, "first": ODD, "second": ODD, "verdict": "surprise", "remark": ODD}]
    ),
    events.StatusRead(ODD, ODD, [ODD], [ROW], [ODD], unread=True, more=True, read_at=1.0, seconds=1.0),
    events.Exported([ODD]),
    events.Drift([DRIFTED]),
    events.Problem(ODD, ODD, ODD),
    events.Summary(ODD, {ODD: 1}, 1, 40.0, [ODD], 1.0, 1),
)


def test_every_kind_of_event_is_here_that_is_printed():
    printed = {kind.event for kind in events.kinds() if hasattr(PlainReader, "_" + kind.event.replace(".", "_"))}
    assert printed <= {each.event for each in SAID}


@pytest.mark.parametrize("reader", [PlainReader, SpokenReader, JsonReader])
def test_no_terminal_obeys_what_is_printed(reader):
    stream = io.StringIO()
    tell = reader(stream)
    for event in SAID:
        tell(json.loads(json.dumps(event.to_dict())))
    lines = stream.getvalue().splitlines()
    assert len(lines) >= len(SAID) - 4
    if reader is JsonReader:
        assert [json.loads(line) for line in lines] == [each.to_dict() for each in SAID]
        lines = [line.encode(errors="replace").decode() for line in lines]
    assert [line for line in lines if odd(line)] == []


def test_what_is_proposed_is_no_command_for_a_terminal():
    field = {"name": "a", "prompt": ODD, "help": ODD, "value": "", "default": ODD, "choices": [ODD], "secret": False}
    said = []

    def ask(prompt):
        said.append(prompt)
        return "yes" if len(said) == 3 else ""

    checklist = {"stages": [{"steps": [{"inputs": [field]}]}]}
    PlainWalk("test", {"a": Question("a", "A?")}, said.append, ask).command(checklist)
    assert len(said) == 5
    assert [text for text in said if odd(text)] == []


def test_an_answer_that_no_file_could_hold_is_asked_for_again():
    said, typed = [], iter(["yes", "a\x1b[31mb", "good"])
    field = {"name": "a", "prompt": "A?", "help": "", "value": "", "default": "x", "choices": [], "secret": False}
    walk = PlainWalk("test", {"a": Question("a", "A?")}, said.append, lambda _: next(typed))
    assert walk.command({"stages": [{"steps": [{"inputs": [field]}]}]})["answers"] == {"a": "good"}
    assert any("U+001B" in text for text in said)


def test_a_terminal_is_called_with_nothing_that_it_obeys():
    for text in naughty.texts():
        told = call(text)
        assert told.startswith("\a\x1b]9;")
        assert told.endswith("\a")
        assert told[4:-1].isprintable()
