"""Shell commands as words, wherever a project writes them: pipeline steps, shell scripts, code blocks of documents."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.operations.lint.pipelines import Script, scripts
from wizard.operations.lint.project import Project

ENDS = {"&&", "||", "|", ";", "&"}


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `script` is the pipeline step it stands in."""

    file: str
    line: int
    words: tuple[str, ...]
    script: Script | None = None

    def option(self, *names: str) -> str:
        """The value of an option, given as `--name=value` or `--name value`; "" without it."""
        for position, word in enumerate(self.words):
            name, equals, value = word.partition("=")
            if name in names:
                return value if equals else (*self.words, "")[position + 1]
        return ""


def commands(project: Project) -> Iterator[Command]:
    """All commands of the project."""
    for script in scripts(project):
        for line, text in script.lines():
            for words in split(text):
                yield Command(script.file, line, words, script)
    for file in project.named("*.sh"):
        for line, text in enumerate(project.lines(file), 1):
            yield from (Command(file, line, words) for words in split(text))
    for file, line, text in code_lines(project):
        yield from (Command(file, line, words) for words in split(text))


def code_lines(project: Project) -> Iterator[tuple[str, int, str]]:
    """The lines inside the fenced blocks of Markdown files: (file, line, text)."""
    for file in project.named("*.md"):
        inside = False
        for line, text in enumerate(project.lines(file), 1):
            if text.lstrip().startswith("```"):
                inside = not inside
            elif inside:
                yield file, line, text


def split(text: str) -> list[tuple[str, ...]]:
    """The commands of one line, each as words; a line that no shell would read is split at its spaces."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";|&")
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        words = text.split()
    found: list[list[str]] = [[]]
    for word in words:
        if word in ENDS:
            found.append([])
        else:
            found[-1].append(word)
    return [tuple(each) for each in found if each]
