"""Runs steps: needs, check, inputs, plan, confirm, actions, and the check again. Each as soon as its needs allow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from wizard.engine import events
from wizard.engine.changes import Changes, Confirm
from wizard.engine.context import Context, Session
from wizard.engine.critical_path import critical_path
from wizard.engine.examiner import Examiner
from wizard.engine.step import GOOD, Action, Instance, Outcome, Status
from wizard.engine.tally import CANCELLED, Tally

Ask = Callable[[Context, str], Awaitable[None]]
Visit = Callable[[Context], Awaitable[Outcome]]


class Runner:
    """Runs one command over a selection of step instances. `cancel` stops it between actions."""

    def __init__(self, session: Session, ask: Ask, confirm: Confirm) -> None:
        self._session = session
        self._ask = ask
        self._cancelled = asyncio.Event()
        self._started = time.monotonic()
        self.tally = Tally()
        self._examiner = Examiner(session)
        self._changes = Changes(session, self._examiner, self.tally, confirm, self._cancelled)
        self._renewed: set[str] = set()  # keys of instances that another step's actions changed

    def cancel(self) -> None:
        """Begin nothing new; what runs now is finished."""
        self._cancelled.set()

    async def check(self, selected: list[Instance]) -> None:
        """Check the selected instances and what they need."""
        await self._walk("check", selected, self._examiner.check, self._examiner.check)

    async def doctor(self, selected: list[Instance]) -> None:
        """Find out how things stand by reads alone; nothing is run over there, not even to prove that it runs."""
        await self._walk("doctor", selected, self._examiner.look, self._examiner.look)

    async def plan(self, selected: list[Instance]) -> None:
        """Check, and say what the instances which are not OK would change."""
        await self._walk("plan", selected, self._check_and_plan, self._examiner.check)

    async def apply(self, selected: list[Instance]) -> None:
        """Check, plan, confirm, act and check again. What is only needed, not selected, is checked and left alone."""
        await self._walk("apply", selected, self._check_and_apply, self._examiner.check)
        await self._check_renewed()

    async def carry_out(self, command: str, selected: list[Instance]) -> None:
        """Plan, confirm, act and check, one after the other: for steps that are in no checklist and always have a plan.

        Stops at the first that fails, and at one that a person does not agree to.
        """
        self._session.emit(events.Started(command, [instance.key for instance in selected]))
        for instance in selected:
            started, context = time.monotonic(), Context(self._session, instance)
            actions = await self._changes.planned(context, instance.step.plan)
            agreed = actions is not None and (not actions or await self._changes.confirmed(context, actions))
            if not agreed or not await self._changes.run(context, actions or []):
                self.tally.outcomes.setdefault(instance.key, Outcome(Status.TODO, "it was not carried out"))
                return
            if actions:
                self._renewed.update(instance.step.renews)
            self.tally.outcomes[instance.key] = await self._examiner.check(context)
            self.tally.seconds[instance.key] = time.monotonic() - started
        await self._check_renewed()

    async def undo(self, selected: list[Instance]) -> None:
        """Take back what the selected instances made, the last made first, and check what is left.

        Stops at the first that cannot be undone: what it needs must stay for as long as it stands.
        """
        wanted = {instance.key for instance in selected}
        order = [instance for instance in reversed(self._session.checklist.order) if instance.key in wanted]
        self._session.emit(events.Started("undo", [instance.key for instance in order]))
        for instance in order:
            started = time.monotonic()
            undone = await self._undo_one(Context(self._session, instance))
            self.tally.seconds[instance.key] = time.monotonic() - started
            if not undone:
                return

    async def act(self, context: Context, actions: list[Action]) -> bool:
        """Show actions that are an operation's own, have them confirmed, and run them; whether all were done."""
        return await self._changes.act(context, actions)

    def summary(self, command: str, exit_code: int | None = None) -> events.Summary:
        """Counts, actions, wall seconds and the longest chain of what ran so far."""
        known = {each.key: each for each in self._session.checklist.instances}
        needs = {key: self._needs_of(known[key]) if key in known else [] for key in self.tally.seconds}
        path, length = critical_path(self.tally.seconds, needs)
        return events.Summary(
            command=command,
            counts=self.tally.counts(),
            actions=self.tally.actions,
            seconds=round(time.monotonic() - self._started, 3),
            critical_path=path,
            critical_seconds=round(length, 3),
            exit_code=self.exit_code(command) if exit_code is None else exit_code,
        )

    def exit_code(self, command: str) -> int:
        """What the tally amounts to, or that the command was cancelled."""
        return CANCELLED if self._cancelled.is_set() else self.tally.exit_code(command)

    async def _walk(self, command: str, selected: list[Instance], visit: Visit, visit_needed: Visit) -> None:
        """Visit the selected instances and all that they need, each once what it needs has its outcome."""
        covered = self._session.checklist.with_needs(selected)
        chosen = {instance.key for instance in selected}
        self._session.emit(events.Started(command, [instance.key for instance in covered]))
        done: dict[str, asyncio.Task[Outcome]] = {}

        async def one(instance: Instance) -> Outcome:
            for need in self._session.checklist.needs(instance):
                await done[need.key]
            blocking = self._blocking(instance, done)
            context = Context(self._session, instance)
            started = time.monotonic()
            reason = reason_to_leave_out(context)
            if instance.step.optional and command == "apply" and instance.key in chosen:
                self._write_down(instance.skip_name, reason)
            if reason:
                outcome = self._examiner.leave_out(context, reason)
            elif blocking:
                outcome = self._examiner.wait_for(context, blocking)
            else:
                outcome = await (visit if instance.key in chosen else visit_needed)(context)
            self.tally.seconds[instance.key] = time.monotonic() - started
            self.tally.outcomes[instance.key] = outcome
            return outcome

        async with asyncio.TaskGroup() as group:
            for instance in covered:
                done[instance.key] = group.create_task(one(instance))

    def _blocking(self, instance: Instance, done: Mapping[str, asyncio.Task[Outcome]]) -> Instance | None:
        """The first need that is not met. What a left-out step needs is needed by those who need it."""
        for need in self._session.checklist.needs(instance):
            outcome = done[need.key].result()
            if outcome.left_out:
                if beneath := self._blocking(need, done):
                    return beneath
            elif outcome.status not in GOOD:
                return need
        return None

    def _needs_of(self, instance: Instance) -> list[str]:
        return [need.key for need in self._session.checklist.needs(instance)]

    def _write_down(self, name: str, reason: str) -> None:
        """Keep why a step is left out, or that it no longer is, for the next start and for others."""
        if self._session.answers.saved().get(name, "") != reason:
            self._session.answers.save({name: reason})

    async def _check_and_plan(self, context: Context) -> Outcome:
        outcome = await self._examiner.check(context)
        if outcome.status not in GOOD:
            await self._changes.planned(context, context.instance.step.plan)
        return outcome

    async def _check_and_apply(self, context: Context) -> Outcome:
        outcome = await self._examiner.check(context)
        if outcome.status in GOOD or self._cancelled.is_set():
            return outcome
        await self._ask_missing(context)
        actions = await self._changes.planned(context, context.instance.step.plan)
        if not actions or not await self._changes.confirmed(context, actions):
            return outcome
        if await self._changes.run(context, actions):
            self._renewed.update(context.instance.step.renews)
            return await self._examiner.check(context)
        return self.tally.outcomes.get(context.instance.key, outcome)  # without a failure: cancelled before the end

    async def _check_renewed(self) -> None:
        """Check again, in order, what another step changed; not when it shall stop."""
        for instance in self._session.checklist.order:
            if instance.key in self._renewed and self._outdated(instance) and not self._cancelled.is_set():
                self.tally.outcomes[instance.key] = await self._examiner.check(Context(self._session, instance))

    def _outdated(self, instance: Instance) -> bool:
        """Whether it was good, or is red from an earlier run and all that it needs is good."""
        earlier = instance.key in self._session.state.last() and instance.key not in self.tally.outcomes
        needs = self._session.checklist.needs(instance)
        return self._known(instance) or (earlier and all(self._known(need) for need in needs))

    def _known(self, instance: Instance) -> bool:
        """Whether the last check of it found it good."""
        return self._session.state.last().get(instance.key, {}).get("status") in GOOD

    async def _ask_missing(self, context: Context) -> None:
        for name, question in context.instance.questions():
            if self._session.answers.get(name) is None and question.default is None and not question.secret:
                await self._ask(context, name)

    async def _undo_one(self, context: Context) -> bool:
        step = context.instance.step
        actions = await self._changes.planned(context, step.undo)
        if not actions:
            return actions is not None or step.undo is None
        if not await self._changes.confirmed(context, actions) or not await self._changes.run(context, actions):
            return False
        self._session.state.forget(context.instance.key)
        self.tally.outcomes[context.instance.key] = await self._examiner.check(context)
        return True


def reason_to_leave_out(context: Context) -> str:
    """Why a person leaves this optional step out; "" when it shall run."""
    instance = context.instance
    return (context.session.answers.get(instance.skip_name) or "").strip() if instance.step.optional else ""
