"""Makes the changes that a plan names: each is shown, agreed to, written down before and after, and run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from wizard.engine import events
from wizard.engine.context import Context, Session
from wizard.engine.examiner import Examiner
from wizard.engine.explain import Explanation, explained, unanswered
from wizard.engine.step import Action, Instance, Kept, Plan, Status, Undo
from wizard.engine.tally import Tally

Confirm = Callable[[Instance, list[Action]], Awaitable[bool]]


class Changes:
    """Counts in `tally` what was run. Once `cancelled` is set nothing new begins; what runs is finished."""

    def __init__(
        self, session: Session, examiner: Examiner, tally: Tally, confirm: Confirm, cancelled: asyncio.Event
    ) -> None:
        self._session = session
        self._examiner = examiner
        self._tally = tally
        self._confirm = confirm
        self._cancelled = cancelled

    async def planned(self, context: Context, plan: Plan | Undo | None) -> list[Action] | None:
        """The actions still needed; None when nobody can tell or only a person can act (both are reported)."""
        step = context.instance.step
        try:
            found = await plan(context) if plan else None
        except Exception as error:  # noqa: BLE001  (a plan that breaks is told, as a check is; the engine goes on)
            said = self._examiner.explain(context, error)
            self._session.emit(events.Planned(step.id, context.environment, [], f"{said.message} {said.fix}".strip()))
            return None
        actions = [each for each in found or () if isinstance(each, Action)]
        self._session.emit(
            events.Planned(
                step=step.id,
                environment=context.environment,
                actions=[action.described() for action in actions],
                manual="" if found is not None else step.manual,
                kept=[each.described() for each in found or () if isinstance(each, Kept)],
            )
        )
        return actions if found is not None else None

    async def confirmed(self, context: Context, actions: list[Action]) -> bool:
        """Whether a person agrees to these actions."""
        return not self._cancelled.is_set() and await self._confirm(context.instance, actions)

    async def act(self, context: Context, actions: list[Action]) -> bool:
        """Show actions that are an operation's own, have them confirmed, and run them; whether all were done."""

        async def plan(_: Context) -> list[Action]:
            return actions

        await self.planned(context, plan)
        return await self.confirmed(context, actions) and await self.run(context, actions)

    async def run(self, context: Context, actions: list[Action]) -> bool:
        """Run actions one after the other; False when one failed or the command was cancelled before the last."""
        for action in actions:
            if self._cancelled.is_set() or not await self._run_one(context, action):
                return False
        return True

    async def _run_one(self, context: Context, action: Action) -> bool:
        step, journal = context.instance.step, self._session.journal
        entry = {"instance": context.instance.key, "action": action.title, "key": action.key}
        journal.write("begun", **entry, command=action.command)
        self._session.emit(events.ActionStarted(step.id, context.environment, action.title, action.command))
        self._tally.actions += 1
        started = time.monotonic()
        try:
            await action.run(context)
        except Exception as error:  # noqa: BLE001  (a failed action is reported, the engine goes on)
            seconds = round(time.monotonic() - started, 3)
            self._failed(context, action, seconds, self._examiner.explain(context, error))
            journal.write("failed", **entry, seconds=seconds, error=str(error), unanswered=unanswered(error))
            return False
        seconds = round(time.monotonic() - started, 3)
        journal.write("ended", **entry, seconds=seconds)
        self._session.emit(events.ActionFinished(step.id, context.environment, action.title, seconds))
        return True

    def _failed(self, context: Context, action: Action, seconds: float, found: Explanation) -> None:
        self._tally.failed += 1
        self._session.emit(
            events.ActionFailed(
                step=context.instance.step.id,
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
        self._examiner.report(context, outcome, seconds)
        self._tally.outcomes[context.instance.key] = outcome
