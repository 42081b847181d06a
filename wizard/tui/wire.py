"""Reads one line of the engine's event stream: the same records the engine wrote, with nothing in them that a
terminal would obey.
"""

from __future__ import annotations

import json
import types
import typing
from typing import Any

from wizard.engine.events import Event, Problem, kinds
from wizard.harmless import plain


def _classes(hint: Any) -> tuple[type, ...]:
    """The classes that a field's value may have; what is in a list or an object is not looked at."""
    if typing.get_origin(hint) is types.UnionType:
        return tuple(each for part in typing.get_args(hint) for each in _classes(part))
    plain_type = typing.get_origin(hint) or hint
    return (int, float) if plain_type is float else (plain_type,)


_KINDS = {
    kind.event: (
        kind,
        {name: _classes(hint) for name, hint in typing.get_type_hints(kind).items() if name != "event"},
    )
    for kind in kinds()
}


def decode(line: bytes | str) -> Event:
    """The event of a line. Unknown fields (of a newer engine) are left out; anything else odd is a Problem."""
    try:
        data = json.loads(line)
        kind, known = _KINDS[data.pop("event")]
        found = {name: plain(value) for name, value in data.items() if name in known}
        if all(isinstance(value, known[name]) for name, value in found.items()):
            return kind(**found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return Problem(
        "The engine said something that is not an event.",
        fix="if this happens again, both parts may be of different versions: install mlops-wizard anew",
        code="bad-event",
    )
