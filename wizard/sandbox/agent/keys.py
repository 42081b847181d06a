"""The keys that parts of a pipeline's file may have, and reading what stands under them.

https://learn.microsoft.com/azure/devops/pipelines/yaml-schema
"""

from typing import Any

from wizard.sandbox.agent.faults import PipelineError, at

ROOT = frozenset(
    [
        "name",
        "trigger",
        "pr",
        "pool",
        "variables",
        "stages",
        "jobs",
        "steps",
        "appendCommitMessageToRunName",
        "lockBehavior",
    ]
)
STAGE = frozenset(["stage", "displayName", "dependsOn", "condition", "variables", "jobs", "pool", "lockBehavior"])
_ANY_JOB = "displayName dependsOn condition continueOnError timeoutInMinutes cancelTimeoutInMinutes variables pool"
JOB = frozenset(f"job {_ANY_JOB} workspace steps".split())
DEPLOYMENT = frozenset(f"deployment {_ANY_JOB} workspace environment strategy".split())
_ANY_STEP = "name displayName condition continueOnError enabled env timeoutInMinutes"
STEPS = {
    "script": frozenset(f"script {_ANY_STEP} workingDirectory failOnStderr".split()),
    "bash": frozenset(f"bash {_ANY_STEP} workingDirectory failOnStderr".split()),
    "task": frozenset(f"task {_ANY_STEP} inputs".split()),
    "checkout": frozenset(f"checkout {_ANY_STEP} clean fetchDepth fetchTags lfs submodules persistCredentials".split()),
}


class Part:
    """One mapping of the file, and what is to be found in it."""

    def __init__(self, file: str, held: Any, known: frozenset[str]) -> None:
        if not isinstance(held, dict):
            raise at(file, held, "A mapping was expected")
        self.file = file
        self.held = held
        for key in held:
            if key not in known:
                raise at(file, key, f"Unexpected value '{key}'")

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        value = self.held.get(name)
        if isinstance(value, dict | list):
            raise at(self.file, name, f"Expected a scalar under '{name}'")
        if isinstance(value, bool):
            return "true" if value else "false"
        return default if value is None else str(value)

    def minutes(self, name: str, default: float) -> float:
        """A number of minutes."""
        value = self.text(name)
        try:
            return float(value) if value else default
        except ValueError:
            raise at(self.file, self.held[name], f"The value '{value}' is not a valid number") from None

    def names(self, name: str) -> tuple[str, ...] | None:
        """A name or a list of them; None when nothing is said."""
        if name not in self.held:
            return None
        value = self.held[name]
        if isinstance(value, dict):
            raise at(self.file, name, f"Expected a scalar or a sequence under '{name}'")
        if not isinstance(value, list):
            return (str(value),) if value else ()
        return tuple(str(each) for each in value)

    def texts(self, name: str) -> dict[str, str]:
        """A mapping of texts."""
        value = self.held.get(name) or {}
        if not isinstance(value, dict):
            raise at(self.file, name, f"Expected a mapping under '{name}'")
        return {str(key): _plain(each) for key, each in value.items()}

    def list(self, name: str) -> list[Any]:
        """A list."""
        value = self.held.get(name)
        if value is not None and not isinstance(value, list):
            raise at(self.file, value, f"Expected a sequence under '{name}'")
        return value or []


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        raise PipelineError("Expected a scalar, and found a sequence or a mapping")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
