"""How a status looks: a glyph, a word and a colour, always all three, so that no reader depends on one of them.

Standard library only and without imports: the skeleton draws with it before Textual is there.
"""

from __future__ import annotations

# status: (glyph, word, colour of a plain terminal as SGR number, theme token of the screens)
LOOKS: dict[str, tuple[str, str, int, str]] = {
    "ok": ("✓", "ok", 32, "success"),
    "todo": ("○", "to do", 36, "primary"),
    "warn": ("▲", "warning", 33, "warning"),
    "fail": ("✗", "failed", 31, "error"),
    "skip": ("…", "waits", 90, "muted"),
    "left out": ("–", "left out", 90, "muted"),
    "unknown": ("?", "unknown", 33, "warning"),
    "checking": ("◌", "checking", 36, "accent"),
    "working": ("▸", "working", 35, "accent"),
    "": ("·", "not yet", 90, "muted"),
}

# the same for the parts of a remote run
RUN_LOOKS: dict[str, tuple[str, str, int, str]] = {
    "waiting": ("·", "waits", 90, "muted"),
    "running": ("▸", "running", 35, "accent"),
    "ok": ("✓", "ok", 32, "success"),
    "warn": ("▲", "warning", 33, "warning"),
    "fail": ("✗", "failed", 31, "error"),
    "skipped": ("–", "skipped", 90, "muted"),
    "cancelled": ("■", "cancelled", 33, "warning"),
}

# what to make of a difference between two environments: (glyph, word, theme token of the screens)
VERDICTS: dict[str, tuple[str, str, str]] = {
    "surprise": ("▲", "surprise", "warning"),
    "unread": ("?", "not read", "warning"),
    "not set up": ("○", "not set up", "primary"),
    "expected": ("·", "expected", "muted"),
    "same": ("✓", "the same", "success"),
}

# what a remembered status is called until a live check replaces it
REMEMBERED: dict[str, tuple[str, str]] = {
    "ok": ("✓", "was ok"),
    "todo": ("○", "not done"),
    "warn": ("▲", "warned"),
    "fail": ("✗", "failed"),
    "skip": ("…", "waited"),
    "unknown": ("?", "unknown"),
}

# the words that are longer than a cell of the matrix has room for
SHORT = {"checking": "checks", "left out": "out", "not done": "undone"}

WORD_WIDTH = 9
SHORT_WIDTH = 7
MUTED_SGR = 90
REASON = "left out: "  # how the message of an optional step begins that a person left out


def seen_as(status: str, message: str) -> str:
    """The status to show: a step that was left out is skipped like one that waits, but nothing will come of it."""
    return "left out" if status == "skip" and message.startswith(REASON) else status


def look(status: str, remembered: bool = False) -> tuple[str, str, int, str]:
    """Glyph, word, SGR number and theme token of a status; a memory keeps its glyph and loses its colour."""
    if remembered and status in REMEMBERED:
        return (*REMEMBERED[status], MUTED_SGR, "muted")
    return LOOKS.get(status, LOOKS[""])


def short(word: str) -> str:
    """The word of a status in at most SHORT_WIDTH cells."""
    return SHORT.get(word, word)


def verdict_look(verdict: str) -> tuple[str, str, str]:
    """Glyph, word and theme token of what is to be made of a difference."""
    return VERDICTS.get(verdict, VERDICTS["unread"])


def counted(verdict: str, number: int) -> str:
    """How many differences there are of a verdict, in words."""
    word = verdict_look(verdict)[1]
    return f"{number} {word}s" if verdict == "surprise" and number != 1 else f"{number} {word}"


def run_look(status: str) -> tuple[str, str, int, str]:
    """Glyph, word, SGR number and theme token of a part of a remote run."""
    return RUN_LOOKS.get(status, LOOKS["unknown"])
