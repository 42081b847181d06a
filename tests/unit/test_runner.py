import asyncio
from dataclasses import replace

import pytest

from tests.unit.engine_tools import World, failing, making, no_question, open_session, yes
from wizard.engine.answers import Answers
from wizard.engine.context import Context
from wizard.engine.errors import ServiceError, UnreachableError
from wizard.engine.events import ActionFailed, Checked, Planned
from wizard.engine.explain import unanswered
from wizard.engine.runner import Runner
from wizard.engine.step import Action, Instance, Outcome, Status, Step


def statuses(said):
    return {
        event.step + (f"@{event.environment}" if event.environment else ""): event.status
        for event in said
        if isinstance(event, Checked)
    }


async def test_apply_makes_needs_first_and_trusts_only_the_check(tmp_path):
    world = World()
    steps = [making(world, "b", needs=("a",)), making(world, "a", environments=("dev", "test"))]
    session, said = open_session(tmp_path, steps)
    runner = Runner(session, no_question, yes)
    await runner.apply(session.checklist.instances)
    assert statuses(said) == {"a@dev": "ok", "a@test": "ok", "b": "ok"}
    assert world.log.index("make b") > max(world.log.index("make a@dev"), world.log.index("make a@test"))
    assert world.log[-1] == "check b"
    assert runner.exit_code("apply") == 0
    assert runner.tally.actions == 3


async def test_a_second_apply_does_nothing(tmp_path):
    world = World()
    session, _ = open_session(tmp_path, [making(world, "a")])
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    again = Runner(session, no_question, yes)
    await again.apply(session.checklist.instances)
    assert again.tally.actions == 0
    assert again.exit_code("apply") == 0


async def test_what_another_step_changed_is_checked_again_if_it_was_good(tmp_path):
    world = World()
    renewing = replace(making(world, "c", needs=("a",)), renews=("a", "b"))
    session, said = open_session(tmp_path, [making(world, "a"), failing("b", ServiceError("no")), renewing])
    runner = Runner(session, no_question, yes)
    await runner.apply(session.checklist.instances)
    assert world.log[-2:] == ["check c", "check a"]
    assert [event.step for event in said if isinstance(event, Checked)].count("b") == 1
    world.log.clear()
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    assert sorted(world.log) == ["check a", "check c"], "nothing was changed"


async def test_a_step_that_another_one_broke_is_not_good_any_more(tmp_path):
    world = World()

    async def plan(_):
        async def run(_):
            world.made |= {"b"}
            world.made -= {"a"}

        return [Action("make b, break a", "b", run)]

    breaking = replace(making(world, "b", needs=("a",)), plan=plan, renews=("a",))
    session, said = open_session(tmp_path, [making(world, "a"), breaking])
    runner = Runner(session, no_question, yes)
    await runner.apply(session.checklist.instances)
    assert statuses(said) == {"a": "todo", "b": "ok"}
    assert runner.exit_code("apply") == 1


async def test_an_operation_has_red_rows_of_before_checked_if_they_can_be_looked_at(tmp_path):
    world, red = World(made={"red", "waiting"}), Outcome(Status.FAIL, "it was ill")
    steps = [making(world, "ready"), making(world, "red", needs=("ready",)), making(world, "waiting", needs=("ready",))]
    steps += [making(world, "unseen", needs=("ready",)), making(world, "blocked", needs=("unseen",))]
    session, said = open_session(tmp_path, steps)
    session.state.remember("ready", Outcome(Status.OK, "there"))
    session.state.remember("red", red)
    session.state.remember("waiting", Outcome(Status.SKIP, "waiting for Ready"))
    session.state.remember("blocked", red)
    operation = replace(making(world, "operation"), renews=("red", "waiting", "blocked", "unseen"))
    await Runner(session, no_question, yes).carry_out("promote", [Instance(operation, "")])
    assert statuses(said) == {"operation": "ok", "red": "ok", "waiting": "ok"}


