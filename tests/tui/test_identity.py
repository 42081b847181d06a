"""The identity card: opened, asked again, refused, with a busy engine, with nobody to ask."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.tui.conftest import STILL, Stage, place, shown, straight_to_checklist, until
from wizard.engine import events
from wizard.tui.identities import Identities
from wizard.tui.widgets.identity_text import end_of

UTC_TIME = "2026-02-03T10:07:00+00:00"


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def open_cards(pilot) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("w")
    await until(pilot, lambda: place(pilot) == "identity")


async def answered(pilot) -> None:
    await until(pilot, lambda: not pilot.app.board.identities.asking and "At " in shown(pilot), "all answered")


async def test_every_service_has_a_card_with_who_by_what_until_when_and_what_shadows_it(stage: Stage) -> None:
    app = stage.app(clock=False)
    async with app.run_test(size=(120, 50)) as pilot:
        await open_cards(pilot)
        await answered(pilot)
        text = shown(pilot)
        for words in (
            "Azure Resource Manager", "Databricks workspace (dev)", "Azure DevOps", "rita@contoso.example",
            "token kept in the keyring", "2026-02-03 11:00 UTC, in 53 min", "in 89 days", "▲ ends", "in 5 days",
            "▲ mind", "AZURE_DEVOPS_EXT_PAT: wins over", "5 answered",
        ):  # fmt: skip
            assert words in text, words
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "checklist")
        assert app.focused.id == "steps"


@pytest.mark.parametrize("size", [(60, 16), (200, 50)])
async def test_every_size_and_no_colour_show_whole_cards(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = stage.app("refused", clock=False)
    async with app.run_test(size=size) as pilot:
        await open_cards(pilot)
        await answered(pilot)
        seen = set()
        for _ in range(5):
            await pilot.press("down")
            await pilot.pause()
            card, room = app.focused, app.screen.query_one("#cards").region
            assert card.region.right <= room.right
            assert card.region.bottom <= room.bottom
            seen.add(card.card.title)
        assert len(seen) == 4, "each in its turn"
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "checklist")


async def test_cards_are_walked_and_copied_by_keys(stage: Stage) -> None:
    app = stage.app(clock=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_cards(pilot)
        await answered(pilot)
        await pilot.press("down", "down", "down", "y")
        await until(pilot, lambda: "Databricks workspace (dev): answered" in app.clipboard)
        assert "by: token kept in the keyring" in app.clipboard
        await pilot.press("c")
        await until(pilot, lambda: "Azure DevOps: answered" in app.clipboard and "Azure Resource Man" in app.clipboard)
        for _ in range(9):
            await pilot.press("down")
        assert app.focused.card.service == "Azure DevOps"
        assert app.focused.region.bottom <= app.screen.query_one("#cards").region.bottom, "it is scrolled into sight"


async def test_cards_come_as_answers_do_and_the_focus_stays_when_they_are_asked_again(stage: Stage) -> None:
    app = stage.app("slow-identity", clock=False)
    async with app.run_test(size=(120, 50)) as pilot:
        await open_cards(pilot)
        await until(pilot, lambda: "4 still to answer" in shown(pilot))
        text = shown(pilot)
        assert text.count("◌ asking") == 4
        assert text.count("✓ answered") == 1
        stage.let_go()
        await answered(pilot)
        await pilot.press("down", "down")
        card = app.focused
        stage.release.unlink()
        await pilot.press("r")
        await until(pilot, lambda: "4 still to answer" in shown(pilot))
        assert "rita@contoso.example" in shown(pilot), "what is known stays until the new answer"
        assert app.focused is card
        stage.let_go()
        await answered(pilot)
        assert app.focused is card
        assert len(app.board.identities.cards) == 5


async def test_a_refusal_is_told_with_cause_and_next_action_beside_the_others(stage: Stage) -> None:
    app = stage.app("refused", clock=False)
    async with app.run_test(size=(120, 50)) as pilot:
        await open_cards(pilot)
        await answered(pilot)
        text = shown(pilot)
        for words in ("1 answered, 3 refused, 1 gave no answer", "✗ refused", "it was revoked", "make a new one"):
            assert words in text, words
        assert "? no answer" in text


async def test_with_nobody_to_ask_it_says_what_to_do(stage: Stage) -> None:
    app = stage.app("nobody", clock=False)
    async with app.run_test(size=(60, 16)) as pilot:
        await open_cards(pilot)
        await until(pilot, lambda: "Nobody is known yet." in shown(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "Nobody is known yet." in shown(pilot) and app.clipboard == "")
        assert app.focused is not None


async def test_a_busy_engine_is_told_and_asked_once_it_is_idle(stage: Stage) -> None:
    app = stage.app("held", clock=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        app.ask("apply", yes=True)
        await until(pilot, lambda: app.board.acting)
        await pilot.press("w")
        await until(pilot, lambda: "The engine is busy with `apply`" in shown(pilot))
        await pilot.press("r")
        await until(pilot, lambda: "The engine is busy with `apply`" in shown(pilot))
        assert app.board.command == "apply", "what runs is not cut short"
        stage.let_go()
        await answered(pilot)
        assert app.focused is not None


async def test_after_the_engine_died_it_asks_again_by_itself(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_cards(pilot)
        await answered(pilot)
        await pilot.press("down")
        os.kill(app.link.process.pid, signal.SIGKILL)
        await until(pilot, lambda: len(stage.engines) == 2 and not app.board.identities.cards)
        await until(pilot, lambda: len(app.board.identities.cards) == 5)
        await answered(pilot)
        assert app.focused is not None


def test_the_end_of_a_credential_in_words_and_when_it_is_soon() -> None:
    def ends(seconds: float, kind: str) -> tuple[str, bool]:
        words, soon = end_of(UTC_TIME, kind, STILL - seconds)
        return words.partition(", ")[2], soon

    assert end_of("", "token", STILL) == ("", False)
    assert end_of("soon", "token", STILL) == ("soon", False)
    assert ends(52 * 60, "sign-in") == ("in 52 min", False)
    assert ends(4 * 60, "sign-in") == ("in 4 min", True)
    assert ends(13 * 86400, "token") == ("in 13 days", True)
    assert ends(89 * 86400, "token") == ("in 89 days", False)
    assert ends(30 * 3600, "token") == ("in 30 h", True)
    assert ends(-3600, "token") == ("60 min ago: it has ended", True)


def test_a_place_that_is_not_asked_again_is_known_no_more() -> None:
    def identity(place: str, credential: str) -> events.Identity:
        return events.Identity("Azure DevOps", place, "", credential, [], status="ok", name="rita")

    found = Identities()
    for where in ("a", "b"):
        found.asked(events.IdentityAsked("Azure DevOps", where, "", "sign-in"))
        found.answered(identity(where, "a token"))
    found.end("12:00:00")
    found.begin()
    found.asked(events.IdentityAsked("Azure DevOps", "a", "", "sign-in"))
    assert [card.name for card in found.cards] == ["rita", "rita"], "no second card for a credential found out later"
    found.answered(identity("a", "a token"))
    found.end("12:00:01")
    assert [card.place for card in found.cards] == ["a"]
