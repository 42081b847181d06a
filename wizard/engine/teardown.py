"""Takes the whole set-up back: looks, shows, has the name typed, deletes in reverse order of need, and looks again.

What is remembered is forgotten only at the end: after a kill at any moment the next run still knows where to look.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace

from wizard.engine import events
from wizard.engine.changes import Confirm
from wizard.engine.context import Context, Session
from wizard.engine.examiner import Examiner
from wizard.engine.runner import Ask, Runner
from wizard.engine.step import GOOD, Action, Instance, Kept
from wizard.engine.tally import CANCELLED

DELETED, ABSENT, KEPT, FAILED = "deleted", "absent", "kept", "failed"
APPEARED = "it holds something that was not shown before"
INTERRUPTED = "it was interrupted"
AGAIN = "run teardown again, which shows it"


@dataclass(frozen=True, slots=True)
class WayBack:
    """What taking one step back means now. `holder` is what it goes with; `why` is why nobody could look."""

    actions: tuple[Action, ...] = ()
    kept: tuple[Kept, ...] = ()
    holder: Instance | None = None
    why: str = ""
    fix: str = ""

    @property
    def goes(self) -> bool:
        """Whether all of it goes, or is gone."""
        return not self.why and not self.kept


@dataclass(frozen=True, slots=True)
class Row:
    """How it ended for one thing."""

    thing: str
    result: str
    why: str = ""
    fix: str = ""
    ours: bool = False


class Teardown(Runner):
    """Runs `teardown` once. `only_plan` shows what would be deleted and ends there."""

    def __init__(self, session: Session, ask: Ask, confirm: Confirm, *, only_plan: bool = False) -> None:
        super().__init__(session, ask, confirm)
        self._only_plan = only_plan
        self._shown: dict[str, WayBack] = {}
        self._rows: dict[str, list[Row]] = {}
        self._ended: Counter[str] = Counter()
        self._declined = False

    async def teardown(self, selected: list[Instance]) -> None:
        """Take back what the selected instances made; what only others made stays."""
        self._session.emit(events.Started("teardown", [each.key for each in reversed(selected)]))
        if not await self._signed_in():
            self._declined = True
            return
        await self._learn(selected)
        self._shown = await self._survey(selected)
        self._show(selected)
        if self._only_plan:
            return
        actions = [action for each in self._shown.values() for action in each.actions]
        if actions and not await self._changes.confirmed(Context(self._session, selected[0]), actions):
            self._declined = True
            return
        await self._take_back(selected)
        self._tell(selected)
        self._forget()

    def exit_code(self, command: str) -> int:  # noqa: ARG002  (as of every command)
        """0 when nothing of ours is left (or was only shown), 1 when something is, or was not agreed to."""
        if self._cancelled.is_set():
            return CANCELLED
        left = any(row.result == FAILED or row.ours for rows in self._rows.values() for row in rows)
        return int(self._declined or left)

    def summary(self, command: str, exit_code: int | None = None) -> events.Summary:
        """The summary of every command, with how many things ended in which way as its counts."""
        return replace(super().summary(command, exit_code), counts=dict(self._ended))

    async def _signed_in(self) -> bool:
        """Check what has no way back and needs nothing that has one: who we are, and the names. Without the first of
        them nobody can look at anything.
        """
        roots: list[Instance] = []
        for instance in self._session.checklist.order:
            needs = self._session.checklist.needs(instance)
            if instance.step.undo is None and not instance.environment and all(need in roots for need in needs):
                roots.append(instance)
        await self._walk("check", roots, self._examiner.look, self._examiner.look)
        first = self.tally.outcomes[roots[0].key].status in GOOD if roots else True
        self.tally.outcomes.clear()
        self.tally.seconds.clear()
        return first

    async def _learn(self, selected: list[Instance]) -> None:
        """Look quietly at what is not remembered as good: after a broken set-up, or on a machine that never saw it."""
        quiet = replace(self._session, emit=lambda _: None)
        examiner = Examiner(quiet)
        asked: dict[str, asyncio.Task[None]] = {}

        async def look(instance: Instance) -> None:
            needs = self._session.checklist.needs(instance)
            for need in needs:
                if need.key in asked:
                    await asked[need.key]
            if all(self._known(need) for need in needs):
                await examiner.look(Context(quiet, instance))

        self._session.emit(events.Progress("", "", "finding out what there is"))
        async with asyncio.TaskGroup() as group:
            for instance in self._session.checklist.order:
                if instance in selected and not self._known(instance):
                    asked[instance.key] = group.create_task(look(instance))

    async def _survey(self, selected: list[Instance]) -> dict[str, WayBack]:
        """What taking each back means; asked at the same time, what lies within something after that."""
        asked: dict[str, asyncio.Task[WayBack]] = {}

        async def look(instance: Instance) -> WayBack:
            holder = self._holder(instance)
            if holder is not None and holder.key in asked and (await asked[holder.key]).goes:
                return WayBack(holder=holder)
            return await self._way_back(Context(self._session, instance))

        async with asyncio.TaskGroup() as group:
            for instance in self._session.checklist.order:
                if instance in selected:
                    asked[instance.key] = group.create_task(look(instance))
        return {key: task.result() for key, task in asked.items()}

    def _holder(self, instance: Instance) -> Instance | None:
        within = instance.step.within
        name = within(Context(self._session, instance)) if callable(within) else within
        return self._session.checklist.find(name, instance.environment) if name else None

    def _top(self, instance: Instance) -> Instance:
        """What an instance goes with in the end: itself, where it goes by itself."""
        while (holder := self._shown[instance.key].holder) is not None:
            instance = holder
        return instance

    async def _way_back(self, context: Context) -> WayBack:
        undo = context.instance.step.undo
        try:
            found = await undo(context) if undo else ()
        except Exception as error:  # noqa: BLE001  (as in a plan: one step that cannot be asked must not hide the others)
            said = self._examiner.explain(context, error)
            return WayBack(why=said.message, fix=said.fix)
        return WayBack(
            tuple(each for each in found if isinstance(each, Action)),
            tuple(each for each in found if isinstance(each, Kept)),
        )

    def _show(self, selected: list[Instance]) -> None:
        for instance in self._in_reverse(selected):
            found = self._shown[instance.key]
            top = self._top(instance)
            goes = top is not instance and instance.step.undo is not None and bool(self._shown[top.key].actions)
            if found.actions or found.kept or found.why or goes:
                self._session.emit(
                    events.Planned(
                        step=instance.step.id,
                        environment=instance.environment,
                        actions=[action.described() for action in found.actions],
                        manual=f"{found.why} {found.fix}".strip(),
                        kept=[each.described() for each in found.kept],
                        goes_with=top.step.title if goes else "",
                    )
                )

    def _in_reverse(self, selected: list[Instance]) -> list[Instance]:
        return [each for each in reversed(self._session.checklist.order) if each in selected]

    async def _take_back(self, selected: list[Instance]) -> None:
        """Each as soon as all that needs it is gone; what is needed by something that stays, stays, too."""
        done: dict[str, asyncio.Task[bool]] = {}
        needed_by: dict[str, list[Instance]] = {}
        for instance in selected:
            for need in self._session.checklist.needs(instance):
                needed_by.setdefault(need.key, []).append(instance)

        async def one(instance: Instance) -> bool:
            for other in needed_by.get(instance.key, ()):
                if not await done[other.key]:
                    return self._blocked(instance, other)
            return await self._one(instance)

        async with asyncio.TaskGroup() as group:
            for instance in self._in_reverse(selected):
                done[instance.key] = group.create_task(one(instance))

    def _blocked(self, instance: Instance, other: Instance) -> bool:
        """Leave one standing for another that could not be taken back; False unless there is nothing of it anyway."""
        shown = self._shown[instance.key]
        if not shown.actions and shown.goes:
            self._rows[instance.key] = []
            return False
        where = f" ({other.environment})" if other.environment else ""
        why, fix = f"{other.step.title}{where}, which needs it, could not be taken back", "mend that, then run it again"
        self._rows[instance.key] = [Row(each.title, FAILED, why, fix, ours=True) for each in shown.actions]
        self._rows[instance.key] += [Row(each.thing, KEPT, each.why, each.fix, each.ours) for each in shown.kept]
        return False

    async def _one(self, instance: Instance) -> bool:
        """Take one back and look whether it is gone; True when nothing of ours is left of it."""
        context, shown = Context(self._session, instance), self._shown[instance.key]
        rows = self._rows[instance.key] = []
        if shown.holder is not None:
            return True
        now = await self._way_back(context) if shown.actions else shown
        if shown.actions and not now.why:
            await self._act(context, shown, now)
            now = await self._way_back(context)
        left = {each.title for each in now.actions}
        why, fix = self._reason(instance, now)
        for action in shown.actions:
            gone = not now.why and action.title not in left
            rows.append(Row(action.title, DELETED) if gone else Row(action.title, FAILED, why, fix, ours=True))
        rows += [Row(each.thing, KEPT, each.why, each.fix, each.ours) for each in now.kept]
        if now.why and not shown.actions:
            rows.append(Row(instance.step.title, FAILED, why, fix, ours=True))
        rows += [Row(each, FAILED, APPEARED, AGAIN, ours=True) for each in sorted(left - _titles(shown))]
        return not any(row.result == FAILED or row.ours for row in rows)

    def _reason(self, instance: Instance, now: WayBack) -> tuple[str, str]:
        """Why something stands that should be gone, and the next action."""
        failed = self.tally.outcomes.get(instance.key)
        if self._cancelled.is_set():
            return INTERRUPTED, "run teardown again: it goes on from here"
        if now.why:
            return now.why, now.fix
        return (failed.message, failed.fix) if failed else (APPEARED, AGAIN)

    async def _act(self, context: Context, shown: WayBack, now: WayBack) -> None:
        """Run what is still to do of what was shown; nothing that was not, and nothing that would take more along."""
        lost = {each.title: set(each.loses) for each in shown.actions}
        announced = [each for each in now.actions if each.title in lost and set(each.loses) <= lost[each.title]]
        self.tally.outcomes.pop(context.instance.key, None)
        await self._changes.run(context, announced)

    def _tell(self, selected: list[Instance]) -> None:
        """One event for each thing."""
        for instance in self._in_reverse(selected):
            if instance.step.undo is None:
                continue
            top, rows = self._top(instance), self._rows[instance.key]
            if top is not instance:
                rows = [self._as_its_holder(instance, top)]
            elif not rows:
                rows = [Row(instance.step.title, ABSENT)]
            self._ended.update(row.result for row in rows)
            for row in rows:
                self._session.emit(
                    events.Removal(
                        instance.step.id, instance.environment, row.thing, row.result, row.why, row.fix, row.ours
                    )
                )

    def _as_its_holder(self, instance: Instance, holder: Instance) -> Row:
        rows = self._rows[holder.key]
        if self._clean(rows):
            with_it = Row(instance.step.title, DELETED, f"with {holder.step.title}")
            return with_it if rows else Row(instance.step.title, ABSENT)
        return Row(instance.step.title, FAILED, f"it goes with {holder.step.title}, which is still there", rows[0].fix)

    @staticmethod
    def _clean(rows: list[Row]) -> bool:
        return all(row.result == DELETED for row in rows)

    def _forget(self) -> None:
        """Drop the memory of what is gone, and of steps without a way back whose needs are gone."""
        gone: set[str] = set()
        for instance in self._session.checklist.order:
            shown, rows = self._shown.get(instance.key), self._rows.get(instance.key, [])
            if shown is None:
                continue
            if instance.step.undo is None or shown.holder is not None:
                needs = {need.key for need in self._session.checklist.needs(instance)}
                void = bool(needs & gone)
            else:
                void = not shown.why and self._clean(rows)
            if void:
                gone.add(instance.key)
                self._session.state.forget(instance.key)


def _titles(found: WayBack) -> set[str]:
    return {each.title for each in found.actions}
