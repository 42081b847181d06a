"""The plain mode for screen readers: sentences that begin with the status, questions that can be answered by word."""

import io

import pytest

from wizard import plain, spoken
from wizard.plain_walk import PlainWalk
from wizard.spoken import SpokenReader
from wizard.steps.checklist import CHECKLIST

STAGES = [{"number": 1, "title": "Local", "steps": [{"id": "databricks.cluster", "title": "Cluster", "inputs": []}]}]
AT = {"step": "databricks.cluster", "environment": "dev"}
CHECKED = {"event": "step.checked", **AT, "status": "todo", "message": "wine-dev does not exist.", "proof": "",
           "fix": "apply this step", "left_out": False, "who": "you", "message_to_send": ""}  # fmt: skip
ACTION = {"title": "Create the cluster", "command": "databricks clusters create ...", "risk": "costs money"}
DRAWN = set("✓○✗▸■·│─━▲\x1b")


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reader(clock):
    return SpokenReader(Terminal(), now=clock)


def said(reader, *events):
    reader({"event": "checklist", "stages": STAGES, "guards": []})
    replies = [reader(event) for event in events]
    return reader._stream.getvalue().splitlines(), replies


def test_a_status_comes_first_and_nothing_is_drawn(reader):
    lines, _ = said(reader, CHECKED, {**CHECKED, "status": "ok", "message": "it runs", "proof": "RUNNING"})
    assert lines == [
        "To do: Cluster, dev: wine-dev does not exist.",
        "Next: apply this step",
        "OK: Cluster, dev: it runs",
        "Proof: RUNNING",
    ]
    assert not DRAWN & set("".join(lines))


def test_what_waits_is_counted_and_not_listed(reader):
    assert said(reader, {**CHECKED, "status": "skip"})[0] == []
    assert said(reader, {**CHECKED, "status": "skip", "left_out": True})[0][0].startswith("Left out: Cluster, dev")


def test_who_must_act_is_said_with_the_message(reader):
    event = {**CHECKED, "status": "fail", "who": "an owner", "message_to_send": "Please raise the quota."}
    assert said(reader, event)[0][-1] == "Who must act: an owner. Send them: Please raise the quota."


def test_what_is_planned_is_read_before_the_question(reader, monkeypatch):
    asked = []
    monkeypatch.setattr(spoken, "typed", lambda prompt: asked.append(prompt) or "yes")
    planned = {"event": "step.planned", **AT, "actions": [ACTION], "manual": ""}
    lines, replies = said(reader, planned, {"event": "confirm", "id": "7", **AT, "actions": [ACTION], "word": ""})
    assert lines == [
        "Planned: Cluster, dev, 1 of 1: Create the cluster. Mind: costs money.",
        "Command: databricks clusters create ...",
    ]
    assert asked == ["Question: Cluster, dev: Create the cluster. Shall that be done? Type yes or no: "]
    assert replies[-1] == {"do": "confirm", "id": "7", "yes": True}


@pytest.mark.parametrize("answer", ["", "no", "n", "what"])
def test_only_yes_is_yes(reader, monkeypatch, answer):
    monkeypatch.setattr(spoken, "typed", lambda _: answer)
    _, replies = said(reader, {"event": "confirm", "id": "7", **AT, "actions": [ACTION], "word": ""})
    assert replies[-1]["yes"] is False


