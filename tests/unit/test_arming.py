"""What is guarded runs only while it is armed: by the right word, for ten minutes, and never by a stray yes."""

import asyncio
import io

import pytest

from tests.unit.engine_tools import World, making
from tests.unit.test_session import Screen
from wizard import plain
from wizard.engine import events
from wizard.engine.answers import Answers
from wizard.engine.arming import MINUTES, Arming, Guard
from wizard.engine.checklist import Checklist
from wizard.engine.session import EngineSession
from wizard.engine.step import Action, Question, Risk, Step
from wizard.steps.checklist import CHECKLIST

GROUP = "rg-wine-prod"
GUARDS = (Guard("prod", "prod.group"), Guard("cmr", "prod.group", ("hard to undo",)))


class Clock:
    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


def action(risk=Risk.NONE):
    return Action("do", "do", lambda _: asyncio.sleep(0), risk=risk)


def test_arming_ends_with_its_time():
    clock = Clock()
    arming = Arming(GUARDS, clock)
    assert arming.guard_of("prod", [action()]) is GUARDS[0]
    arming.arm("prod")
    assert arming.guard_of("prod", [action()]) is None
    clock.seconds += 60 * MINUTES - 1
    assert arming.seconds_left("prod") == 1
    clock.seconds += 1
    assert arming.guard_of("prod", [action()]) is GUARDS[0]


def test_disarming_ends_it_at_once_and_arms_nothing_else():
    arming = Arming(GUARDS, Clock())
    arming.arm("prod")
    assert not arming.seconds_left("cmr")
    arming.disarm("prod")
    assert arming.guard_of("prod", [action()])
    arming.disarm("prod")


@pytest.mark.parametrize(
    ("environment", "risk", "guarded"),
    [
        ("dev", Risk.HARD_TO_UNDO, False),
        ("prod", Risk.NONE, True),
        ("cmr", Risk.COSTS_MONEY, False),
        ("cmr", Risk.HARD_TO_UNDO, True),
        ("", Risk.NONE, False),
    ],
)
def test_what_is_guarded_is_told_by_the_data(environment, risk, guarded):
    assert bool(Arming(GUARDS).guard_of(environment, [action(), action(risk)])) is guarded


def test_the_real_checklist_guards_prod_whole_and_the_registry_where_it_is_hard_to_undo():
    found = {each.environment: each for each in CHECKLIST.guards}
    assert found["prod"].risks == ()
    assert set(found["cmr"].risks) <= {str(each) for each in Risk}
    asked = dict(CHECKLIST.questions())
    assert all(each.answer in asked for each in found.values())
    assert set(found) <= {each.environment for each in CHECKLIST.instances}


def engine(folder, world, clock, *more):
    """A screen over two steps in dev and prod, of which prod is guarded, and `more`."""
    named = making(world, "b", environments=("dev", "prod"))
    group = Question("prod.group", "Group?", default=lambda _: GROUP)
    ask = Step("a", "A", "Because.", named.check, inputs=(group,))
    screen = Screen(folder, [ask, named, *more])
    session = screen.session
    session.checklist = Checklist(session.checklist.stages, GUARDS)
    session.answers = Answers(session.project.answers, session.checklist.questions(), {})
    screen.engine = EngineSession(session, {}, now=clock)
    return screen


async def test_the_checklist_tells_what_has_to_be_typed(tmp_path):
    async with engine(tmp_path, World(), Clock()) as screen:
        shown = await screen.hear(events.ChecklistShown)
    assert shown.guards[0] == {"environment": "prod", "word": GROUP, "risks": [], "minutes": MINUTES}


async def test_a_yes_alone_runs_nothing_on_prod_and_says_why(tmp_path):
    world = World()
    async with engine(tmp_path, world, Clock()) as screen:
        screen.say(do="apply", steps=["b@prod"])
        wanted = await screen.hear(events.ConfirmWanted)
        assert wanted.word == GROUP
        screen.say(do="confirm", id=wanted.id, yes=True)
        problem = await screen.hear(events.Problem)
        await screen.hear(events.Summary)
    assert world.made == set()
    assert problem.code == "not-armed"
    assert GROUP in problem.fix