async def test_what_was_cancelled_before_it_began_is_still_to_do(tmp_path):
    world = World()
    session, _ = open_session(tmp_path, [making(world, "a")])

    async def cancel(*_) -> bool:
        runner.cancel()
        return True

    runner = Runner(session, no_question, cancel)
    await runner.apply(session.checklist.instances)
    assert world.made == set()
    assert runner.summary("apply").counts == {"todo": 1}
    assert runner.exit_code("apply") == 130


async def test_an_action_that_changes_nothing_leaves_the_step_to_do(tmp_path):
    async def check(_: Context) -> Outcome:
        return Outcome(Status.TODO, "still not there")

    async def plan(_: Context) -> list[Action]:
        async def run(_: Context) -> None:
            pass

        return [Action("pretend", "pretend", run)]

    session, said = open_session(tmp_path, [Step("a", "A", "Because.", check, plan)])
    runner = Runner(session, no_question, yes)
    await runner.apply(session.checklist.instances)
    assert statuses(said) == {"a": "todo"}
    assert runner.exit_code("apply") == 1


async def test_one_cause_shows_one_red_line(tmp_path):
    world = World()
    steps = [failing("a", ServiceError("no")), making(world, "b", needs=("a",)), making(world, "c", needs=("b",))]
    session, said = open_session(tmp_path, steps)
    await Runner(session, no_question, yes).check(session.checklist.instances)
    assert statuses(said) == {"a": "fail", "b": "skip", "c": "skip"}
    assert [event.message for event in said if isinstance(event, Checked)][1:] == ["waiting for A", "waiting for B"]
    assert world.log == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UnreachableError("no network"), "unknown", 3),
        (ServiceError("AuthorizationFailed"), "fail", 1),
        (KeyError("surprise"), "fail", 1),
    ],
)
async def test_a_check_that_cannot_tell_is_not_missing(tmp_path, error, status, code):
    session, said = open_session(tmp_path, [failing("a", error)])
    runner = Runner(session, no_question, yes)
    await runner.check(session.checklist.instances)
    assert statuses(said) == {"a": status}
    assert runner.exit_code("check") == code


async def test_a_check_has_a_time_limit(tmp_path):
    async def check(_: Context) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    session, said = open_session(tmp_path, [Step("a", "A", "Because.", check, time_limit=0.01)])
    await Runner(session, no_question, yes).check(session.checklist.instances)
    assert statuses(said) == {"a": "unknown"}


async def test_independent_steps_run_at_the_same_time(tmp_path):
    both = asyncio.Barrier(2)

    async def check(_: Context) -> Outcome:
        await both.wait()
        return Outcome(Status.OK, "met")

    steps = [Step(name, name, "Because.", check, time_limit=5) for name in ("a", "b")]
    session, said = open_session(tmp_path, steps)
    await Runner(session, no_question, yes).check(session.checklist.instances)
    assert statuses(said) == {"a": "ok", "b": "ok"}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UnreachableError("the connection broke off"), True),
        (ServiceError("a fault of its own", status=500), True),
        (ServiceError("slow down", status=429), False),
        (ServiceError("no", status=403), False),
        (KeyError("x"), False),
    ],
)
def test_only_an_answer_tells_that_nothing_was_done(error, expected):
    assert unanswered(error) is expected


async def test_a_failed_action_is_journalled_and_stops_its_step(tmp_path):
    world = World()

    async def check(_: Context) -> Outcome:
        return Outcome(Status.TODO, "to do")

    async def plan(_: Context) -> list[Action]:
        async def fail(_: Context) -> None:
            raise ServiceError("StorageAccountAlreadyTaken", service="ARM", status=409)

        async def never(_: Context) -> None:
            world.log.append("never")

        return [Action("create", "create", fail, key="k"), Action("next", "next", never)]

    session, said = open_session(tmp_path, [Step("a", "A", "Because.", check, plan)])
    runner = Runner(session, no_question, yes)
    await runner.apply(session.checklist.instances)
    failed = next(event for event in said if isinstance(event, ActionFailed))
    assert failed.diagnosis == "F08"
    assert failed.fix
    assert world.log == []
    assert [entry["event"] for entry in session.journal.entries()] == ["begun", "failed"]
    assert session.journal.entries()[-1]["unanswered"] is False
    assert runner.exit_code("apply") == 1


