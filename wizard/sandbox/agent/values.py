"""The values of expressions: how they compare, and how they are turned into each other.

https://learn.microsoft.com/azure/devops/pipelines/process/expressions#type-casting
"""

import json
from typing import Any


def text(value: Any) -> str:
    """A value as a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, dict | list):
        return "Object" if isinstance(value, dict) else "Array"
    return str(value)


def truth(value: Any) -> bool:
    """A value as a condition: nothing, "", 0 and false are false; every other text is true."""
    return value not in (None, "", 0, False) if not isinstance(value, dict | list) else True


def number(value: Any) -> float | None:
    """A value as a number, None when it is none."""
    if value is None:
        return 0.0
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value) if value.strip() else 0.0
        except ValueError:
            return None
    return None


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same; the right one is turned into the kind of the left one, texts ignore case."""
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return left is right
    if isinstance(left, bool):
        return left == truth(right)
    if isinstance(left, int | float):
        return number(right) == float(left)
    return text(left).lower() == text(right).lower()


def order(left: Any, right: Any) -> int:
    """Negative, 0 or positive, as the left value comes before, with or after the right one."""
    if isinstance(left, int | float):
        other = number(right)
        if other is None:
            raise ValueError(f"Unable to convert from String to Number. Value: '{text(right)}'")
        return (float(left) > other) - (float(left) < other)
    one, two = text(left).lower(), text(right).lower()
    return (one > two) - (one < two)


def as_json(value: Any) -> str:
    """A value as `convertToJson` writes it."""
    return json.dumps(value, indent=2)
