"""Text that others wrote, made fit for a terminal: nothing in it is obeyed, and none of it runs backwards unseen."""

from __future__ import annotations

import re
from typing import Any

BACKWARDS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))  # code points that make text run backwards
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_]?)")
_BREAKS = (0x85, 0x2028, 0x2029)  # of lines and paragraphs, for some and not for others
_CONTROLS: dict[int, str | None] = {
    code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"
}
_CONTROLS |= dict.fromkeys(BACKWARDS) | dict.fromkeys(_BREAKS, "\n")
_LONE = re.compile("[\ud800-\udfff]")  # halves of characters: no stream can write them
# What JSON may hold as it is, though a terminal obeys it, or takes it for the end of a line.
_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), *BACKWARDS, *_BREAKS)}


def plain(value: Any) -> Any:
    """The same data without escape sequences and control characters in its strings; line breaks and tabs stay."""
    if isinstance(value, str):
        return value if value.isprintable() else _plain_text(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {plain(name): plain(item) for name, item in value.items()}
    return value


def _plain_text(text: str) -> str:
    return _LONE.sub("\N{REPLACEMENT CHARACTER}", _ESCAPES.sub("", text).translate(_CONTROLS)).expandtabs(4)


def escaped(line: str) -> str:
    """A line of JSON that means the same, without characters that a terminal would obey."""
    return line if line.isprintable() else line.translate(_ESCAPED)
