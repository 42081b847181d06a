"""Runs steps: needs, check, inputs, plan, confirm, actions, and the check again. Each as soon as its needs allow."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from wizard.engine import events
from wizard.engine.context import Context, Session
from wizard.engine.critical_path import critical_path
from wizard.engine.diagnosis import YOU
from wizard.engine.errors import AnswerError, ServiceError, UnreachableError
from wizard.engine.explain import Explanation, explain
from wizard.engine.step import Action, Check, Instance, Kept, Outcome, Plan, Status, Undo

TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500  # HTTP statuses; from the second on the fault is the service's

GOOD = frozenset({Status.OK, Status.WARN})
# Exit codes of doctor: the first status that is found decides.
VERDICTS = ((Status.FAIL, 2), (Status.UNKNOWN, 3), (Status.TODO, 1), (Status.WARN, 1), (Status.SKIP, 1))
ACTION_NEEDED = frozenset({Status.TODO, Status.WARN, Status.FAIL, Status.UNKNOWN})

Ask = Callable[[Context, str], Awaitable[None]]
Confirm = Callable[[Instance, list[Action]], Awaitable[bool]]
Visit = Callable[[Context], Awaitable[Outcome]]


@dataclass(slots=True)
class Tally:
    """What a command did: outcomes and seconds by instance key, and how many actions ran."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    actions: int = 0
    failed: int = 0


