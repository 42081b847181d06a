"""The longest chain of steps that waited for each other: no run of them can be shorter than it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def critical_path(seconds: Mapping[str, float], needs: Mapping[str, Sequence[str]]) -> tuple[list[str], float]:
    """The chain with the largest sum of seconds, first to last, and that sum.

    `needs` must have no circle; names in it without seconds do not count.
    """
    longest: dict[str, tuple[list[str], float]] = {}

    def ending_in(name: str) -> tuple[list[str], float]:
        if name not in longest:
            before = [ending_in(need) for need in needs.get(name, ()) if need in seconds]
            path, length = max(before, key=lambda chain: chain[1], default=([], 0.0))
            longest[name] = ([*path, name], length + seconds[name])
        return longest[name]

    return max((ending_in(name) for name in seconds), key=lambda chain: chain[1], default=([], 0.0))
