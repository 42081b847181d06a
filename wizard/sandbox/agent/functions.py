"""The functions of expressions that need nothing but their arguments."""

import re
from collections.abc import Callable
from typing import Any

from wizard.sandbox.agent import values
from wizard.sandbox.agent.values import equal, order, text, truth

_MARKS = re.compile(r"\{\{|\}\}|\{(?P<place>[0-9]+)\}|[{}]")
_PLACE_DIGITS = 3


def _contains(holder: Any, part: Any) -> bool:
    return text(part).lower() in text(holder).lower()


def _contains_value(holder: Any, value: Any) -> bool:
    held = holder.values() if isinstance(holder, dict) else holder
    return any(equal(each, value) for each in held)


def _coalesce(*given: Any) -> Any:
    return next((each for each in given if text(each) != ""), None)


def _format(form: Any, *given: Any) -> str:
    def replaced(match: re.Match[str]) -> str:
        mark, place = match[0], match["place"]
        if place is None:
            if len(mark) < 2:
                raise ValueError(f"The following format string is invalid: {text(form)}")
            return mark[0]
        if len(place) > _PLACE_DIGITS or int(place) >= len(given):
            raise ValueError(f"The following format string references more arguments than were supplied: {text(form)}")
        return text(given[int(place)])

    return _MARKS.sub(replaced, text(form))


def _join(separator: Any, given: Any) -> str:
    return text(separator).join(text(each) for each in given) if isinstance(given, list) else text(given)


def _split(value: Any, marks: Any) -> list[str]:
    parts = [text(value)]
    for mark in text(marks):
        parts = [piece for part in parts for piece in part.split(mark)]
    return parts


def _length(value: Any) -> int:
    return len(value) if isinstance(value, dict | list) else len(text(value))


KNOWN: dict[str, Callable[..., Any]] = {
    "not": lambda value: not truth(value),
    "xor": lambda left, right: truth(left) != truth(right),
    "eq": equal,
    "ne": lambda left, right: not equal(left, right),
    "gt": lambda left, right: order(left, right) > 0,
    "ge": lambda left, right: order(left, right) >= 0,
    "lt": lambda left, right: order(left, right) < 0,
    "le": lambda left, right: order(left, right) <= 0,
    "in": lambda value, *others: any(equal(value, each) for each in others),
    "notin": lambda value, *others: not any(equal(value, each) for each in others),
    "contains": _contains,
    "containsvalue": _contains_value,
    "startswith": lambda value, start: text(value).lower().startswith(text(start).lower()),
    "endswith": lambda value, end: text(value).lower().endswith(text(end).lower()),
    "coalesce": _coalesce,
    "format": _format,
    "join": _join,
    "split": _split,
    "length": _length,
    "lower": lambda value: text(value).lower(),
    "upper": lambda value: text(value).upper(),
    "trim": lambda value: text(value).strip(),
    "replace": lambda value, old, new: text(value).replace(text(old), text(new)),
    "converttojson": values.as_json,
}
