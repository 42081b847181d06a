"""A project folder whose repository steps run in this process, against the real sandbox cloud and with real git."""

import json
import os
import secrets
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from tests.rehearsal import new_project
from tests.unit.engine_tools import no_question, open_session, yes
from wizard.engine.answers import Answers
from wizard.engine.checklist import Checklist, Stage
from wizard.engine.context import Context, Session
from wizard.engine.runner import Runner
from wizard.engine.step import Outcome
from wizard.sandbox.scenarios.player import Player
from wizard.steps.checklist import STEPS

# What stands for a step that is left out here, where others need it: rights are a matter of their own.
INSTEAD = {"devops.rights": "signin.devops"}
WANTED = ("signin.azure", "signin.devops", "repo.devops", "repo.clone", "repo.branch", "repo.push")


def shortened():
    """The repository steps and the sign-in, without the steps of Azure and Databricks that stand between them."""
    steps = [each for each in STEPS if each.id in WANTED]
    names = next(each for each in STEPS if each.id == "plan.names")
    prefixes = [question for question in names.inputs if question.name == "prefix"]
    needs = {each.id: [INSTEAD.get(need, need) for need in each.needs] for each in steps}
    steps = [replace(each, needs=tuple(need for need in needs[each.id] if need in WANTED)) for each in steps]
    return [replace(each, inputs=(*each.inputs, *prefixes)) if each.id == "signin.azure" else each for each in steps]


@dataclass
class Place:
    """One project folder, a repository of its own name in Azure DevOps, and the engine's session on both."""

    folder: Path
    cloud: Path
    session: Session
    said: list
    name: str

    def git(self, *command: str, folder: Path | None = None) -> str:
        """Run git as the person would."""
        identity = ["-c", "user.name=Rita", "-c", "user.email=rita@example.org"]
        done = subprocess.run(
            ["git", *identity, *command], cwd=folder or self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, name: str, text: str, message: str = "A change") -> str:
        """Commit one file; its commit."""
        (self.folder / name).write_text(text)
        self.git("add", "--force", name)
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    async def run(self, command: str, *steps: str) -> dict[str, Outcome]:
        """Run a command over these steps (all without any), and what they need; the outcomes by step."""
        runner = Runner(self.session, no_question, yes)
        await getattr(runner, command)(self.session.checklist.select([], list(steps)))
        self.exit_code = runner.exit_code(command)
        self.actions = runner.tally.actions
        return runner.tally.outcomes

    def answer(self, **answers: str) -> None:
        """Give answers; a double underscore stands for the dot."""
        for name, value in answers.items():
            self.session.answers.set(name.replace("__", "."), value)

    def at(self, step: str) -> Context:
        """A context for a step."""
        return Context(self.session, self.session.checklist.find(step, ""))

    async def devops(self):
        """The organisation as the steps see it, and the project's name."""
        from wizard.steps import reach

        return await reach.devops_as_signed_in(self.at("repo.devops")), os.environ["AZURE_DEVOPS_PROJECT"]

    async def heads(self) -> dict[str, str]:
        """The branches over there."""
        devops, project = await self.devops()
        return {ref.name.removeprefix("refs/heads/"): ref.commit for ref in devops.refs(project, self.name)}

    def play(self, scenario: str):
        """Play a failure until the end of the block."""
        return Playing(self.cloud, scenario)

    def written(self) -> str:
        """Everything that was said, journalled or remembered, and the clone's configuration."""
        files = [self.session.project.journal, self.session.project.state, self.folder / ".git" / "config"]
        return json.dumps([event.to_dict() for event in self.said]) + "".join(file.read_text() for file in files)


@dataclass
class Playing:
    """A scenario that is played for the length of a block."""

    cloud: Path
    scenario: str

    def __enter__(self) -> None:
        with Player(self.cloud) as player:
            player.play(self.scenario)

    def __exit__(self, *_) -> None:
        with Player(self.cloud) as player:
            player.clear(self.scenario)


def new_place(folder: Path, cloud: Path) -> Place:
    """A project folder that is signed in nowhere yet."""
    name = f"wine-{secrets.token_hex(4)}"
    return place_in(new_project(folder), cloud, name)


def place_in(folder: Path, cloud: Path, name: str) -> Place:
    """A place in a folder that is there already."""
    session, said = open_session(folder, ())
    session.checklist = Checklist((Stage(0, "Stage", tuple(shortened())),))
    answers = {"azure.signin": "environment", "devops.repository": name}
    session.answers = Answers(session.project.answers, session.checklist.questions(), answers)
    return Place(folder, cloud, session, said, name)
