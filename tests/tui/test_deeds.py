"""What is done about a row of the status: chosen, typed where needed, agreed to, and followed; and taking all down."""

from __future__ import annotations

from textual.widgets import Button, OptionList

from tests.tui.conftest import Stage, place, shown, straight_to_checklist, until
from tests.tui.fake_deeds import PREFIX
from wizard.tui.screens.confirm import ConfirmScreen
from wizard.tui.screens.deeds import DeedsScreen
from wizard.tui.widgets.status_list import StatusList


async def open_deeds(pilot) -> None:
    """The deeds of prod's service, which needs somebody."""
    await straight_to_checklist(pilot)
    await pilot.press("S")
    await until(pilot, lambda: place(pilot) == "status" and "Somebody is needed" in shown(pilot))
    await until(pilot, lambda: not pilot.app.link.busy)
    await pilot.press("s", "home")
    await until(pilot, lambda: pilot.app.screen.query_one(StatusList).selected.key == "prod/wine")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, DeedsScreen))


async def test_a_service_is_asked_about_what_is_typed(stage: Stage) -> None:
    app = stage.app("all-ok", "unwell")
    async with app.run_test(size=(120, 40)) as pilot:
        await open_deeds(pilot)
        await until(pilot, lambda: "eleven numbers" in shown(pilot))
        reads = app.board.status.read_at
        await pilot.press("enter", *"7.4,0.7", "enter")
        await until(pilot, lambda: place(pilot) == "run" and "['7.4,0.7']" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "status" and app.board.status.read_at != reads)


async def test_a_wine_is_described_number_by_number_and_what_is_no_number_is_refused(stage: Stage) -> None:
    app = stage.app("all-ok", "unwell")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_deeds(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: place(pilot) == "NumbersScreen" and "4.6 to 15.9 in the data set" in shown(pilot))
        await pilot.press("down", "end", "backspace", *"x9", "enter")
        app.screen.query_one("#send", Button).press()
        await until(pilot, lambda: "a number is needed" in shown(pilot))
        await pilot.press("end", "backspace", "backspace", *"88")
        app.screen.query_one("#send", Button).press()
        await until(pilot, lambda: place(pilot) == "run" and "9.4']" in shown(pilot).replace("\n", ""))
        assert "['7.4,0.88,0,1.9,0.076,11,34,0.9978,3.51,0.56,9.4']" in "".join(
            app.board.find("service.prod@prod").output
        )


async def test_a_form_that_is_left_does_nothing(stage: Stage) -> None:
    app = stage.app("all-ok", "unwell")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_deeds(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: place(pilot) == "NumbersScreen")
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "DeedsScreen")


async def test_a_way_back_is_agreed_to_and_followed_to_its_proof(stage: Stage) -> None:
    app = stage.app("all-ok", "unwell")
    async with app.run_test(size=(120, 40)) as pilot:
        await open_deeds(pilot)
        await pilot.press("down", "down")
        await until(pilot, lambda: "eleven numbers" not in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "Roll back to the version before (prod): go ahead?" in shown(pilot)
        assert "Deploy version 1 to wine-quality" in shown(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "changing service wine-quality" in shown(pilot) and "5 known wines" in shown(pilot))
        assert "✓ Deploy version 1" in shown(pilot)


async def test_a_row_without_deeds_says_so_and_a_choice_can_be_left(stage: Stage) -> None:
    app = stage.app("all-ok", "unwell")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_deeds(pilot)
        assert app.screen.query_one(OptionList).option_count == 3
        app.screen.query_one("#cancel", Button).press()
        await until(pilot, lambda: place(pilot) == "status")
        await pilot.press("end", "enter")
        await until(pilot, lambda: any("Nothing can be done" in each.message for each in app._notifications))


async def test_everything_is_taken_down_once_the_prefix_is_typed(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        await until(pilot, lambda: not app.link.busy)
        await pilot.press("T")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        for words in ("Delete resource group rg-wine-dev", "a disk that somebody else made", "rg-theirs"):
            assert words in shown(pilot)
        await pilot.press(*"no", "enter")
        assert "This is not wine." in shown(pilot)
        await pilot.press("backspace", "backspace", *PREFIX, "enter")
        await until(pilot, lambda: app.board.summary is not None and app.board.summary.command == "teardown")
        assert app.board.summary.actions == 1


async def test_what_differs_from_the_plan_is_a_row_and_is_restored_from_there(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("S")
        await until(pilot, lambda: place(pilot) == "status" and "All well" in shown(pilot))
        await until(pilot, lambda: not app.link.busy)
        await pilot.press("d")
        await until(pilot, lambda: "EXPERIMENT of test-env" in shown(pilot) and not app.link.busy)
        assert "restore: set EXPERIMENT to /Shared/wine-test" in shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DeedsScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: place(pilot) == "run" and "Write variable group" in shown(pilot))
        await until(pilot, lambda: not app.link.busy)
        await pilot.press("escape")
        await until(pilot, lambda: "nothing differs" in shown(pilot))


async def test_the_set_up_is_written_down_beside_the_answers(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        await until(pilot, lambda: not app.link.busy)
        await pilot.press("E")
        await until(pilot, lambda: any("set-up.sh, set-up.bicep" in each.message for each in app._notifications))
