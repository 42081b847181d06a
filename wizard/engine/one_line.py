"""What every answer has to be, whatever its question's own rule: a line of text that a person can see all of."""

from __future__ import annotations

import unicodedata

from wizard.harmless import BACKWARDS

LONGEST = 2000  # characters
# Controls, halves of characters, breaks of lines and paragraphs.
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


def complaint(value: str) -> str | None:
    """What keeps a value from being one visible line, or None."""
    if len(value) > LONGEST:
        return f"An answer has at most {LONGEST} characters, not {len(value)}."
    for letter in "" if value.isprintable() else value:
        if ord(letter) in BACKWARDS or unicodedata.category(letter) in _REFUSED:
            return f"An answer is one line without control characters; this one has U+{ord(letter):04X} in it."
    return None
