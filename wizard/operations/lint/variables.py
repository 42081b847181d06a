"""Which variables a project defines for its pipelines, and which scripts they run."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from wizard.operations.lint.commands import code_lines, commands
from wizard.operations.lint.pipelines import defined_variables, pipelines
from wizard.operations.lint.project import Project

ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=")
# Set by the agent, the operating system, or a tool for its own use.
GIVEN = (
    "AGENT_",
    "BUILD_",
    "SYSTEM_",
    "TF_",
    "PIPELINE_",
    "GITHUB_",
    "CI",
    "HOME",
    "PATH",
    "USER",
    "TMP",
    "TEMP",
    "LANG",
)


def defined(project: Project) -> set[str]:
    """Names in pipelines, and those that documents and example files list for a variable group, as in `NAME=`."""
    found = {name for _, root in pipelines(project) for name in defined_variables(root)}
    texts = [text for _, _, text in code_lines(project)]
    for file in project.named("*.env", "*.env.*", ".env*", "*.sh"):
        texts += project.lines(file)
    return found | {match[1] for text in texts if (match := ASSIGNMENT.match(text))}


def given(name: str) -> bool:
    """Whether a variable is there without anybody defining it."""
    return name.upper().startswith(GIVEN)


def run_by_pipelines(project: Project) -> list[str]:
    """Python files that a pipeline's steps run, by their name wherever they lie."""
    called = {
        PurePosixPath(word).name
        for command in commands(project)
        if command.script is not None
        for word in command.words
        if word.endswith(".py")
    }
    return [file for file in project.python if PurePosixPath(file).name in called]
