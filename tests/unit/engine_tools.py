"""A small checklist and a session in a temporary folder, for the engine's tests."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wizard.engine.answers import Answers
from wizard.engine.checklist import Checklist, Stage
from wizard.engine.context import Context, Session
from wizard.engine.events import Event
from wizard.engine.files import Project, make_private_folder
from wizard.engine.journal import Journal
from wizard.engine.redaction import Redactor
from wizard.engine.secrets import ScriptVault, SecretStore
from wizard.engine.state import State
from wizard.engine.step import Action, Instance, Outcome, Risk, Status, Step


@dataclass
class World:
    """What the fake far side holds, and what was done to it."""

    made: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)


def making(world: World, name: str, *, needs: tuple[str, ...] = (), environments: tuple[str, ...] = ()) -> Step:
    """A step that is OK once its thing is in the world."""

    async def check(context: Context) -> Outcome:
        world.log.append(f"check {context.instance.key}")
        there = context.instance.key in world.made
        return Outcome(Status.OK, "there", proof="seen") if there else Outcome(Status.TODO, "not there")

    async def plan(context: Context) -> list[Action]:
        async def run(context: Context) -> None:
            world.log.append(f"make {context.instance.key}")
            world.made.add(context.instance.key)

        return [Action(f"make {name}", f"make {name}", run, key=f"key-{name}", risk=Risk.COSTS_MONEY)]

    async def undo(context: Context) -> list[Action]:
        async def run(context: Context) -> None:
            world.log.append(f"unmake {context.instance.key}")
            world.made.remove(context.instance.key)

        return [Action(f"unmake {name}", f"unmake {name}", run)] if context.instance.key in world.made else []

    return Step(name, name.title(), "Because.", check, plan, undo, needs=needs, environments=environments)


def failing(name: str, error: Exception, *, needs: tuple[str, ...] = ()) -> Step:
    """A step whose check raises."""

    async def check(_: Context) -> Outcome:
        raise error

    return Step(name, name.title(), "Because.", check, needs=needs)


def open_session(folder: Path, steps: Iterable[Step]) -> tuple[Session, list[Event]]:
    """A session over these steps, and the list its events go to."""
    project = Project(folder, "test")
    make_private_folder(project.memory)
    checklist = Checklist((Stage(0, "Stage", tuple(steps)),))
    redactor, said = Redactor(), list[Event]()
    session = Session(
        project=project,
        checklist=checklist,
        answers=Answers(project.answers, checklist.questions(), {}),
        state=State(project.state, project.cloud, redactor),
        journal=Journal(project.journal, project.cloud, redactor),
        secrets=SecretStore(ScriptVault(project), redactor),
        emit=said.append,
    )
    return session, said


async def no_question(context: Context, name: str) -> None:
    """For walks that must not ask."""
    raise AssertionError(f"asked for {name}")


async def yes(instance: Instance, actions: list[Action]) -> bool:
    """Confirm everything."""
    return True