async def test_no_is_no(tmp_path):
    world = World()

    async def refuse(*_: object) -> bool:
        return False

    session, said = open_session(tmp_path, [making(world, "a")])
    await Runner(session, no_question, refuse).apply(session.checklist.instances)
    assert world.made == set()
    assert [event.actions[0]["risk"] for event in said if isinstance(event, Planned)] == ["costs money"]


async def test_needs_that_were_not_selected_are_checked_but_not_made(tmp_path):
    world = World()
    session, said = open_session(tmp_path, [making(world, "a"), making(world, "b", needs=("a",))])
    await Runner(session, no_question, yes).apply(session.checklist.select([], ["b"]))
    assert world.made == set()
    assert statuses(said) == {"a": "todo", "b": "skip"}


async def test_the_critical_path_is_the_longest_chain(tmp_path):
    world = World()
    session, _ = open_session(tmp_path, [making(world, "a"), making(world, "b", needs=("a",)), making(world, "c")])
    runner = Runner(session, no_question, yes)
    await runner.apply(session.checklist.instances)
    runner.tally.seconds = {"a": 1.0, "b": 2.0, "c": 2.5}
    summary = runner.summary("apply")
    assert summary.critical_path == ["a", "b"]
    assert summary.critical_seconds == 3.0


async def test_undo_takes_the_last_made_first_and_forgets(tmp_path):
    world = World()
    session, _ = open_session(tmp_path, [making(world, "a"), making(world, "b", needs=("a",))])
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    runner = Runner(session, no_question, yes)
    await runner.undo(session.checklist.instances)
    assert [entry for entry in world.log if entry.startswith("unmake")] == ["unmake b", "unmake a"]
    assert world.made == set()
    assert runner.exit_code("undo") == 0
    assert session.state.last()["a"]["status"] == "todo"


def optional_between(world):
    """Three steps in a row; the middle one is optional."""
    return [
        making(world, "a"),
        replace(making(world, "b", needs=("a",)), optional=True),
        making(world, "c", needs=("b",)),
    ]


async def test_an_optional_step_is_left_out_for_a_reason_that_is_written_down(tmp_path):
    world = World()
    session, said = open_session(tmp_path, optional_between(world))
    session.answers.set("b.skip", "we have our own")
    runner = Runner(session, no_question, yes)
    await runner.apply(session.checklist.instances)
    assert statuses(said) == {"a": "ok", "b": "skip", "c": "ok"}
    assert world.made == {"a", "c"}
    assert runner.exit_code("apply") == 0
    left_out = next(event for event in said if isinstance(event, Checked) and event.step == "b")
    assert (left_out.message, left_out.left_out) == ("left out: we have our own", True)
    assert session.answers.saved() == {"b.skip": "we have our own"}
    for command in ("check", "doctor"):
        again = Runner(session, no_question, yes)
        await getattr(again, command)(session.checklist.instances)
        assert again.exit_code(command) == 0
        assert again.summary(command).counts == {"ok": 2, "skip": 1}


async def test_without_a_reason_an_optional_step_is_like_any_other(tmp_path):
    world = World()
    session, said = open_session(tmp_path, optional_between(world))
    session.answers.set("b.skip", " ")
    await Runner(session, no_question, yes).check(session.checklist.instances)
    assert statuses(said) == {"a": "todo", "b": "skip", "c": "skip"}
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    assert world.made == {"a", "b", "c"}


async def test_a_step_that_is_taken_in_again_stays_in(tmp_path):
    world = World()
    session, _ = open_session(tmp_path, optional_between(world))
    session.answers.set("b.skip", "we have our own")
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    session.answers.set("b.skip", "")
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    assert session.answers.saved() == {"b.skip": ""}
    assert world.made == {"a", "b", "c"}


