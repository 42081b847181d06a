"""The parts that need no terminal: the reading of events, the board, the registry of commands, what is imported."""

from __future__ import annotations

import json

import pytest
from textual.binding import Binding

from wizard.engine import events
from wizard.tui import flow
from wizard.tui.app import WizardApp
from wizard.tui.board import Board
from wizard.tui.commands import (
    ANYWHERE,
    CHECKLIST,
    COMMANDS,
    DIFFERENCE,
    IDENTITY,
    MATRIX,
    RUN,
    STATUS,
    TIMELINE,
    bindings,
)
from wizard.tui.looks import LOOKS, SHORT_WIDTH, WORD_WIDTH, look, short
from wizard.tui.places import make_screen
from wizard.tui.rows import Field
from wizard.tui.screens.difference import DifferenceScreen
from wizard.tui.screens.help import MEANINGS
from wizard.tui.screens.identity import IdentityScreen
from wizard.tui.screens.matrix import MatrixScreen
from wizard.tui.screens.run import RunScreen, sparkline
from wizard.tui.screens.status import StatusScreen
from wizard.tui.screens.timeline import TimelineScreen
from wizard.tui.wire import decode

OUTLINE = ((0, "Zero", (("signin.azure", "Sign in", ()), ("azure.groups", "Groups", ("dev", "test")))),)


def board(memory: dict[str, dict[str, str]] | None = None) -> Board:
    made = Board("sandbox", now=lambda: 100.0, clock=lambda: "12:00:00")
    made.outline(OUTLINE, memory or {})
    return made


def checked(step: str, environment: str, status: str, message: str = "m") -> events.Checked:
    return events.Checked(step, environment, status, message, "proof", 0.1)


def test_every_kind_of_event_survives_the_wire() -> None:
    event = checked("azure.groups", "dev", "ok")
    assert decode(json.dumps(event.to_dict())) == event


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"event": "nonsense"}',
        '{"event": "answered"}',
        "\x00",
        '{"event": "answered", "name": 1, "value": "b"}',
        '{"event": "started", "command": "check", "steps": ["a", 1]}',
        '{"event": "checklist", "stages": ["zero"]}',
        '{"event": "step.planned", "step": "a", "environment": "", "actions": [{"title": ["b"]}]}',
    ],
)
def test_a_line_that_is_no_event_is_a_problem_that_says_so(line: str) -> None:
    found = decode(line)
    assert isinstance(found, events.Problem)
    assert found.code == "bad-event"


def test_fields_of_a_newer_engine_are_left_out() -> None:
    assert decode('{"event": "answered", "name": "a", "value": "b", "mood": "fine"}') == events.AnswerTaken("a", "b")


@pytest.mark.parametrize(
    ("wild", "tame"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]52;c;c3RvbGVu\x07x", "x"),
        ("a\rb\x08c\x9b2J", "abc2J"),
        ("left\u202eright", "leftright"),
        ("two\nlines\tand a tab", "two\nlines   and a tab"),
        ("ünï→✓", "ünï→✓"),
    ],
)
def test_texts_from_outside_lose_what_a_terminal_would_obey(wild: str, tame: str) -> None:
    line = json.dumps({"event": "output", "step": "s", "environment": "", "stream": "stdout", "text": wild})
    assert decode(line).text == tame


def test_a_memory_is_shown_but_never_counted_as_done() -> None:
    found = board({"signin.azure": {"status": "ok", "message": "was rita"}})
    assert (found.done, found.remembered_ok, found.identity) == (0, 1, "")
    found.apply(checked("signin.azure", "", "ok", "rita"))
    assert (found.done, found.identity) == (1, "rita")


def test_after_the_engine_is_lost_findings_are_memories_and_nothing_runs() -> None:
    found = board()
    found.apply(checked("signin.azure", "", "ok"))
    found.apply(events.Started("apply", []))
    found.apply(events.ActionStarted("azure.groups", "dev", "Create", "az group create"))
    assert found.acting is found.rows["azure.groups@dev"]
    found.lost("The engine stopped.")
    assert (found.done, found.acting, found.command) == (0, None, "")
    assert found.rows["azure.groups@dev"].works[0].failed


def test_an_event_of_a_step_nobody_knows_changes_nothing() -> None:
    found = board()
    found.apply(checked("no.such", "dev", "ok"))
    assert found.done == 0


def test_the_way_leads_over_what_still_has_a_purpose() -> None:
    found = board()
    found.described = True
    assert flow.next_screen(found, "") == "sign-in"
    assert flow.next_screen(found, "sign-in") == "checklist", "nothing is asked, so no names form"
    found.apply(checked("signin.azure", "", "ok"))
    assert flow.next_screen(found, "") == "checklist"


def test_names_that_are_written_down_are_not_asked_for_again() -> None:
    found = board()
    found.described = True
    found.apply(checked("signin.azure", "", "ok"))
    for environment in ("dev", "test"):
        found.rows[f"azure.groups@{environment}"].inputs = (Field(f"{environment}.group", "Its name?"),)
    assert flow.next_screen(found, "") == "names"
    found.apply(checked("azure.groups", "dev", "ok"))
    assert flow.next_screen(found, "") == "checklist", "test's have a proposal, or are asked when their turn comes"


def test_every_status_has_its_own_glyph_word_and_meaning_and_fits_its_column() -> None:
    assert len({glyph for glyph, *_ in LOOKS.values()}) == len(LOOKS)
    assert len({word for _, word, *_ in LOOKS.values()}) == len(LOOKS)
    assert set(MEANINGS) == set(LOOKS)
    words = {look(status, remembered=old)[1] for status in LOOKS for old in (True, False)}
    assert all(len(word) <= WORD_WIDTH and len(short(word)) <= SHORT_WIDTH for word in words)
    assert len({short(word) for word in words}) == len(words)


def test_commands_have_ids_of_their_own_and_safe_keys_that_do_not_clash() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    for place in (CHECKLIST, RUN, TIMELINE, IDENTITY, MATRIX, DIFFERENCE, STATUS):
        keys = [key for command in COMMANDS if command.where in (place, ANYWHERE) for key in command.key.split(",")]
        assert len(set(keys)) == len(keys), place
    assert not [command.key for command in COMMANDS if "ctrl" in command.key]


def test_every_command_can_be_remapped_is_explained_and_has_someone_to_do_it() -> None:
    doers = {CHECKLIST: type(make_screen("checklist")), RUN: RunScreen, TIMELINE: TimelineScreen}
    doers |= {IDENTITY: IdentityScreen, MATRIX: MatrixScreen, DIFFERENCE: DifferenceScreen, STATUS: StatusScreen}
    doers |= {ANYWHERE: WizardApp}
    for command in COMMANDS:
        name = "do_" + command.id.replace("-", "_")
        assert hasattr(doers[command.where], name) or hasattr(WizardApp, name), command.id
        assert command.help.endswith("."), command.id
    made = [each for place in doers for each in bindings(place)]
    assert all(isinstance(each, Binding) and each.id and each.tooltip for each in made)


def test_a_sparkline_goes_from_low_to_high_and_says_nothing_of_one_value() -> None:
    assert sparkline([1.0]) == ""
    assert sparkline([2.0, 2.0]) == ""
    assert sparkline([0.0, 0.5, 1.0]) == "▁▄█"
