"""The packages a project asks for: requirements files, conda environments, `pip install`, and lists in code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from wizard.operations.lint.commands import commands
from wizard.operations.lint.nodes import line_of, scalar, walk
from wizard.operations.lint.project import Project
from wizard.operations.lint.python_code import texts


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package asked for at a place. `alone` says that the line holds nothing else."""

    file: str
    line: int
    requirement: Requirement
    alone: bool = False

    @property
    def name(self) -> str:
        """The package's name as registries compare it."""
        return canonicalize_name(self.requirement.name)

    @property
    def exact(self) -> str:
        """The version where exactly one is asked for, else ""."""
        pins = [each.version for each in self.requirement.specifier if each.operator in ("==", "===")]
        return pins[0] if pins else ""


def parsed(text: str) -> Requirement | None:
    """The requirement a text is, or None."""
    try:
        return Requirement(text.partition(" #")[0].strip())
    except InvalidRequirement:
        return None


def in_files(project: Project) -> Iterator[Wanted]:
    """What the requirements files ask for."""
    for file in project.named("*requirements*.txt"):
        for line, text in enumerate(project.lines(file), 1):
            if not text.lstrip().startswith(("#", "-")) and (found := parsed(text)):
                yield Wanted(file, line, found, alone=True)


def anywhere(project: Project) -> Iterator[Wanted]:
    """What requirements files, `pip install` commands, environment files and lists in code ask for."""
    yield from in_files(project)
    for command in commands(project):
        if "install" in command.words and {"pip", "pip3"} & set(command.words):
            asked = command.words[command.words.index("install") + 1 :]
            yield from _readable(command.file, command.line, asked)
    for file, documents in project.yaml.items():
        for node in (node for root in documents for node in walk(root)):
            if (text := scalar(node)) and "=" in text:  # conda writes one sign where pip writes two
                yield from _readable(file, line_of(node), [text if "==" in text else text.replace("=", "==", 1)])
    for file, tree in project.python.items():
        for text, line in texts(tree):
            if "==" in text:
                yield from _readable(file, line, [text])


def _readable(file: str, line: int, texts: tuple[str, ...] | list[str]) -> Iterator[Wanted]:
    for text in texts:
        if not text.startswith("-") and (found := parsed(text)):
            yield Wanted(file, line, found)
