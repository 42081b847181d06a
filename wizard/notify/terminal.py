"""What makes a terminal call its person: BEL, and the notification that OSC 9 asks for where it is known."""

from __future__ import annotations

BEL = "\a"


def call(text: str) -> str:
    """The bytes to write. The text loses what a terminal would obey; ended by BEL, as all that know OSC 9 take it."""
    shown = "".join(letter for letter in text if letter.isprintable())
    return f"{BEL}\x1b]9;{shown}{BEL}"
