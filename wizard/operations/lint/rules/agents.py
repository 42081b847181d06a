"""Rules about what runs on a pipeline's agent: image, Python, folder, and what it prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from packaging.version import InvalidVersion, Version
from yaml import ScalarNode

from wizard.operations.lint.commands import Command, commands
from wizard.operations.lint.nodes import entries, items, last_line, line_of, values_of, walk
from wizard.operations.lint.pipelines import Script, pipelines, scripts
from wizard.operations.lint.project import Project
from wizard.operations.lint.record import Edit, Finding, Rule

# Removed from Microsoft's pool -> what runs there now. https://learn.microsoft.com/azure/devops/pipelines/agents/hosted
RETIRED = {
    **dict.fromkeys(("ubuntu-16.04", "ubuntu-18.04", "ubuntu-20.04"), "ubuntu-24.04"),
    **dict.fromkeys(("vs2017-win2016", "windows-2019"), "windows-2022"),
    **dict.fromkeys(("macos-10.14", "macos-10.15", "macos-11", "macos-12", "macos-13"), "macOS-14"),
}
OLDEST_PYTHON, PYTHON = Version("3.10"), "3.11"
PRINTS_ALL = {"env", "printenv", "set", "export"}


def rewritten(project: Project, file: str, node: ScalarNode, new: str) -> Edit:
    """The node's line with another value in its place."""
    line, start, end = line_of(node), node.start_mark.column, node.end_mark.column
    text = project.lines(file)[line - 1]
    return Edit(line, line, (text[:start] + new + text[end:],))


def retired_images(project: Project) -> Iterator[Finding]:
    """Images that the pool has no longer."""
    for file, root in pipelines(project):
        for node in values_of(root, "vmImage"):
            new = RETIRED.get(node.value.lower())
            if new:
                edit = rewritten(project, file, node, new)
                yield Finding(file, line_of(node), f"there is no image {node.value} any more", edit)


def old_pythons(project: Project) -> Iterator[Finding]:
    """Versions of Python that the images have no longer."""
    for file, root in pipelines(project):
        for node in values_of(root, "versionSpec"):
            if is_old(node.value):
                edit = rewritten(project, file, node, f'"{PYTHON}"')
                yield Finding(file, line_of(node), f"the images have no Python {node.value}", edit)


def is_old(asked: str) -> bool:
    """Whether an exact minor version is asked for that is gone; `3.x` and ranges take what is there."""
    numbers = asked.removesuffix(".x")
    try:
        return "." in numbers and Version(numbers) < OLDEST_PYTHON
    except InvalidVersion:
        return False


def misplaced_scripts(project: Project) -> Iterator[Finding]:
    """`python FILE` where the file lies in another folder."""
    names = set(project.names)
    for command in commands(project):
        called = python_file(command)
        if command.script is None or not called:
            continue
        if str(PurePosixPath(command.script.folder) / called) in names:
            continue
        elsewhere = [name for name in names if PurePosixPath(name).name == PurePosixPath(called).name]
        if elsewhere:
            folder = str(PurePosixPath(elsewhere[0]).parent)
            message = f"{called} is not there: it is {' or '.join(sorted(elsewhere))}"
            only = len(elsewhere) == 1 and not command.script.folder and not command.script.in_block
            yield Finding(command.file, command.line, message, in_folder(project, command.script, folder, only))


def python_file(command: Command) -> str:
    """The file that a `python FILE` command runs, or ""."""
    if PurePosixPath(command.words[0]).name not in ("python", "python3") or len(command.words) < 2:
        return ""
    return command.words[1].removeprefix("./") if command.words[1].endswith(".py") else ""


def in_folder(project: Project, script: Script, folder: str, possible: bool) -> Edit | None:
    """`workingDirectory` added below a script of one line."""
    line = line_of(script.text)
    text = project.lines(script.file)[line - 1]
    if not possible or "script:" not in text:
        return None
    indent = len(text) - len(text.lstrip(" -"))
    return Edit(line + 1, line, (f"{' ' * indent}workingDirectory: {folder}",))


def printed_environments(project: Project) -> Iterator[Finding]:
    """Steps that print every variable."""
    for command in commands(project):
        if command.script is not None and command.words in {(word,) for word in PRINTS_ALL}:
            message = f"`{command.words[0]}` prints every variable into the log, tokens too"
            yield Finding(command.file, command.line, message, without_step(project, command.script))


def without_step(project: Project, script: Script) -> Edit | None:
    """The step taken out, where it does nothing else and others stay."""
    if len([line for _, line in script.lines() if line.strip()]) > 1:
        return None
    for _, root in (each for each in pipelines(project) if each[0] == script.file):
        for node in walk(root):
            steps = items(entries(node).get("steps"))
            if script.step in steps and len(steps) > 1:
                return Edit(line_of(script.step), last_line(script.step), ())
    return None


def unsupplied_tokens(project: Project) -> Iterator[Finding]:
    """Tokens put into the command line instead of the step's environment."""
    for script in scripts(project):
        for line, text in script.lines():
            if "$(DATABRICKS_TOKEN)" in text:
                yield Finding(script.file, line, "the token is put into the script's text; map it in the step's `env:`")


def leaked(project: Project) -> Iterator[Finding]:
    """Both ways in which a token gets into the log."""
    yield from printed_environments(project)
    yield from unsupplied_tokens(project)


RULES = (
    Rule(
        "G04",
        "An image that is gone",
        "The pool refuses the job: an image label with that name does not exist.",
        "vmImage of pipelines",
        "take a current image",
        retired_images,
    ),
    Rule(
        "G05",
        "A Python that is gone",
        "UsePythonVersion fails: the version did not match any in the agent's tools.",
        "versionSpec of pipelines",
        f"take Python {PYTHON}",
        old_pythons,
    ),
    Rule(
        "G06",
        "A script in another folder",
        "Python finds no such file, and what the script itself opens would be missing too.",
        "`python FILE` in pipelines",
        "run it with workingDirectory set to its folder",
        misplaced_scripts,
    ),
    Rule(
        "G13",
        "The token in the log",
        "A variable that is not secret is printed in clear; one that is secret is not exported and has to be mapped.",
        "scripts of pipelines",
        "mark the variable secret, map it in the step's `env:`, delete what prints it",
        leaked,
    ),
)