async def test_the_wrong_word_runs_nothing_and_the_right_one_covers_what_follows_until_it_expires(tmp_path):
    world, clock = World(), Clock()
    async with engine(tmp_path, world, clock) as screen:
        screen.say(do="apply", steps=["b@prod"])
        wanted = await screen.hear(events.ConfirmWanted)
        screen.say(do="confirm", id=wanted.id, yes=True, word="rg-wine-test")
        assert GROUP in (await screen.hear(events.Armed)).complaint
        await screen.hear(events.Summary)
        assert world.made == set()

        screen.say(do="apply", steps=["b@prod"])
        wanted = await screen.hear(events.ConfirmWanted, 2)
        screen.say(do="confirm", id=wanted.id, yes=True, word=GROUP)
        await screen.hear(events.Summary, 2)
        assert world.made == {"b@prod"}
        assert (await screen.hear(events.Armed, 2)).seconds == 60 * MINUTES

        world.made.clear()
        screen.say(do="apply", steps=["b@prod"])
        wanted = await screen.hear(events.ConfirmWanted, 3)
        assert wanted.word == "", "it is armed"
        clock.seconds += 60 * MINUTES  # somebody reads the question for long
        screen.say(do="confirm", id=wanted.id, yes=True)
        await screen.hear(events.Problem, 2)
        await screen.hear(events.Summary, 3)
    assert world.made == set()


async def test_a_yes_to_everything_covers_dev_and_still_asks_for_prod(tmp_path):
    world = World()
    async with engine(tmp_path, world, Clock()) as screen:
        screen.say(do="apply", steps=["b"], yes=True)
        wanted = await screen.hear(events.ConfirmWanted)
        assert wanted.environment == "prod"
        screen.say(do="confirm", id=wanted.id, yes=False)
        await screen.hear(events.Summary)
        assert world.made == {"b@dev"}
        screen.say(do="arm", environment="prod", word=GROUP)
        screen.say(do="apply", steps=["b"], yes=True)
        await screen.hear(events.Summary, 2)
        assert world.made == {"b@dev", "b@prod"}
        screen.say(do="disarm", environment="prod")
        assert (await screen.hear(events.Armed, 2)).seconds == 0
        world.made.clear()
        screen.say(do="apply", steps=["b"], yes=True)
        await screen.hear(events.ConfirmWanted, 2)
        screen.say(do="cancel")
        await screen.hear(events.Summary, 3)
    assert world.made == {"b@dev"}


async def test_what_was_agreed_to_goes_on_while_prod_is_asked_about(tmp_path):
    world = World()
    async with engine(tmp_path, world, Clock(), making(world, "c", needs=("b",), environments=("dev",))) as screen:
        screen.say(do="apply", yes=True)
        wanted = await screen.hear(events.ConfirmWanted)
        done = [(await screen.hear(events.ActionFinished, number)).action for number in (1, 2)]
        assert done == ["make b", "make c"], "those of dev, with the question still open"
        screen.say(do="cancel")
        await screen.hear(events.Summary)
    assert wanted.environment == "prod"
    assert world.made == {"b@dev", "c@dev"}


async def test_prod_is_asked_about_once_however_many_of_its_steps_are_ready(tmp_path):
    world = World()
    async with engine(tmp_path, world, Clock(), making(world, "c", environments=("prod",))) as screen:
        screen.say(do="apply", yes=True)
        wanted = await screen.hear(events.ConfirmWanted)
        screen.say(do="confirm", id=wanted.id, yes=True, word=GROUP)
        await screen.hear(events.Summary)
    assert world.made == {"b@dev", "b@prod", "c@prod"}
    assert len([each for each in screen.said if isinstance(each, events.ConfirmWanted)]) == 1


async def test_the_flag_arms_one_command_alone(tmp_path):
    world = World()
    async with engine(tmp_path, world, Clock()) as screen:
        screen.say(do="apply", steps=["b"], yes=True, armed=True)
        await screen.hear(events.Summary)
        assert world.made == {"b@dev", "b@prod"}
        world.made.clear()
        screen.say(do="apply", steps=["b@prod"], yes=True)
        await screen.hear(events.ConfirmWanted)
        screen.say(do="cancel")
        await screen.hear(events.Summary, 2)
    assert world.made == set()


async def test_what_is_not_guarded_cannot_be_armed(tmp_path):
    async with engine(tmp_path, World(), Clock()) as screen:
        screen.say(do="arm", environment="dev", word=GROUP)
        armed = await screen.hear(events.Armed)
    assert (armed.seconds, bool(armed.complaint)) == (0, True)


def test_at_a_terminal_the_name_is_typed_once_and_asked_for_again_where_it_was_wrong(monkeypatch):
    typed = iter(["y", "rg-wine", "y", GROUP, "yes", "n"])
    monkeypatch.setattr(plain, "typed", lambda _: next(typed))
    reader = plain.PlainReader(io.StringIO())
    question = {"event": "confirm", "step": "b", "environment": "prod", "actions": [], "word": GROUP}
    replies = [reader({**question, "id": str(number)}) for number in range(4)]
    assert [each.get("word") for each in replies] == ["rg-wine", GROUP, GROUP, None]
    assert [each["yes"] for each in replies] == [True, True, True, False]
