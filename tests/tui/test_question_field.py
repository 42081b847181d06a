"""A question with hundreds of choices, some of them with names that mean something to a screen."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Select

from tests.tui.conftest import shown, until
from wizard.harmless import plain
from wizard.tui.rows import Field
from wizard.tui.widgets.question_field import QuestionField

ODD = ("[bold]not bold[/bold]", "[/subscriptions/x]", "left\u202eright", "\x1b[31mred\x1b[0m", "مشروع", "项目 💾")
MANY = [*(f"project {number:03}" for number in range(294)), *ODD]


class Form(App[None]):
    """One field, with the choices as the engine's stream brings them."""

    def __init__(self, choices: list[str]) -> None:
        super().__init__()
        self.field = QuestionField(
            Field("devops.project", "Which project?", "Its name.", "", "", tuple(plain(choices)), secret=False)
        )

    def compose(self) -> ComposeResult:
        yield self.field


async def test_300_projects_open_as_a_list_and_odd_names_are_shown_and_taken_as_they_are() -> None:
    app = Form(MANY)
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(Select).focus()
        await pilot.press("enter")
        await until(pilot, lambda: "project 003" in shown(pilot), "the list is open")
        await pilot.press("end")
        await until(pilot, lambda: "项目" in shown(pilot), "the end of the list")
        for name in ("[bold]not bold[/bold]", "[/subscriptions/x]", "leftright", "red", "مشروع"):
            assert name in shown(pilot)
        assert not {"\x1b", "\u202e"} & set(shown(pilot))
        await pilot.press("up", "up", "up", "up", "up", "enter")
        await until(pilot, lambda: app.field.value == "[bold]not bold[/bold]", "it is taken as it is named")


async def test_a_few_odd_choices_take_a_line_each() -> None:
    long = "00000000-0000-0000-0000-000000000000 " + "a subscription with a very long name " * 3
    app = Form([long, "two\nlines", *ODD[:2]])
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "[/subscriptions/x]" in shown(pilot))
        for line, name in enumerate(app.field.field.choices):
            await pilot.click("Choices", offset=(3, line))
            assert app.field.value == name


class TwoQuestions(App[None]):
    """Two fields with a sentence of help each."""

    def compose(self) -> ComposeResult:
        for name in ("acidity", "sugar"):
            yield QuestionField(Field(name, name, f"the help of {name}"))


async def test_the_help_is_that_of_the_field_with_the_focus() -> None:
    app = TwoQuestions()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "the help of acidity" in shown(pilot))
        await pilot.press("tab")
        await until(pilot, lambda: "the help of sugar" in shown(pilot))
        assert "the help of acidity" not in shown(pilot)
        await pilot.press("tab")
        await until(pilot, lambda: "the help of acidity" in shown(pilot))
        assert "the help of sugar" not in shown(pilot)
