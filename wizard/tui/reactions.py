"""What an event of the engine makes the screens do besides showing it: open a dialog, or pass a message."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.tui.board import CHANGING
from wizard.tui.commands import IDENTITY, RUN, TIMELINE, key_of
from wizard.tui.flow import CHECKLIST

if TYPE_CHECKING:
    from wizard.engine.events import ConfirmWanted, Event, Problem, Summary
    from wizard.tui.app import WizardApp
    from wizard.tui.screens.confirm import Consent

INTERRUPTED = 130
WITHOUT_AN_END_OF_THEIR_OWN = (CHECKLIST, IDENTITY, RUN, TIMELINE)


def react(app: WizardApp, event: Event) -> None:
    """Do what the event asks for, if anything."""
    from wizard.engine.events import AnswerWanted, Armed, ConfirmWanted, Exported, Problem, Summary

    if isinstance(event, ConfirmWanted):
        _ask_for_consent(app, event)
    elif isinstance(event, AnswerWanted):
        from wizard.tui.screens.question import QuestionScreen

        app.push_screen(QuestionScreen(event))
    elif isinstance(event, Armed) and event.complaint:
        app.toast(event.complaint, severity="error")
    elif isinstance(event, Exported):
        app.toast(f"Written: {', '.join(Path(file).name for file in event.files)}")
    elif isinstance(event, Problem):
        _show_problem(app, event)
    elif isinstance(event, Summary) and event.command in CHANGING:
        _tell_the_end(app, event)


def _ask_for_consent(app: WizardApp, event: ConfirmWanted) -> None:
    from wizard.tui.screens.confirm import ConfirmScreen, of_step, of_teardown

    proposal = of_step(app.board, event) if event.step else of_teardown(app.board, event)
    app.push_screen(ConfirmScreen(proposal), partial(_tell_consent, app, event.id))


def _tell_consent(app: WizardApp, number: str, consent: Consent | None) -> None:
    word = {"word": consent.word} if consent is not None and consent.word else {}
    app.tell("confirm", id=number, yes=consent is not None, **word)


def _show_problem(app: WizardApp, problem: Problem) -> None:
    from wizard.tui.screens.error import ErrorScreen, Trouble

    app.push_screen(ErrorScreen(Trouble("The engine cannot go on", problem.message, problem.fix, problem.code)))


def _tell_the_end(app: WizardApp, summary: Summary) -> None:
    """Say how a command ended, where the screen does not say it itself."""
    if getattr(app.screen, "PLACE", "") not in WITHOUT_AN_END_OF_THEIR_OWN:
        return
    done, total, failed = app.board.done, app.board.total, summary.counts.get("fail", 0)
    title = f"{failed} failed" if failed else "Stopped" if summary.exit_code == INTERRUPTED else "Done"
    text = f"{summary.actions} actions in {summary.seconds:.0f} s. {done} of {total} steps are OK."
    if done == total:
        text += f" {key_of(app.board, 'status')} shows how models and services stand."
    app.toast(text, title=title, severity="information" if title == "Done" else "warning")
