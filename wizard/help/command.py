"""`mlops-wizard docs [STEP]`: a step's help page at the terminal's width, or the list of all pages by stage."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wizard.engine.checklist import Checklist
from wizard.help.page import Page, ids, page
from wizard.help.sections import sections, where
from wizard.steps.checklist import CHECKLIST

if TYPE_CHECKING:
    import argparse

EXIT_OK, EXIT_USAGE = 0, 2
NARROWEST, WIDEST = 40, 100
MARGIN = "  "
NEAREST = 3
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def execute(parsed: argparse.Namespace) -> int:
    """Print what was asked for; 2 where there is no step of that name."""
    name = parsed.step
    if name and not any(name in (each.step.id, each.key) for each in CHECKLIST.instances):
        sys.stderr.write(f"{unknown(CHECKLIST, name)}\n")
        return EXIT_USAGE
    found = page(CHECKLIST, name.partition("@")[0])
    if parsed.json:
        sys.stdout.write(json.dumps(found.as_data() if found else listing(CHECKLIST), ensure_ascii=False) + "\n")
        return EXIT_OK
    width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
    bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    lines = page_lines(found, width, bold=bold) if found else list_lines(CHECKLIST, width, bold=bold)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return EXIT_OK


def unknown(checklist: Checklist, name: str) -> str:
    """That there is no such step, and which names are near: by letters, or by a word in id or title."""
    titles = {each.step.id: each.step.title for each in checklist.instances}
    word = name.partition("@")[0].casefold()
    near = [step_id for step_id, title in titles.items() if word in step_id or word in title.casefold()]
    near += [each for each in difflib.get_close_matches(word, titles, n=NEAREST) if each not in near]
    hint = f"Did you mean {', '.join(near[:NEAREST])}?" if near else "`mlops-wizard docs` lists them all."
    return f"There is no step `{name}`. {hint}"


def listing(checklist: Checklist) -> dict[str, Any]:
    """All pages by stage, for programs."""
    return {
        "stages": [
            {
                "number": stage.number,
                "title": stage.title,
                "steps": [
                    {"id": step.id, "title": step.title, "environments": list(step.environments)}
                    for step in stage.steps
                ],
            }
            for stage in checklist.stages
        ]
    }


def list_lines(checklist: Checklist, width: int, *, bold: bool) -> Iterator[str]:
    """All pages by stage, for people."""
    room = max(len(step_id) for step_id in ids(checklist))
    for stage in checklist.stages:
        yield _heading(f"Stage {stage.number}  {stage.title}", bold)
        for step in stage.steps:
            places = f" ({', '.join(step.environments)})" if step.environments else ""
            yield from _wrapped(f"{step.id:<{room}}  {step.title}{places}", width, room + 2)
        yield ""
    yield from textwrap.wrap("`mlops-wizard docs STEP` shows a step's page.", width)


def page_lines(shown: Page, width: int, *, bold: bool) -> Iterator[str]:
    """A page, for people."""
    yield _heading(shown.title, bold)
    yield from textwrap.wrap(f"{shown.id}: {where(shown)}", width)
    for section in sections(shown):
        yield ""
        yield _heading(section.title, bold)
        for line in section.lines:
            if line.code:
                yield f"{MARGIN}{MARGIN}{line.text}"
            else:
                yield from _wrapped(line.text, width, line.hang) or [""]


def _wrapped(text: str, width: int, hang: int) -> list[str]:
    """The text in the margin; words that are longer than a line stay whole, as addresses have to."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=MARGIN,
        subsequent_indent=MARGIN + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _heading(text: str, bold: bool) -> str:
    return f"{BOLD}{text}{PLAIN}" if bold else text
