"""A project folder with a sandbox cloud of its own, driven through the command as a person would."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from wizard.steps.outline import OUTLINE

ROOT = Path(__file__).parents[1]
# Of a run of the pipeline, or from what comes of it: most of the time goes there.
OF_A_RUN = ("devops.run-", "registry.model-", "service.", "repo.release")
BUT_THE_RUN = tuple(
    argument
    for _, _, steps in OUTLINE
    for id_, _, environments in steps
    if not id_.startswith(OF_A_RUN)
    for each in (environments or ("",))
    for argument in ("--step", f"{id_}@{each}" if each else id_)
)
WIZARD = [sys.executable, "-m", "wizard"]


def clean_environment() -> dict[str, str]:
    """This process's environment without anything that names a cloud."""
    foreign = ("AZURE_", "ARM_", "DATABRICKS_", "MLFLOW_", "HTTPS_PROXY", "HTTP_PROXY", "REQUESTS_CA", "SSL_CERT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # No keyring service runs where the tests do; asking for one would only start a search for it.
    return {**kept, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


@dataclass
class Run:
    """What one command said and how it ended."""

    exit_code: int
    events: list[dict] = field(default_factory=list)
    stderr: str = ""

    def of(self, name: str) -> list[dict]:
        """The events of one kind."""
        return [event for event in self.events if event["event"] == name]

    @property
    def statuses(self) -> dict[str, str]:
        """The last status of every step instance."""
        return {key(event): event["status"] for event in self.of("step.checked")}

    @property
    def summary(self) -> dict:
        """The last event."""
        return self.events[-1]

    def explain(self) -> str:
        """For the message of a failed assertion."""
        bad = [event for event in self.of("step.checked") if event["status"] not in ("ok", "warn")]
        bad += [event for event in self.of("removal") if event["result"] == "failed"]
        return json.dumps([*bad, *self.of("action.failed"), *self.of("problem")], indent=1) + self.stderr


def key(event: dict) -> str:
    """The step instance an event is about."""
    return event["step"] + (f"@{event['environment']}" if event["environment"] else "")


@dataclass
class Rehearsal:
    """One project folder and its sandbox cloud."""

    folder: Path

    def wizard(self, *arguments: str, **options: object) -> subprocess.CompletedProcess:
        """Run `mlops-wizard ...` in the folder."""
        return subprocess.run(
            [*WIZARD, *arguments], cwd=self.folder, env=clean_environment(), capture_output=True, text=True, **options
        )

    def walk(self, verb: str, *arguments: str) -> Run:
        """Run check, plan, apply or run with --sandbox --json."""
        done = self.wizard(verb, *arguments, "--sandbox", "--json")
        return Run(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def start(self, speed: float) -> None:
        """Start the sandbox cloud, faster than people would."""
        self.wizard("sandbox", "start", "--speed", str(speed), check=True)

    def stop(self) -> None:
        """Stop the sandbox cloud."""
        self.wizard("sandbox", "stop", check=True)

    def environment(self) -> dict[str, str]:
        """What `sandbox env` prints."""
        return json.loads(self.wizard("sandbox", "env", "--json", check=True).stdout)

    def traffic(self) -> list[dict]:
        """Every exchange with the sandbox cloud so far."""
        return [json.loads(line) for line in self.wizard("sandbox", "traffic", check=True).stdout.splitlines()]


def new_project(folder: Path) -> Path:
    """A git repository with what the wizard and the pipeline work on in a clone of this one.

    Of the jobs' tests, which the pipeline runs, there is the shortest of each: all of them run in this suite anyway.
    The wizard's own code is left out, which would be run instead of this one.
    """
    folder.mkdir(parents=True)
    for name in ("jobs", "pipelines"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".gitignore", "constraints.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    settings = (ROOT / "pyproject.toml").read_text()
    for line, instead in (
        ('dynamic = ["version"]', 'version = "1.0"'),
        ('[tool.hatch.version]\npath = "wizard/__init__.py"\n', ""),
        ('packages = ["wizard", "jobs"]\n\n', 'packages = ["jobs"]\n\n'),
    ):
        assert line in settings
        settings = settings.replace(line, instead)
    (folder / "pyproject.toml").write_text(settings)
    (folder / "tests" / "unit").mkdir(parents=True)
    for name in re.findall(r"tests/unit/test_(\w+)\.py", (ROOT / "pipelines" / "azure-pipelines.yml").read_text()):
        test = f"import jobs.{name}\n\n\ndef test_it_can_be_imported():\n    assert jobs.{name}.__doc__\n"
        (folder / "tests" / "unit" / f"test_{name}.py").write_text(test)
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return folder
