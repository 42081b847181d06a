"""What can come next on a command line: a table of lines `PATH|KIND|WORD|VALUE|HELP`, made from the parser itself.

PATH is the sub-command so far, in words. KIND is `c` for a sub-command, `o` for an option, `a` for an argument, whose
WORD is its place, counted from 0, or `*` for this place and all after it. VALUE names what follows an option or stands
in a place: a list of the table, `folder`, `file`, or `-` for what cannot be listed; an option without it takes nothing.
The entries of a list are lines of KIND `v` with the list's name for a PATH.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping

from wizard.engine.checklist import Checklist

FOLDER, FILE, FREE = "folder", "file", "-"
LONGEST_HELP = 60
# what an argument or option takes, by the name under which the parser keeps it
VALUES = {
    "step": "step",
    "stage": "stage",
    "set": "answer",
    "project": FOLDER,
    "folder": FOLDER,
    "files": FILE,
    "job": "job",
    "name": "scenario",
    "first": "environment",
    "second": "environment",
    "environment": "environment",
}
REPEATED = ("*", "+")


def table(parser: argparse.ArgumentParser, lists: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The lines of the table; `lists` gives the words of each list with their meanings."""
    own = {**lists}
    lines = [*_of_parser(parser, "", own)]
    return lines + [_line(name, "v", word, "", text) for name, words in own.items() for word, text in words.items()]


def lists_of(checklist: Checklist, jobs: Mapping[str, str], scenarios: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The lists that the table's values name: what a checklist has, the jobs and the sandbox's scenarios."""
    steps = {name: each.step.title for each in checklist.instances for name in (each.step.id, each.key)}
    places = dict.fromkeys(each.environment for each in checklist.instances if each.environment)
    return {
        "step": steps,
        "stage": {str(stage.number): stage.title for stage in checklist.stages},
        "environment": dict.fromkeys(places, ""),
        "answer": {f"{name}=": asked.prompt for name, asked in checklist.questions() if not asked.secret},
        "job": dict(jobs),
        "scenario": dict(scenarios),
    }


def _of_parser(parser: argparse.ArgumentParser, path: str, lists: dict[str, Mapping[str, str]]) -> Iterator[str]:
    """A parser's lines, and those of its sub-commands. One without a help is none that a person types."""
    place = 0
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for named in action._choices_actions:
                yield _line(path, "c", named.dest, "", named.help or "")
                yield from _of_parser(action._name_parser_map[named.dest], f"{path} {named.dest}".strip(), lists)
            continue
        value = _value(action, path, lists)
        if action.option_strings:
            for word in action.option_strings:
                yield _line(path, "o", word, value, action.help or "")
        else:
            yield _line(path, "a", "*" if action.nargs in REPEATED else str(place), value, action.help or "")
            place += 1


def _value(action: argparse.Action, path: str, lists: dict[str, Mapping[str, str]]) -> str:
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        name = f"{path} {action.dest}"
        lists[name] = dict.fromkeys((str(each) for each in action.choices), "")
        return name
    return VALUES.get(action.dest, FREE)


def _line(path: str, kind: str, word: str, value: str, text: str) -> str:
    return "|".join((path, kind, word, value, _short(text)))


def _short(text: str) -> str:
    """The beginning of a help, of letters that no shell takes for its own."""
    first = re.split(r";| \(", text, maxsplit=1)[0].strip()
    plain = re.sub(r"[^\w .,:/=@-]", "", first)
    return plain if len(plain) <= LONGEST_HELP else f"{plain[: LONGEST_HELP - 3].rstrip()}..."