class Runner:
    """Runs one command over a selection of step instances. `cancel` stops it between actions."""

    def __init__(self, session: Session, ask: Ask, confirm: Confirm) -> None:
        self._session = session
        self._ask = ask
        self._confirm = confirm
        self._cancelled = asyncio.Event()
        self._started = time.monotonic()
        self.tally = Tally()

    def cancel(self) -> None:
        """Begin nothing new; what runs now is finished."""
        self._cancelled.set()

    async def check(self, selected: list[Instance]) -> None:
        """Check the selected instances and what they need."""
        await self._walk("check", selected, self._check_only, self._check_only)

    async def doctor(self, selected: list[Instance]) -> None:
        """Find out how things stand by reads alone; nothing is run over there, not even to prove that it runs."""
        await self._walk("doctor", selected, self.look, self.look)

    async def plan(self, selected: list[Instance]) -> None:
        """Check, and say what the instances which are not OK would change."""
        await self._walk("plan", selected, self._check_and_plan, self._check_only)

    async def apply(self, selected: list[Instance]) -> None:
        """Check, plan, confirm, act and check again. What is only needed, not selected, is checked and left alone."""
        await self._walk("apply", selected, self._check_and_apply, self._check_only)

    async def carry_out(self, command: str, selected: list[Instance]) -> None:
        """Plan, confirm, act and check, one after the other: for steps that are in no checklist and always have a plan.

        Stops at the first that fails, and at one that a person does not agree to.
        """
        self._session.emit(events.Started(command, [instance.key for instance in selected]))
        for instance in selected:
            started, context = time.monotonic(), Context(self._session, instance)
            actions = await self._planned(context, instance.step.plan)
            agreed = actions is not None and (not actions or await self._confirmed(context, actions))
            if not agreed or not await self._run_all(context, actions or []):
                self.tally.outcomes.setdefault(instance.key, Outcome(Status.TODO, "it was not carried out"))
                return
            self.tally.outcomes[instance.key] = await self._check_only(context)
            self.tally.seconds[instance.key] = time.monotonic() - started

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

    async def _undo_one(self, context: Context) -> bool:
        step = context.instance.step
        actions = await self._planned(context, step.undo)
        if not actions:
            return actions is not None or step.undo is None
        if not await self._confirmed(context, actions) or not await self._run_all(context, actions):
            return False
        self._session.state.forget(context.instance.key)
        self.tally.outcomes[context.instance.key] = await self._check_only(context)
        return True

    async def _walk(self, command: str, selected: list[Instance], visit: Visit, visit_needed: Visit) -> None:
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
                outcome = self._leave_out(context, reason)
            elif blocking:
                outcome = self._skip(context, blocking)
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

    def summary(self, command: str, exit_code: int | None = None) -> events.Summary:
        """Counts, actions, wall seconds and the longest chain of what ran so far."""
        counts = Counter(str(outcome.status) for outcome in self.tally.outcomes.values())
        known = {each.key for each in self._session.checklist.instances}
        needs = {key: self._needs_of(key) if key in known else [] for key in self.tally.seconds}
        path, length = critical_path(self.tally.seconds, needs)
        return events.Summary(
            command=command,
            counts=dict(counts),
            actions=self.tally.actions,
            seconds=round(time.monotonic() - self._started, 3),
            critical_path=path,
            critical_seconds=round(length, 3),
            exit_code=self.exit_code(command) if exit_code is None else exit_code,
        )

    def exit_code(self, command: str) -> int:
        """0 all OK (plan: could be made; undo: not refused), 1 blocked, failed or still to do, 3 could not check.

        Of doctor: 0 clean, 1 warnings or something to do, 2 blocked, 3 could not check.
        """
        found = {outcome.status for outcome in self.tally.outcomes.values() if not outcome.left_out}
        if self._cancelled.is_set():
            return 130
        if command == "doctor":
            return next((code for status, code in VERDICTS if status in found), 0)
        if self.tally.failed or (Status.FAIL in found and command != "undo"):
            return 1
        if Status.UNKNOWN in found:
            return 3
        must_be_done = command in ("check", "apply")
        return 1 if must_be_done and found & {Status.TODO, Status.SKIP} else 0

    def _needs_of(self, key: str) -> list[str]:
        instance = next(each for each in self._session.checklist.instances if each.key == key)
        return [need.key for need in self._session.checklist.needs(instance)]

    def _skip(self, context: Context, blocking: Instance) -> Outcome:
        where = f" ({blocking.environment})" if blocking.environment else ""
        outcome = Outcome(Status.SKIP, f"waiting for {blocking.step.title}{where}")
        self._report(context, outcome, 0.0)
        return outcome

    def _write_down(self, name: str, reason: str) -> None:
        """Keep why a step is left out, or that it no longer is, for the next start and for others."""
        if self._session.answers.saved().get(name, "") != reason:
            self._session.answers.save({name: reason})

    def _leave_out(self, context: Context, reason: str) -> Outcome:
        outcome = Outcome(Status.SKIP, f"left out: {reason}", left_out=True)
        self._report(context, outcome, 0.0)
        return outcome

    async def _check_only(self, context: Context) -> Outcome:
        return await self._examine(context, context.instance.step.check)

    async def look(self, context: Context) -> Outcome:
        """Find out by reads alone how one step stands."""
        return await self._examine(context, context.instance.step.look or context.instance.step.check)

    async def _examine(self, context: Context, probe: Check) -> Outcome:
        step = context.instance.step
        self._session.emit(events.Checking(step.id, context.environment))
        started = time.monotonic()
        try:
            outcome = await asyncio.wait_for(probe(context), step.time_limit)
        except TimeoutError:
            outcome = Outcome(
                Status.UNKNOWN,
                f"no answer within {step.time_limit:.0f} s",
                fix="see whether the network and the service are up, then check again",
            )
        except AnswerError as error:
            outcome = Outcome(Status.TODO, error.message, fix=error.fix)
        except Exception as error:  # noqa: BLE001  (a check that breaks is an outcome, not the end of the engine)
            outcome = self._broken(context, error)
        self._report(context, outcome, time.monotonic() - started)
        return outcome

    def _broken(self, context: Context, error: Exception) -> Outcome:
        return explained(Status.UNKNOWN if could_not_look(error) else Status.FAIL, self._explain(context, error))

    def _explain(self, context: Context, error: Exception) -> Explanation:
        return explain(error, self._session.project.log, context.known())

    def _report(self, context: Context, outcome: Outcome, seconds: float) -> None:
        self._session.state.remember(context.instance.key, outcome)
        self._session.emit(
            events.Checked(
                step=context.instance.step.id,
                environment=context.environment,
                status=str(outcome.status),
                message=outcome.message,
                proof=outcome.proof,
                seconds=round(seconds, 3),
                fix=outcome.fix,
                diagnosis=outcome.diagnosis,
                links=list(outcome.links),
                who=(outcome.who or YOU) if outcome.status in ACTION_NEEDED else "",
                message_to_send=outcome.text,
                left_out=outcome.left_out,
            )
        )

    async def _check_and_plan(self, context: Context) -> Outcome:
        outcome = await self._check_only(context)
        if outcome.status not in GOOD:
            await self._planned(context, context.instance.step.plan)
        return outcome

    async def _check_and_apply(self, context: Context) -> Outcome:
        outcome = await self._check_only(context)
        if outcome.status in GOOD or self._cancelled.is_set():
            return outcome
        await self._ask_missing(context)
        actions = await self._planned(context, context.instance.step.plan)
        if not actions or not await self._confirmed(context, actions):
            return outcome
        if await self._run_all(context, actions):
            return await self._check_only(context)
        return self.tally.outcomes.get(context.instance.key, outcome)  # without a failure: cancelled before the end

    async def _ask_missing(self, context: Context) -> None:
        for name, question in context.instance.questions():
            if self._session.answers.get(name) is None and question.default is None and not question.secret:
                await self._ask(context, name)

    async def _planned(self, context: Context, plan: Plan | Undo | None) -> list[Action] | None:
        """The actions still needed; None when nobody can tell or only a person can act (both are reported)."""
        step = context.instance.step
        try:
            found = await plan(context) if plan else None
        except Exception as error:  # noqa: BLE001  (as in a check)
            said = self._explain(context, error)
            self._session.emit(events.Planned(step.id, context.environment, [], f"{said.message} {said.fix}".strip()))
            return None
        actions = [each for each in found or () if isinstance(each, Action)]
        self._session.emit(
            events.Planned(
                step=step.id,
                environment=context.environment,
                actions=[describe(action) for action in actions],
                manual="" if found is not None else step.manual,
                kept=[describe_kept(each) for each in found or () if isinstance(each, Kept)],
            )
        )
        return actions if found is not None else None

    async def _confirmed(self, context: Context, actions: list[Action]) -> bool:
        return not self._cancelled.is_set() and await self._confirm(context.instance, actions)

    async def act(self, context: Context, actions: list[Action]) -> bool:
        """Show actions that are an operation's own, have them confirmed, and run them; whether all were done."""

        async def plan(_: Context) -> list[Action]:
            return actions

        await self._planned(context, plan)
        return await self._confirmed(context, actions) and await self._run_all(context, actions)

    async def _run_all(self, context: Context, actions: list[Action]) -> bool:
        for action in actions:
            if self._cancelled.is_set() or not await self._run_one(context, action):
                return False
        return True

    async def _run_one(self, context: Context, action: Action) -> bool:
        step, journal = context.instance.step, self._session.journal
        entry = {"instance": context.instance.key, "action": action.title, "key": action.key}
        journal.write("begun", **entry, command=action.command)
        self._session.emit(events.ActionStarted(step.id, context.environment, action.title, action.command))
        self.tally.actions += 1
        started = time.monotonic()
        try:
            await action.run(context)
        except Exception as error:  # noqa: BLE001  (a failed action is reported, the engine goes on)
            seconds = round(time.monotonic() - started, 3)
            self._action_failed(context, action, seconds, self._explain(context, error))
            journal.write("failed", **entry, seconds=seconds, error=str(error), unanswered=unanswered(error))
            return False
        seconds = round(time.monotonic() - started, 3)
        journal.write("ended", **entry, seconds=seconds)
        self._session.emit(events.ActionFinished(step.id, context.environment, action.title, seconds))
        return True

    def _action_failed(self, context: Context, action: Action, seconds: float, found: Explanation) -> None:
        self.tally.failed += 1
        step = context.instance.step
        self._session.emit(
            events.ActionFailed(
                step=step.id,
                environment=context.environment,
                action=action.title,
                seconds=seconds,
                message=found.message,
                fix=found.fix,
                diagnosis=found.diagnosis,
                who=found.who,
                message_to_send=found.text,
            )
        )
        outcome = explained(Status.FAIL, found)
        self._report(context, outcome, seconds)
        self.tally.outcomes[context.instance.key] = outcome


