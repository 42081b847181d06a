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

_KINDS = {kind.event: (kind, typing.get_type_hints(kind)) for kind in kinds()}


def decode(line: bytes | str) -> Event:
    """The event of a line. Unknown fields (of a newer engine) are left out; anything else odd is a Problem."""
    try:
        data = json.loads(line)
        kind, hints = _KINDS[data.pop("event")]
        found = {name: plain(value) for name, value in data.items() if name in hints}
        if all(_fits(value, hints[name]) for name, value in found.items()):
            return kind(**found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return Problem(
        "The engine said something that is not an event.",
        fix="if this happens again, both parts may be of different versions: install mlops-wizard anew",
        code="bad-event",
    )


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value of JSON is what a field's type says, also within lists and objects."""
    if hint is Any:
        return True
    if isinstance(hint, type):  # nearly all of them: a line may hold thousands of values
        return isinstance(value, (int, float) if hint is float else hint)
    parts = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if not isinstance(value, typing.get_origin(hint)):
        return False
    if isinstance(value, list):
        return all(_fits(each, parts[0]) for each in value)
    if isinstance(value, dict):
        return all(_fits(each, parts[1]) for each in value.values())  # the names of an object are always text
    return True
