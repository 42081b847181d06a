"""What a person agrees to: a step's actions, those where an environment has to be armed, or all of a teardown."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from wizard.engine import events
from wizard.engine.arming import MINUTES, Arming, Guard
from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.step import Action, Instance


class Consent:
    """Asks, and keeps what is armed. `now` gives monotonic seconds.

    `yes`: the command that runs is agreed to beforehand; `armed`: also where an environment has to be armed.
    """

    def __init__(self, session: Session, now: Callable[[], float]) -> None:
        self._session = session
        self._arming = Arming(session.checklist.guards, now)
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._asking = asyncio.Lock()
        self._withdrawn = False
        self.yes = False
        self.armed = False

    def begin(self, *, yes: bool, armed: bool) -> None:
        """A command begins, with what was agreed to beforehand."""
        self.yes, self.armed, self._withdrawn = yes, armed, False

    def withdraw(self) -> None:
        """Take whatever is asked now, or would be asked by this command, for refused."""
        self._withdrawn = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result({"yes": False})

    async def of_step(self, instance: Instance, actions: list[Action]) -> bool:
        """Whether a person agrees to the actions of a step, and they may run where it has to be armed."""
        if self.yes and self._guard_of(instance, actions) is None:
            return True
        async with self._asking:  # one question at a time, however many steps are ready
            return not self._withdrawn and await self._asked_of_step(instance, actions)

    def _guard_of(self, instance: Instance, actions: list[Action]) -> Guard | None:
        return None if self.armed else self._arming.guard_of(instance.environment, actions)

    async def _asked_of_step(self, instance: Instance, actions: list[Action]) -> bool:
        guard = self._guard_of(instance, actions)
        if self.yes and guard is None:  # it was armed while this waited to be asked
            return True
        word = self._word(guard) if guard else ""
        answer = await self._ask(instance.step.id, instance.environment, actions, word)
        if not answer.get("yes"):
            return False
        if guard is not None and "word" in answer:
            self.arm(instance.environment, str(answer["word"]))
        return self.armed or self._may_run(instance, actions)

    async def by_name(self, instance: Instance, actions: list[Action]) -> bool:
        """Have the name of the whole set-up typed before all of it goes."""
        if self.yes:
            return True
        name = Context(self._session, instance).answer(self._session.checklist.named_by)
        answer = await self._ask("", "", actions, name)
        return bool(answer.get("yes")) and answer.get("word") == name

    async def _ask(self, step: str, environment: str, actions: list[Action], word: str) -> dict[str, Any]:
        number = str(next(self._ids))
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        described = [action.described() for action in actions]
        self._session.emit(events.ConfirmWanted(number, step, environment, described, word))
        try:
            return await future
        finally:
            del self._waiting[number]

    def answer(self, number: str, answer: dict[str, Any]) -> None:
        """Take what a person said to what was asked under that number; a number that is not waited for is nothing."""
        waiting = self._waiting.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _may_run(self, instance: Instance, actions: list[Action]) -> bool:
        """Whether no guard is in the way by now; where one is, say so: time runs while a person reads."""
        guard = self._arming.guard_of(instance.environment, actions)
        if guard is not None:
            name = guard.environment
            self._session.emit(
                events.Problem(
                    f"{instance.step.title} ({name}) was not begun: {name} is not armed.",
                    f"set it up again, and type {self._word(guard)} where it is asked for",
                    "not-armed",
                )
            )
        return guard is None

    def _word(self, guard: Guard) -> str:
        """What a person has to type to arm an environment."""
        return Context(self._session, self._session.checklist.instances[0]).answer(guard.answer)

    def arm(self, environment: str, word: str) -> None:
        """Arm an environment, if the word is the one that it goes by; either way it is told."""
        guard = next((each for each in self._arming.guards if each.environment == environment), None)
        if guard is None:
            complaint = f"`{environment}` is no environment that has to be armed."
        elif word != (wanted := self._word(guard)):
            complaint = f"{environment} is armed by typing {wanted}, to the letter."
        else:
            complaint = ""
            self._arming.arm(environment)
        self._session.emit(events.Armed(environment, self._arming.seconds_left(environment), complaint))

    def disarm(self, environment: str) -> None:
        """Arm an environment no longer."""
        self._arming.disarm(environment)
        self._session.emit(events.Armed(environment, 0.0))

    def guards(self) -> list[dict[str, Any]]:
        """The environments that have to be armed. One whose name cannot be computed yet has no word."""
        described = []
        for guard in self._arming.guards:
            try:
                word = self._word(guard)
            except WizardError:
                word = ""
            described.append(
                {"environment": guard.environment, "word": word, "risks": list(guard.risks), "minutes": MINUTES}
            )
        return described