def reason_to_leave_out(context: Context) -> str:
    """Why a person leaves this optional step out; "" when it shall run."""
    instance = context.instance
    return (context.session.answers.get(instance.skip_name) or "").strip() if instance.step.optional else ""


def could_not_look(error: Exception) -> bool:
    """Whether an error says nothing about the thing itself: no answer, a request for patience, a fault over there."""
    return unanswered(error) or (isinstance(error, ServiceError) and error.status == TOO_MANY_REQUESTS)


def unanswered(error: Exception) -> bool:
    """Whether nobody knows if what was asked for was done: no answer came, or one of a fault over there."""
    return isinstance(error, UnreachableError) or (isinstance(error, ServiceError) and error.status >= SERVER_ERROR)


def explained(status: Status, found: Explanation) -> Outcome:
    """The outcome that an explained error amounts to."""
    return Outcome(
        status,
        found.message,
        fix=found.fix,
        links=found.links,
        diagnosis=found.diagnosis,
        who=found.who,
        text=found.text,
    )


def describe(action: Action) -> dict[str, str]:
    """An action as the plan shows it."""
    return {
        "title": action.title,
        "command": action.command,
        "risk": str(action.risk),
        "loses": "; ".join(action.loses),
    }


def describe_kept(kept: Kept) -> dict[str, str]:
    """What the way back leaves standing, as the plan shows it."""
    return {"thing": kept.thing, "why": kept.why, "fix": kept.fix}
