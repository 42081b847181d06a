"""In what two environments differ, as the engine told it last. Knows no Textual."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.tui.looks import VERDICTS

if TYPE_CHECKING:
    from wizard.engine import events as wire

AS_EXPECTED = ("expected", "same")


@dataclass(frozen=True, slots=True)
class Difference:
    """One name and its value in either environment; `name` is "" where it is about a whole section."""

    section: str
    name: str
    first: str
    second: str
    verdict: str
    remark: str

    @property
    def title(self) -> str:
        """Where it is, and what."""
        return f"{self.section}: {self.name}" if self.name else self.section


class Comparison:
    """The differences in the engine's order; `read_at` is "" before they were read in this session."""

    def __init__(self) -> None:
        self.first = self.second = ""
        self.lines: list[Difference] = []
        self.asking = False
        self.read_at = ""

    def told(self, event: wire.Differences, clock: str) -> None:
        """The engine has read both."""
        self.first, self.second, self.read_at = event.first, event.second, clock
        names = ("section", "name", "first", "second", "verdict", "remark")
        self.lines = [Difference(*(str(each.get(name, "")) for name in names)) for each in event.lines]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many lines there are of each verdict."""
        return list(Counter(line.verdict for line in self.lines).items())

    @property
    def is_replica(self) -> bool:
        """Nothing differs but what is expected to."""
        return all(line.verdict in AS_EXPECTED for line in self.lines)

    def as_text(self) -> str:
        """All that differs, to be copied."""
        found = [f"{self.second} against {self.first}"]
        for line in self.lines:
            if line.verdict != "same":
                remark = f" ({line.remark})" if line.remark else ""
                word = VERDICTS[line.verdict][1] if line.verdict in VERDICTS else line.verdict
                found.append(f"{word}: {line.title}: {line.first} | {line.second}{remark}")
        return "\n".join(found)
