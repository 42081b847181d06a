"""Reads one line of the engine's event stream: the same records the engine wrote, with nothing in them that a
terminal would obey.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from wizard.engine.events import Event, Problem, kinds

_KINDS = {kind.event: (kind, frozenset(field.name for field in dataclasses.fields(kind))) for kind in kinds()}
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_]?)")
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
_CONTROLS |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # no text that runs backwards unseen


def decode(line: bytes | str) -> Event:
    """The event of a line. Unknown fields (of a newer engine) are left out; anything else odd is a Problem."""
    try:
        data = json.loads(line)
        kind, known = _KINDS[data.pop("event")]
        return kind(**{name: plain(value) for name, value in data.items() if name in known})
    except (ValueError, KeyError, TypeError, AttributeError):
        return Problem(
            "The engine said something that is not an event.",
            fix="if this happens again, both parts may be of different versions: install mlops-wizard anew",
            code="bad-event",
        )


def plain(value: Any) -> Any:
    """The same data without escape sequences and control characters in its strings; line breaks and tabs stay."""
    if isinstance(value, str):
        return value if value.isprintable() else _ESCAPES.sub("", value).translate(_CONTROLS).expandtabs(4)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value
