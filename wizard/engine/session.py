"""One engine session: reads commands as JSON lines, runs them one at a time, and says everything as events.

Commands: `check`, `doctor`, `plan`, `apply`, `undo` (with `stages`, `steps`, `yes`, and `armed`, which arms all that is
guarded for this command alone; `answers` by name, which hold for this session, or with `keep` for good), `teardown`
(with `yes`, or `plan` to show only), `confirm`, `answer`, `arm` and `disarm` (an `environment`; `word` is what was
typed), `describe` (show the checklist again, since defaults follow from what was learned), `cancel`, `quit`, and the
operations it was given, such as `run`. The end of the input is `quit`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from wizard.engine import events
from wizard.engine.consent import Consent
from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.explain import explain
from wizard.engine.runner import Runner
from wizard.engine.step import Instance, Question
from wizard.engine.teardown import Teardown

Operation = Callable[[Session, dict[str, Any]], Awaitable[int]]
Procedure = Callable[[Session, dict[str, Any]], list[Instance]]

_WALKS = ("check", "doctor", "plan", "apply", "undo", "teardown")


class EngineSession:
    """Runs commands over one checklist until it is told to quit. `now` gives monotonic seconds."""

    def __init__(
        self,
        session: Session,
        operations: Mapping[str, Operation],
        procedures: Mapping[str, Procedure] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._operations = operations
        self._procedures = procedures or {}
        self._runner: Runner | None = None
        self._task: asyncio.Task[None] | None = None
        self._consent = Consent(session, now)
        self._answers: dict[str, asyncio.Future[None]] = {}
        self.exit_code = 0

    async def serve(self, lines: AsyncIterator[str]) -> None:
        """Show the checklist, then obey until `quit` or the end; what runs then is finished, nothing new begun."""
        self._show_checklist()
        async for line in lines:
            if not self._obey(line):
                break
        self._cancel()
        if self._task is not None:
            await self._task

    def _obey(self, line: str) -> bool:
        command = _command(line)
        if command is None:
            self._session.emit(events.Problem("The engine got a line that is no command.", code="bad-command"))
            return True
        verb = command["do"]
        if verb == "quit":
            return False
        if verb == "cancel":
            self._cancel()
        elif verb == "confirm":
            self._consent.answer(str(command.get("id")), command)
        elif verb == "arm":
            self._consent.arm(str(command.get("environment")), str(command.get("word")))
        elif verb == "disarm":
            self._consent.disarm(str(command.get("environment")))
        elif verb == "describe":
            self._show_checklist()
        elif verb == "answer":
            self._take_answer(str(command.get("name")), str(command.get("value")))
        elif verb in (*_WALKS, *self._operations, *self._procedures):
            self._begin(verb, command)
        else:
            self._session.emit(events.Problem(f"The engine knows no command `{verb}`.", code="bad-command"))
        return True

    def _begin(self, verb: str, command: dict[str, Any]) -> None:
        if self._task is not None and not self._task.done():
            self._session.emit(
                events.Problem("The engine is busy with another command.", "wait for it, or cancel it", "busy")
            )
            return
        self._task = asyncio.create_task(self._run(verb, command))

    async def _run(self, verb: str, command: dict[str, Any]) -> None:
        runner = self._runner = self._runner_for(verb, command)
        self._consent.begin(yes=bool(command.get("yes")), armed=bool(command.get("armed")))
        try:
            if verb in _WALKS:
                self._take_answers(command.get("answers", {}), keep=bool(command.get("keep")))
                selected = self._session.checklist.select(command.get("stages", []), command.get("steps", []))
                await getattr(runner, verb)(selected)
                self.exit_code = runner.exit_code(verb)
            elif verb in self._procedures:
                await runner.carry_out(verb, self._procedures[verb](self._session, command))
                self.exit_code = runner.exit_code("apply")
            else:
                self._session.emit(events.Started(verb, []))
                self._session.act = runner.act
                self.exit_code = await self._operations[verb](self._session, command)
        except (Exception, ExceptionGroup) as error:  # noqa: BLE001  (the stream must end with a summary)
            self._report(error)
        self._session.emit(runner.summary(verb, self.exit_code))

    def _runner_for(self, verb: str, command: dict[str, Any]) -> Runner:
        if verb == "teardown":
            only_plan = bool(command.get("plan"))
            return Teardown(self._session, self._ask, self._consent.by_name, only_plan=only_plan)
        return Runner(self._session, self._ask, self._consent.of_step)

    def _report(self, error: Exception) -> None:
        """Say what stopped a command. Of several errors the first that a person can act on is told."""
        self.exit_code = 2 if getattr(error, "code", "") == "usage" else 1
        while isinstance(error, ExceptionGroup):
            known = [each for each in error.exceptions if isinstance(each, WizardError | ExceptionGroup)]
            error = (known or error.exceptions)[0]
        found = explain(error, self._session.project.log)
        self._session.emit(events.Problem(found.message, found.fix, getattr(error, "code", "")))

    def _cancel(self) -> None:
        if self._runner is not None:
            self._runner.cancel()
        self._consent.withdraw()
        for asked in self._answers.values():
            if not asked.done():
                asked.cancel()

    async def _ask(self, context: Context, name: str) -> None:
        question = self._session.answers.question(name)
        if self._consent.yes:
            raise WizardError(f"`{name}` has no answer yet.", fix=f"give it with --set {name}=...")
        shown = describe_question(context, name, question)
        self._answers[name] = asyncio.get_running_loop().create_future()
        self._session.emit(
            events.AnswerWanted(
                step=context.instance.step.id,
                environment=context.environment,
                name=name,
                prompt=question.prompt,
                help=question.help,
                default=shown["default"],
                choices=shown["choices"],
                secret=question.secret,
            )
        )
        try:
            await self._answers[name]
        finally:
            del self._answers[name]

    def _take_answer(self, name: str, value: str) -> None:
        if self._is_secret(name):
            self._session.secrets.guard(value)
        shown = "" if self._is_secret(name) else value
        try:
            self._session.answers.set(name, value)
        except WizardError as error:
            self._session.emit(events.AnswerTaken(name, shown, error.message))
            return
        self._session.emit(events.AnswerTaken(name, shown))
        waiting = self._answers.get(name)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        self._show_checklist()

    def _take_answers(self, answers: Mapping[str, str], *, keep: bool) -> None:
        """Take the answers that a command brings along for this session, or for good."""
        for name, value in answers.items():
            self._session.answers.set(name, value)
        if keep and answers:
            self._session.answers.save(answers)

    def _is_secret(self, name: str) -> bool:
        return self._session.answers.has_question(name) and self._session.answers.question(name).secret

    def _show_checklist(self) -> None:
        self._session.emit(events.ChecklistShown(describe_checklist(self._session), self._consent.guards()))


# What the fields of commands are, where the engine itself reads them.
_LISTS = {"stages": int, "steps": str}


def _command(line: str) -> dict[str, Any] | None:
    """What a line asks for; None where it is no command."""
    try:
        command = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(command, dict) or not isinstance(command.get("do"), str):
        return None
    answers = command.get("answers", {})
    fits = isinstance(answers, dict) and all(isinstance(value, str) for value in answers.values())
    for name, kind in _LISTS.items():
        given = command.get(name, [])
        fits = fits and isinstance(given, list) and all(type(each) is kind for each in given)
    return command if fits else None


def describe_checklist(session: Session) -> list[dict[str, Any]]:
    """The checklist as the `checklist` event carries it."""
    remembered = session.state.last()
    stages = []
    for stage in session.checklist.stages:
        instances = session.checklist.of_stage(stage.number)
        steps = [_describe_instance(session, each, remembered.get(each.key)) for each in instances]
        stages.append({"number": stage.number, "title": stage.title, "steps": steps})
    return stages


def _describe_instance(session: Session, instance: Instance, last: dict[str, Any] | None) -> dict[str, Any]:
    step, context = instance.step, Context(session, instance)
    memory = {key: last[key] for key in ("status", "message", "proof", "checked")} if last else None
    return {
        "key": instance.key,
        "id": step.id,
        "environment": instance.environment,
        "title": step.title,
        "why": step.why,
        "needs": [need.key for need in session.checklist.needs(instance)],
        "docs": step.docs,
        "manual": step.manual,
        "inputs": [describe_question(context, name, question) for name, question in instance.questions()],
        "last": memory,
    }


def describe_question(context: Context, name: str, question: Question) -> dict[str, Any]:
    """A question with its value so far. A default that cannot be computed yet is shown empty."""
    try:
        default = question.default(context) if question.default else ""
        choices = question.choices(context) if callable(question.choices) else question.choices
    except WizardError:
        default, choices = "", ()
    given = context.session.answers.get(name) if not question.secret else None
    return {
        "name": name,
        "prompt": question.prompt,
        "help": question.help,
        "value": given or "",
        "default": default,
        "choices": list(choices),
        "secret": question.secret,
    }