def test_progress_is_said_now_and_then(reader, clock):
    going = [{"event": "progress", **AT, "message": f"{n} s", "fraction": None} for n in range(4)]
    started = {"event": "action.started", **AT, "action": "Create the cluster", "command": "..."}
    said(reader, started, going[0])
    clock.seconds += 16.0
    lines, _ = said(reader, going[1], going[2])
    assert lines == ["Begun: Cluster, dev: Create the cluster", "Going on: Cluster, dev: 1 s"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("✓ azure: you@contoso.com", "ok: azure: you@contoso.com"),
        ("    ▸ stage Test", "begins: stage Test"),
        ("    ✗ step Train: failed in 0:12", "failed: step Train: failed in 0:12"),
        ("▲ surprise   Variables: MODEL", "surprise, Variables: MODEL"),
        ("✓ ok      databricks.cluster (dev)     it runs", "ok, databricks.cluster (dev), it runs"),
        ("      next: sign in", "next: sign in"),
        ("    | -- a line of output", "-- a line of output"),
        ("", ""),
    ],
)
def test_other_lines_lose_what_is_drawn(line, sentence):
    assert spoken.spoken(line) == sentence


def test_the_end_is_a_sentence(reader):
    summary = {"event": "summary", "command": "apply", "counts": {"ok": 3, "todo": 1}, "actions": 2, "seconds": 61.2,
               "critical_path": [], "critical_seconds": 0.0, "exit_code": 1}  # fmt: skip
    assert said(reader, summary)[0] == ["Ended, not all is well: apply: 3 ok, 1 to do. 2 actions, 61 seconds."]


QUESTION = {"event": "question", "step": "plan.names", "environment": "", "name": "prefix", "prompt": "Prefix?",
            "help": "", "default": "", "choices": [], "secret": False}  # fmt: skip
REFUSED = {"event": "answered", "name": "prefix", "value": "", "complaint": "A prefix must be 2 to 12."}


def test_an_answer_that_breaks_its_rule_is_asked_for_again(reader, monkeypatch):
    answers = iter(["WINE", "wine"])
    monkeypatch.setattr(spoken, "typed", lambda _: next(answers))
    monkeypatch.setattr(plain.sys, "stdin", Terminal())
    lines, replies = said(reader, QUESTION, REFUSED, {**REFUSED, "complaint": ""})
    assert [each and each["value"] for each in replies] == ["WINE", "wine", None]
    assert lines == ["failed: A prefix must be 2 to 12."]


def test_it_ends_where_nobody_can_be_asked_again(monkeypatch):
    monkeypatch.setattr(plain.sys, "stdin", io.StringIO())
    reader = plain.PlainReader(io.StringIO())
    assert reader(QUESTION)["value"] == ""
    assert reader(REFUSED) == {"do": "cancel"}


def test_a_secret_is_not_shown_while_it_is_typed(reader, monkeypatch):
    monkeypatch.setattr(plain.sys, "stdin", Terminal())
    monkeypatch.setattr(spoken.getpass, "getpass", lambda _: "hidden")
    assert said(reader, {**QUESTION, "secret": True})[1][-1]["value"] == "hidden"


def field(name, default, *, secret=False):
    return {"name": name, "prompt": name, "help": "", "value": "", "default": default, "choices": [], "secret": secret}


FIELDS = [field("prefix", "wine"), field("dev.token", "", secret=True), field("repo.branch.skip", ""),
          field("region", "westeurope")]  # fmt: skip


def walked(*answers):
    lines, given = [], iter(answers)
    walk = PlainWalk("sandbox", dict(CHECKLIST.questions()), lines.append, lambda _: next(given))
    command = walk.command({"stages": [{"steps": [{"inputs": FIELDS}, {"inputs": FIELDS}]}]})
    assert next(given, None) is None
    return command, lines


def test_the_walk_takes_the_proposals_of_who_does_not_want_to_be_asked():
    command, lines = walked("")
    assert (command["do"], command["yes"], command["answers"]) == ("apply", False, {})
    assert lines[0] == "mlops-wizard on the sandbox cloud: 2 steps in 1 stages."


def test_the_walk_asks_each_question_once_and_again_where_a_rule_is_broken():
    command, lines = walked("yes", "Wine Shop", "shop", "")
    assert command["answers"] == {"prefix": "shop"}
    assert "Not taken: A prefix must be 2 to 12" in "\n".join(lines)
