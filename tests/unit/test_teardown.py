"""Teardown by the engine: what is shown, in which order, past what fails, and what is forgotten."""

import asyncio
from dataclasses import replace

from tests.unit.engine_tools import World, making, no_question, open_session, yes
from tests.unit.test_session import Screen
from wizard.engine import events
from wizard.engine.errors import WizardError
from wizard.engine.runner import Runner
from wizard.engine.step import Action, Kept, Outcome, Question, Status
from wizard.engine.teardown import Teardown


async def stand(tmp_path, steps):
    """A session in which all steps are applied, and what is said from now on."""
    session, said = open_session(tmp_path, steps)
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    said.clear()
    return session, said


async def tear(session, confirm=yes, **options):
    runner = Teardown(session, no_question, confirm, **options)
    await runner.teardown(session.checklist.instances)
    return runner


def ends(said):
    return {event.step: event.result for event in said if isinstance(event, events.Removal)}


def unmade(world):
    return [entry.removeprefix("unmake ") for entry in world.log if entry.startswith("unmake")]


def stuck(step, message="it is locked"):
    """The step, with a way back that fails."""

    async def undo(context):
        async def run(_):
            raise WizardError(message, fix="unlock it")

        return [Action(f"unmake {step.id}", "unmake", run)]

    return replace(step, undo=undo)


def keeping(step, *, ours):
    """The step, with a way back that leaves its thing."""

    async def undo(_):
        return [Kept(step.id, "it stays", "wait", ours=ours)]

    return replace(step, undo=undo)


async def test_all_goes_in_reverse_order_of_need_and_is_forgotten(tmp_path):
    world = World()
    session, said = await stand(tmp_path, [making(world, "a"), making(world, "b", needs=("a",))])
    runner = await tear(session)
    assert unmade(world) == ["b", "a"]
    assert ends(said) == {"a": "deleted", "b": "deleted"}
    assert runner.exit_code("teardown") == 0
    assert session.state.last() == {}


async def test_it_goes_past_what_fails_and_leaves_what_that_needs(tmp_path):
    world = World()
    steps = [making(world, "a"), stuck(making(world, "b", needs=("a",))), making(world, "c"),
             making(world, "d", needs=("a",))]  # fmt: skip
    session, said = await stand(tmp_path, steps)
    runner = await tear(session)
    assert sorted(unmade(world)) == ["c", "d"]
    assert ends(said) == {"a": "failed", "b": "failed", "c": "deleted", "d": "deleted"}
    reasons = {event.step: (event.why, event.fix) for event in said if isinstance(event, events.Removal)}
    assert reasons["b"] == ("it is locked", "unlock it")
    assert "B, which needs it" in reasons["a"][0]
    assert runner.exit_code("teardown") == 1
    assert session.state.last().keys() == {"a", "b"}


async def test_what_is_not_ours_is_kept_and_nothing_is_left_over(tmp_path):
    world = World()
    session, said = await stand(tmp_path, [keeping(making(world, "a"), ours=False), making(world, "b", needs=("a",))])
    runner = await tear(session)
    assert ends(said) == {"a": "kept", "b": "deleted"}
    assert runner.exit_code("teardown") == 0
    assert session.state.last().keys() == {"a"}


async def test_what_is_ours_and_cannot_go_yet_is_left_over(tmp_path):
    session, said = await stand(tmp_path, [keeping(making(World(), "a"), ours=True)])
    runner = await tear(session)
    assert ends(said) == {"a": "kept"}
    assert runner.exit_code("teardown") == 1


async def test_what_lies_within_goes_with_it_and_is_not_asked_about(tmp_path):
    world = World()
    inner = replace(stuck(making(world, "b", needs=("a",))), within="a")
    session, said = await stand(tmp_path, [making(world, "a"), inner])
    runner = await tear(session)
    assert unmade(world) == ["a"]
    assert ends(said) == {"a": "deleted", "b": "deleted"}
    assert runner.exit_code("teardown") == 0


async def test_what_lies_within_something_that_stays_is_taken_back_by_itself(tmp_path):
    world = World()
    inner = replace(making(world, "b", needs=("a",)), within="a")
    session, said = await stand(tmp_path, [keeping(making(world, "a"), ours=False), inner])
    await tear(session)
    assert unmade(world) == ["b"]
    assert ends(said) == {"a": "kept", "b": "deleted"}


async def test_what_came_after_it_was_shown_is_not_deleted(tmp_path):
    world = World()
    step, loses = making(world, "a"), []

    async def undo(context):
        return [replace(each, loses=tuple(loses)) for each in await step.undo(context)]

    async def somebody_comes(*_):
        loses.append("their cluster")
        return True

    session, said = await stand(tmp_path, [replace(step, undo=undo)])
    runner = await tear(session, somebody_comes)
    assert world.made == {"a"}
    assert "not shown" in next(event.why for event in said if isinstance(event, events.Removal))
    assert runner.exit_code("teardown") == 1


async def test_what_is_not_remembered_is_looked_at_before(tmp_path):
    """A set-up that broke off, or of another machine: the way back asks what the check learns."""
    world, step = World(), making(World(), "a")

    async def check(_):
        return Outcome(Status.OK, "there", facts={"id": "7"})

    async def undo(context):
        async def run(_):
            world.log.append(f"unmake {context.facts('a')['id']}")

        return [] if world.log else [Action(f"unmake {context.facts('a')['id']}", "unmake", run)]

    session, said = open_session(tmp_path, [replace(step, check=check, undo=undo)])
    runner = await tear(session)
    assert world.log == ["unmake 7"]
    assert not any(isinstance(event, events.Checked) for event in said)
    assert (runner.exit_code("teardown"), session.state.last()) == (0, {})


async def test_a_plan_changes_nothing(tmp_path):
    world = World()
    session, said = await stand(tmp_path, [making(world, "a")])
    runner = await tear(session, only_plan=True)
    assert [event.actions[0]["title"] for event in said if isinstance(event, events.Planned)] == ["unmake a"]
    assert (world.made, ends(said), runner.exit_code("teardown")) == ({"a"}, {}, 0)


async def test_a_step_without_a_way_back_is_forgotten_with_what_it_needs(tmp_path):
    world = World()
    session, _ = await stand(tmp_path, [making(world, "a"), replace(making(world, "b", needs=("a",)), undo=None)])
    await tear(session)
    assert session.state.last() == {}


async def test_nothing_goes_without_the_name_typed_exactly(tmp_path):
    world = World(made={"a"})
    name = Question("prefix", "Prefix", default=lambda _: "wine")
    async with Screen(tmp_path, [replace(making(world, "a"), inputs=(name,))]) as screen:
        screen.session.checklist.named_by = "prefix"
        for count, (word, result) in enumerate((("", 1), ("beer", 1), ("wine", 0)), 1):
            screen.say(do="teardown")
            wanted = await screen.hear(events.ConfirmWanted, count)
            assert wanted.word == "wine"
            screen.say(do="confirm", id=wanted.id, yes=True, word=word)
            assert (await screen.hear(events.Summary, count)).exit_code == result
            await asyncio.sleep(0)  # the command's task ends after its summary
            assert world.made == (set() if word == "wine" else {"a"})
