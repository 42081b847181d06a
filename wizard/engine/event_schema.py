"""The event stream described for other programs, as JSON Schema (2020-12): https://json-schema.org/draft/2020-12."""

from __future__ import annotations

import types
import typing
from typing import Any

from wizard.engine.events import kinds

_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def _describe(hint: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return {"type": "array", "items": _describe(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _describe(arguments[1])}
    if origin in (types.UnionType, typing.Union):
        return {"type": [_JSON_TYPES[each] for each in arguments]}
    return {} if hint is Any else {"type": _JSON_TYPES[hint]}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line of the stream."""
    alternatives = []
    for kind in sorted(kinds(), key=lambda kind: kind.event):
        hints = {name: hint for name, hint in typing.get_type_hints(kind).items() if name != "event"}
        alternatives.append(
            {
                "title": kind.event,
                "description": " ".join((kind.__doc__ or "").split()),
                "type": "object",
                "properties": {
                    "event": {"const": kind.event},
                    **{name: _describe(hint) for name, hint in hints.items()},
                },
                "required": ["event", *hints],
                "additionalProperties": False,
            }
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mlops-wizard event",
        "oneOf": alternatives,
    }
