"""Times in words that fit a cell."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def length(seconds: float) -> str:
    """How long something lasts, in its largest unit."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"


def age(then: float, now: float) -> str:
    """How long ago something was; "" where nobody knows when."""
    return length(now - then) if then else ""


def left(end: float, now: float) -> str:
    """How long something lasts yet, or since when it does not."""
    if not end:
        return "never ends"
    return f"ends in {length(end - now)}" if end > now else f"ended {length(now - end)} ago"