async def test_what_a_left_out_step_needs_is_still_needed(tmp_path):
    world = World()
    session, said = open_session(tmp_path, optional_between(world))
    session.answers.set("b.skip", "no")
    runner = Runner(session, no_question, yes)
    await runner.check(session.checklist.instances)
    assert statuses(said) == {"a": "todo", "b": "skip", "c": "skip"}
    assert [event.message for event in said if isinstance(event, Checked)][-1] == "waiting for A"
    assert session.answers.saved() == {}, "a check writes nothing"


async def test_an_optional_step_is_left_out_in_one_environment(tmp_path):
    world = World()
    step = replace(making(world, "a", environments=("test", "prod")), optional=True)
    session, said = open_session(tmp_path, [step])
    session.answers.set("prod.a.skip", "later")
    await Runner(session, no_question, yes).apply(session.checklist.instances)
    assert statuses(said) == {"a@test": "ok", "a@prod": "skip"}
    assert Answers(session.project.answers, session.checklist.questions(), {}).get("prod.a.skip") == "later"


async def test_doctor_looks_where_a_check_would_run_something_and_needs_are_looked_at_too(tmp_path):
    probed = []

    def probe(word):
        async def run(context: Context) -> Outcome:
            probed.append(f"{word} {context.instance.key}")
            return Outcome(Status.OK, "there")

        return run

    steps = [Step("a", "A", "Because.", probe("check"), look=probe("look"))]
    steps.append(Step("b", "B", "Because.", probe("check"), needs=("a",)))
    session, _ = open_session(tmp_path, steps)
    await Runner(session, no_question, yes).doctor(session.checklist.select([], ["b"]))
    assert probed == ["look a", "check b"]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([Status.OK], 0),
        ([Status.OK, Status.WARN], 1),
        ([Status.TODO, Status.SKIP], 1),
        ([Status.UNKNOWN, Status.SKIP, Status.TODO], 3),
        ([Status.UNKNOWN, Status.FAIL], 2),
    ],
)
async def test_doctors_exit_code_tells_blocked_from_unknown_from_to_do(tmp_path, found, code):
    def outcome(status):
        async def check(_: Context) -> Outcome:
            return Outcome(status, "so")

        return check

    steps = [Step(f"s{number}", "S", "Because.", outcome(status)) for number, status in enumerate(found)]
    session, _ = open_session(tmp_path, steps)
    runner = Runner(session, no_question, yes)
    await runner.doctor(session.checklist.instances)
    assert runner.exit_code("doctor") == code


async def test_doctor_gives_up_on_a_check_in_its_own_time_and_calls_it_unknown(tmp_path):
    async def never(_: Context) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    session, said = open_session(tmp_path, [Step("a", "A", "Because.", never, time_limit=0.05), making(World(), "b")])
    runner = Runner(session, no_question, yes)
    await runner.doctor(session.checklist.instances)
    assert statuses(said) == {"a": "unknown", "b": "todo"}


async def test_who_must_act_and_what_to_send_them_reach_the_reader(tmp_path):
    async def signed_in(_: Context) -> Outcome:
        return Outcome(Status.OK, "in", facts={"account": "me@contoso.com", "host": "adb-1.azuredatabricks.net"})

    refusal = ServiceError("User does not have permission to use tokens.", code="PERMISSION_DENIED", status=403)
    session, said = open_session(
        tmp_path, [Step("in", "In", "Because.", signed_in), failing("token", refusal, needs=("in",))]
    )
    await Runner(session, no_question, yes).check(session.checklist.instances)
    found = {event.step: event for event in said if isinstance(event, Checked)}
    assert (found["in"].who, found["in"].message_to_send) == ("", "")
    assert found["token"].diagnosis == "F03"
    assert found["token"].who == "a workspace admin"
    assert "me@contoso.com" in found["token"].message_to_send
    assert "adb-1.azuredatabricks.net" in found["token"].message_to_send
