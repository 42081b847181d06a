"""The log of one step: every line with its moment, and nothing of a secret."""

from datetime import UTC, datetime
from pathlib import Path

_MASK = "***"


class Masks:
    """The values that never come into a log."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, value: str) -> None:
        """Hide a value, and each of its lines."""
        self._values |= {part for part in (value, *value.splitlines()) if part.strip()}

    def hide(self, text: str) -> str:
        """A text without the values; longer ones first, as one may be part of another."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, _MASK)
        return text


class StepLog:
    """Writes the log of one step, and counts what was reported in it."""

    def __init__(self, file: Path, masks: Masks) -> None:
        self._out = file.open("a", encoding="utf-8")
        self._masks = masks
        self.issues: list[dict[str, str]] = []

    def line(self, text: str) -> None:
        """Write a line (or several)."""
        for each in self._masks.hide(text).splitlines() or [""]:
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
            self._out.write(f"{stamp} {each}\n")
        self._out.flush()

    def issue(self, kind: str, message: str) -> None:
        """Report an error or a warning."""
        hidden = self._masks.hide(message)
        self.issues.append({"type": kind, "message": hidden})
        self.line(f"##[{kind}]{hidden}")

    def close(self) -> None:
        """Close the file."""
        self._out.close()
