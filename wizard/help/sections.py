"""A page as titled sections of lines, which the terminal and the screens draw each in their own way."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.help.page import Asked, Page

CODE_MARGIN = "    "  # how a line to type begins in a passage


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, wrapped where it is drawn, "" for a blank line; `code` is drawn as it is.

    `hang` indents all lines but the first.
    """

    text: str
    code: bool = False
    hang: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one title."""

    title: str
    lines: tuple[Line, ...]


def sections(page: Page) -> list[Section]:
    """The sections of a page that say something."""
    found = [
        Section("Why", _paragraph(page.why)),
        Section("What proves it", _paragraph(page.check)),
        Section("What is done", _paragraph(page.does)),
        Section("By hand", _paragraph(page.manual)),
        Section("Good to know", tuple(_passage(page.passage))),
        Section("Optional", _paragraph(_optional(page))),
        Section("Needs", tuple(Line(f"{step_id}  {title}") for step_id, title in page.needs)),
        Section("Asks", tuple(line for each in page.questions for line in _question(each))),
        Section("Undo", _paragraph(page.undo)),
        Section("Commands", tuple(_commands(page))),
        Section("More", _paragraph(page.docs)),
    ]
    return [each for each in found if each.lines]


def where(page: Page) -> str:
    """Stages and environments of a page's step, in words."""
    places = (
        f"stage {each.stage}, {each.title}" + (f" ({', '.join(each.environments)})" if each.environments else "")
        for each in page.places
    )
    return "; ".join(places)


def _paragraph(text: str) -> tuple[Line, ...]:
    return (Line(text),) if text else ()


def _optional(page: Page) -> str:
    if not page.optional:
        return ""
    environment = page.places[0].environments[0] + "." if page.places[0].environments else ""
    return f"It may be left out for a reason: --set {environment}{page.id}.skip=REASON"


def _question(asked: Asked) -> Iterator[Line]:
    yield Line(", ".join(asked.names), code=False)
    choices = f" One of: {', '.join(asked.choices)}." if asked.choices else ""
    secret = " It is secret: it is asked for, and never written to a file." if asked.secret else ""
    prompt = asked.prompt if asked.prompt.endswith(("?", ".")) else f"{asked.prompt}."
    yield Line(f"  {prompt} {asked.rule}{choices}{secret}".rstrip(), hang=2)


def _commands(page: Page) -> Iterator[Line]:
    yield Line(f"mlops-wizard check --step {page.id}", code=True)
    yield Line(f"mlops-wizard plan --step {page.id}", code=True)


def _passage(text: str) -> Iterator[Line]:
    """Paragraphs and list entries of a passage, each one line; what is indented by four is to be typed."""
    for number, block in enumerate(text.split("\n\n") if text else ()):
        if number:
            yield Line("")
        lines = block.splitlines()
        if all(line.startswith(CODE_MARGIN) for line in lines):
            yield from (Line(line, code=True) for line in textwrap.dedent(block).splitlines())
        elif lines[0].startswith("- "):
            yield from (Line(entry, hang=2) for entry in _entries(lines))
        else:
            yield Line(" ".join(lines))


def _entries(lines: list[str]) -> Iterator[str]:
    entry = ""
    for line in lines:
        if line.startswith("- ") and entry:
            yield entry
            entry = line
        else:
            entry = f"{entry} {line.strip()}".strip()
    yield entry
