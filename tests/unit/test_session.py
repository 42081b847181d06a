"""The engine's side of the pipe: commands in, events out."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator

from tests.unit.engine_tools import World, making, open_session
from wizard.engine import event_schema, events
from wizard.engine.context import Context
from wizard.engine.session import EngineSession
from wizard.engine.step import Action, Outcome, Question, Status, Step


class Screen:
    """Sends commands and waits for events, as the screens do."""

    def __init__(self, folder, steps, operations=None):
        self.session, self.said = open_session(folder, steps)
        self._news = asyncio.Condition()
        self._commands: asyncio.Queue[str | None] = asyncio.Queue()
        self.session.emit = self._take
        self.engine = EngineSession(self.session, operations or {})

    def _take(self, event):
        self.said.append(event)
        self._news_task = asyncio.get_running_loop().create_task(self._ring())

    async def _ring(self):
        async with self._news:
            self._news.notify_all()

    async def __aenter__(self):
        self._serving = asyncio.create_task(self.engine.serve(self._lines()))
        return self

    async def __aexit__(self, *_):
        self._commands.put_nowait(None)
        await asyncio.wait_for(self._serving, 5)

    async def _lines(self) -> AsyncIterator[str]:
        while (line := await self._commands.get()) is not None:
            yield line

    def say(self, **command):
        self._commands.put_nowait(json.dumps(command))

    async def hear(self, kind, count=1):
        async with self._news:
            found = lambda: [event for event in self.said if isinstance(event, kind)]  # noqa: E731
            await asyncio.wait_for(self._news.wait_for(lambda: len(found()) >= count), 5)
            return found()[count - 1]


async def test_the_checklist_comes_first_and_a_check_ends_with_a_summary(tmp_path):
    async with Screen(tmp_path, [making(World(), "a")]) as screen:
        shown = await screen.hear(events.ChecklistShown)
        assert shown.stages[0]["steps"][0]["key"] == "a"
        screen.say(do="check")
        summary = await screen.hear(events.Summary)
    assert summary.counts == {"todo": 1}
    assert summary.exit_code == 1


async def test_nothing_runs_before_it_is_confirmed(tmp_path):
    world = World()
    async with Screen(tmp_path, [making(world, "a")]) as screen:
        screen.say(do="apply")
        wanted = await screen.hear(events.ConfirmWanted)
        assert world.made == set()
        screen.say(do="confirm", id=wanted.id, yes=True)
        summary = await screen.hear(events.Summary)
    assert summary.actions == 1
    assert world.made == {"a"}


async def test_the_end_of_the_screen_counts_as_no(tmp_path):
    world = World()
    async with Screen(tmp_path, [making(world, "a")]) as screen:
        screen.say(do="apply")
        await screen.hear(events.ConfirmWanted)
    assert world.made == set()


async def test_what_runs_is_finished_and_nothing_new_begun_when_the_screen_goes(tmp_path):
    world, running, go_on = World(), asyncio.Event(), asyncio.Event()

    async def check(_: Context) -> Outcome:
        return Outcome(Status.TODO, "to do")

    async def plan(_: Context) -> list[Action]:
        async def slow(_: Context) -> None:
            running.set()
            await go_on.wait()
            world.made.add("slow")

        async def never(_: Context) -> None:
            world.made.add("never")

        return [Action("slow", "slow", slow), Action("never", "never", never)]

    async with Screen(tmp_path, [Step("a", "A", "Because.", check, plan)]) as screen:
        screen.say(do="apply", yes=True)
        await asyncio.wait_for(running.wait(), 5)
        screen.say(do="cancel")
        screen.say(do="nonsense")
        await screen.hear(events.Problem)
        go_on.set()
        summary = await screen.hear(events.Summary)
    assert world.made == {"slow"}
    assert summary.exit_code == 130


async def test_a_missing_answer_is_asked_for_and_a_wrong_one_refused(tmp_path):
    seen = []
    question = Question("name", "Name?", validate=lambda value: None if value.islower() else "small letters only")

    async def check(context: Context) -> Outcome:
        return Outcome(Status.OK if seen else Status.TODO, "...")

    async def plan(context: Context) -> list[Action]:
        async def run(context: Context) -> None:
            seen.append(context.answer("name"))

        return [Action("use", "use", run)]

    async with Screen(tmp_path, [Step("a", "A", "Because.", check, plan, inputs=(question,))]) as screen:
        screen.say(do="apply", yes=False)
        await screen.hear(events.AnswerWanted)
        screen.say(do="answer", name="name", value="BAD")
        assert (await screen.hear(events.AnswerTaken)).complaint
        screen.say(do="answer", name="name", value="good")
        wanted = await screen.hear(events.ConfirmWanted)
        screen.say(do="confirm", id=wanted.id, yes=True)
        await screen.hear(events.Summary)
    assert seen == ["good"]


async def test_a_typed_secret_is_not_repeated(tmp_path):
    async def check(_: Context) -> Outcome:
        return Outcome(Status.TODO, "...")

    step = Step("a", "A", "Because.", check, inputs=(Question("token", "Token?", secret=True),))
    async with Screen(tmp_path, [step]) as screen:
        screen.say(do="answer", name="token", value="hunter2-hunter2")
        await screen.hear(events.ChecklistShown, 2)
    assert "hunter2" not in str(screen.said)
    assert screen.session.answers.secret("token") == "hunter2-hunter2"


async def test_one_command_at_a_time(tmp_path):
    async with Screen(tmp_path, [making(World(), "a")]) as screen:
        screen.say(do="apply")
        await screen.hear(events.ConfirmWanted)
        screen.say(do="check")
        problem = await screen.hear(events.Problem)
    assert problem.code == "busy"


async def test_an_unknown_step_is_a_problem_with_the_known_ones(tmp_path):
    async with Screen(tmp_path, [making(World(), "a")]) as screen:
        screen.say(do="check", steps=["nope"])
        problem = await screen.hear(events.Problem)
        summary = await screen.hear(events.Summary)
    assert "nope" in problem.message
    assert "a" in problem.fix
    assert summary.exit_code == 2


async def test_operations_run_like_commands(tmp_path):
    async def run(_, command):
        return {"yes": 0, "no": 1}[command["job"]]

    async with Screen(tmp_path, [making(World(), "a")], {"run": run}) as screen:
        screen.say(do="run", job="no")
        assert (await screen.hear(events.Summary)).exit_code == 1


def test_the_schema_names_every_field_of_every_event():
    alternatives = {each["title"]: each for each in event_schema.schema()["oneOf"]}
    assert set(alternatives) == {kind.event for kind in events.kinds()}
    for kind in events.kinds():
        fields = {each.name for each in dataclasses.fields(kind)}
        assert set(alternatives[kind.event]["properties"]) == {"event", *fields}
