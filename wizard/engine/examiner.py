"""Looks at steps by their own checks, and reports and remembers what was found."""

from __future__ import annotations

import asyncio
import time

from wizard.engine import events
from wizard.engine.context import Context, Session
from wizard.engine.diagnosis import YOU
from wizard.engine.errors import AnswerError
from wizard.engine.explain import Explanation, could_not_look, explain, explained
from wizard.engine.step import Check, Instance, Outcome, Status

ACTION_NEEDED = frozenset({Status.TODO, Status.WARN, Status.FAIL, Status.UNKNOWN})


class Examiner:
    """Turns whatever a check returns, raises or fails to answer into an outcome."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def check(self, context: Context) -> Outcome:
        """The step's own check, which may have something run over there as a proof."""
        return await self._examine(context, context.instance.step.check)

    async def look(self, context: Context) -> Outcome:
        """Find out by reads alone how one step stands."""
        return await self._examine(context, context.instance.step.look or context.instance.step.check)

    def wait_for(self, context: Context, blocking: Instance) -> Outcome:
        """The outcome of a step that cannot be looked at before another is good."""
        where = f" ({blocking.environment})" if blocking.environment else ""
        return self._skip(context, Outcome(Status.SKIP, f"waiting for {blocking.step.title}{where}"))

    def leave_out(self, context: Context, reason: str) -> Outcome:
        """The outcome of a step that a person leaves out."""
        return self._skip(context, Outcome(Status.SKIP, f"left out: {reason}", left_out=True))

    def explain(self, context: Context, error: Exception) -> Explanation:
        """What an error means, with what is known about the step's surroundings."""
        return explain(error, self._session.project.log, context.known())

    def report(self, context: Context, outcome: Outcome, seconds: float) -> None:
        """Remember an outcome, and tell the client."""
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

    def _skip(self, context: Context, outcome: Outcome) -> Outcome:
        self.report(context, outcome, 0.0)
        return outcome

    async def _examine(self, context: Context, probe: Check) -> Outcome:
        self._session.emit(events.Checking(context.instance.step.id, context.environment))
        started = time.monotonic()
        outcome = await self._outcome(context, probe)
        self.report(context, outcome, time.monotonic() - started)
        return outcome

    async def _outcome(self, context: Context, probe: Check) -> Outcome:
        limit = context.instance.step.time_limit
        try:
            return await asyncio.wait_for(probe(context), limit)
        except TimeoutError:
            fix = "see whether the network and the service are up, then check again"
            return Outcome(Status.UNKNOWN, f"no answer within {limit:.0f} s", fix=fix)
        except AnswerError as error:
            return Outcome(Status.TODO, error.message, fix=error.fix)
        except Exception as error:  # noqa: BLE001  (a check that breaks is an outcome, not the end of the engine)
            status = Status.UNKNOWN if could_not_look(error) else Status.FAIL
            return explained(status, self.explain(context, error))
