"""What a step gets to work with: answers, facts, secrets, services, and a way to say how it is going."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from wizard.engine.answers import Answers
from wizard.engine.checklist import Checklist
from wizard.engine.errors import AnswerError
from wizard.engine.events import Emit, Metric, Notice, Output, Progress, TimelineShown
from wizard.engine.files import Project
from wizard.engine.journal import Journal
from wizard.engine.secrets import Secret, SecretStore
from wizard.engine.state import State
from wizard.engine.step import Action, Instance

CALLS_PER_HOST = 8

T = TypeVar("T")
P = ParamSpec("P")


class Services:
    """Clients shared by all steps of a session, each made once, when a step first asks for it.

    Calls run in threads (the vendors' clients block), at most CALLS_PER_HOST at a time for each host.
    """

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}
        self._making: dict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(CALLS_PER_HOST))

    async def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The service of that key; `make` runs in a thread, once."""
        async with self._making[key]:
            if key not in self._made:
                self._made[key] = await asyncio.to_thread(make)
        made: T = self._made[key]
        return made

    def forget(self, key: Hashable) -> None:
        """Drop a service, so that the next step makes it anew (after a new sign-in, say)."""
        self._made.pop(key, None)

    async def call(self, host: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in a thread, in its turn for that host."""
        async with self._hosts[host]:
            return await asyncio.to_thread(function, *args, **kwargs)


@dataclass(slots=True)
class Session:
    """All that the steps of one engine session share.

    `act` has actions of an instance confirmed and runs them; it tells whether all were done. Operations have it.
    """

    project: Project
    checklist: Checklist
    answers: Answers
    state: State
    journal: Journal
    secrets: SecretStore
    emit: Emit
    services: Services = field(default_factory=Services)
    act: Callable[[Context, list[Action]], Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One step instance's view of the session."""

    session: Session
    instance: Instance

    @property
    def environment(self) -> str:
        """dev, test, prod, cmr, or "" for a step of the whole set-up."""
        return self.instance.environment

    @property
    def project(self) -> Project:
        """Where the set-up keeps its files."""
        return self.session.project

    @property
    def secrets(self) -> SecretStore:
        """Where secrets are kept and masked."""
        return self.session.secrets

    def answer(self, name: str) -> str:
        """The answer of that name (this environment's where there is one), else its default.

        AnswerError when there is neither: the message tells how to give it.
        """
        full_name = self.full_name(name)
        given = self.session.answers.get(full_name)
        if given is not None:
            return given
        default = self.session.answers.question(full_name).default
        if default is None:
            raise AnswerError(f"`{full_name}` has no answer yet.", fix=f"give it with --set {full_name}=...")
        return default(self)

    def secret_answer(self, name: str) -> Secret | None:
        """A secret that a person typed in this session, or None."""
        value = self.session.answers.secret(self.full_name(name))
        return self.secrets.guard(value) if value else None

    def full_name(self, name: str) -> str:
        """The dotted name a question goes by in this environment."""
        in_environment = f"{self.environment}.{name}"
        return in_environment if self.session.answers.has_question(in_environment) else name

    def in_environment(self, environment: str) -> Context:
        """The same step's view with another environment's answers and facts."""
        return Context(self.session, Instance(self.instance.step, environment))

    def facts(self, step_id: str) -> dict[str, str]:
        """What a needed step learned: ids, host names, never secrets."""
        found = self.session.checklist.find(step_id, self.environment)
        return self.session.state.facts(found.key) if found else {}

    def known(self) -> dict[str, str]:
        """What this step and those it needs have learned, with `step` and `environment`: what a message may tell."""
        learned: dict[str, str] = {}
        for each in self.session.checklist.with_needs([self.instance]):
            learned |= self.session.state.facts(each.key)
        return {**learned, "step": self.instance.step.title, "environment": self.environment or "dev"}

    def open_key(self, title: str) -> str | None:
        """The key of an action of this step that began and did not end well: the thing may exist, so look for it."""
        return self.session.journal.open_key(self.instance.key, title)

    def made(self, making: str, taking: str = "") -> bool:
        """Whether this step did the action of that title, and not `taking` since: for what can carry no mark."""
        return self.session.journal.made(self.instance.key, making, taking)

    async def service(self, key: Hashable, make: Callable[[], T]) -> T:
        """A client shared with the other steps; `make` is called once, in a thread."""
        return await self.session.services.get(key, make)

    async def call(self, host: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a client's blocking call in a thread, in its turn for that host."""
        return await self.session.services.call(host, function, *args, **kwargs)

    def progress(self, message: str, fraction: float | None = None) -> None:
        """Say how it is going; `fraction` from 0 to 1 where that is known."""
        self.session.emit(Progress(self.instance.step.id, self.environment, message, fraction))

    def notice(self, message: str, *, copy: str = "", link: str = "") -> None:
        """Ask the person for something outside (open a page, type a code); `copy` is what is worth copying."""
        self.session.emit(Notice(self.instance.step.id, self.environment, message, copy, link))

    def output(self, text: str, stream: str = "stdout", *, part: str = "", number: int = 0) -> None:
        """Pass on a line that a remote process wrote: of which `part` of a timeline, and its `number` there."""
        self.session.emit(Output(self.instance.step.id, self.environment, stream, text, part, number))

    def timeline(
        self, title: str, link: str, lines: list[dict[str, str]], *, state: str, result: str = "", problem: str = ""
    ) -> None:
        """Show how a remote run stands, whole, in the words of `TimelineShown`."""
        step, environment = self.instance.step.id, self.environment
        self.session.emit(TimelineShown(step, environment, title, link, state, result, problem, lines))

    def metric(self, name: str, value: float) -> None:
        """Pass on a figure that a remote run logged."""
        self.session.emit(Metric(self.instance.step.id, self.environment, name, value))
