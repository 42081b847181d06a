"""Azure pipelines as the rules see them: stages, steps with a script, and the variables they can read.

Schema: https://learn.microsoft.com/azure/devops/pipelines/yaml-schema
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yaml import MappingNode, Node, ScalarNode

from wizard.operations.lint.nodes import entries, items, line_of, scalar, walk
from wizard.operations.lint.project import Project

SCRIPT_KEYS = ("script", "bash", "pwsh", "powershell")
SCRIPT_INPUTS = ("inlineScript", "script")


@dataclass(frozen=True, slots=True)
class Script:
    """A step that runs a script: `text` is where the script is written."""

    file: str
    step: Node
    text: ScalarNode

    @property
    def in_block(self) -> bool:
        """Whether it is written as a block of lines below its key."""
        return self.text.style in ("|", ">")

    def lines(self) -> Iterator[tuple[int, str]]:
        """Its lines, with their numbers in the file."""
        first = line_of(self.text) + int(self.in_block)
        return enumerate(self.text.value.splitlines(), first)

    @property
    def folder(self) -> str:
        """Where it runs, "" for the repository's root."""
        step = entries(self.step)
        inputs = entries(step.get("inputs"))
        given = scalar(step.get("workingDirectory")) or scalar(inputs.get("workingDirectory"))
        for root in ("$(System.DefaultWorkingDirectory)", "$(Build.SourcesDirectory)"):
            given = given.removeprefix(root)
        return given.strip("/")

    @property
    def variables(self) -> set[str]:
        """The names its `env:` maps."""
        return set(entries(entries(self.step).get("env")))


def pipelines(project: Project) -> Iterator[tuple[str, Node]]:
    """The files that are Azure pipelines, or templates of them, with their root."""
    for file, documents in project.yaml.items():
        for root in documents:
            keys = set(entries(root))
            # GitHub's workflows have jobs, too, but by name and not as a list.
            listed = bool(items(entries(root).get("jobs")))
            if "on" not in keys and (listed or keys & {"stages", "steps", "trigger", "pool"}):
                yield file, root


def scripts(project: Project) -> Iterator[Script]:
    """Every step with a script."""
    for file, root in pipelines(project):
        for node in walk(root):
            found = entries(node)
            inputs = entries(found.get("inputs"))
            texts = [found.get(key) for key in SCRIPT_KEYS] + [inputs.get(key) for key in SCRIPT_INPUTS]
            yield from (Script(file, node, text) for text in texts if isinstance(text, ScalarNode))


def stages(root: Node) -> list[MappingNode]:
    """The stages of a pipeline."""
    return [node for node in items(entries(root).get("stages")) if isinstance(node, MappingNode)]


def stage_name(stage: Node) -> str:
    """What a stage is called."""
    return scalar(entries(stage).get("stage"))


def groups(node: Node) -> set[str]:
    """The variable groups that a node's own `variables` name."""
    return {scalar(entries(each).get("group")) for each in items(entries(node).get("variables"))} - {""}


def is_production(stage: Node) -> bool:
    """Whether a stage's name or variable group says that it is production's."""
    return any("prod" in name.lower() for name in (stage_name(stage), *groups(stage)))


def defined_variables(root: Node) -> set[str]:
    """Names under any `variables` and `env` of a pipeline."""
    found: set[str] = set()
    for node in walk(root):
        parts = entries(node)
        for key in ("variables", "env"):
            found |= set(entries(parts.get(key)))
            found |= {scalar(entries(each).get("name")) for each in items(parts.get(key))}
    return found - {""}
