"""Logging commands: lines by which a script tells the agent something.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

import re
from dataclasses import dataclass

_COMMAND = re.compile(r"##vso\[([A-Za-z]+\.[A-Za-z]+)\s*([^\]]*)\](.*)")
_ESCAPES = (("%3B", ";"), ("%5D", "]"), ("%0D", "\r"), ("%0A", "\n"), ("%AZP25", "%"))


@dataclass(frozen=True, slots=True)
class Command:
    """One command, its properties (names in lower case) and its message."""

    name: str
    properties: dict[str, str]
    message: str

    def flag(self, name: str) -> bool:
        """A true/false property."""
        return self.properties.get(name, "").lower() == "true"


def command_in(line: str) -> Command | None:
    """The command that a line is, None for any other line."""
    match = _COMMAND.search(line)
    if match is None:
        return None
    pairs = (each.partition("=") for each in match[2].split(";") if "=" in each)
    properties = {name.strip().lower(): _plain(value) for name, _, value in pairs}
    return Command(match[1].lower(), properties, _plain(match[3]))


def _plain(value: str) -> str:
    for escaped, meant in _ESCAPES:
        value = value.replace(escaped, meant)
    return value
