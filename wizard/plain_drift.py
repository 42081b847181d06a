"""What differs from the plan, for people without the screens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

_COLOURS = {"missing": "31", "broken": "31", "changed": "33", "extra": "33", "unread": "35"}
ADOPTED = "adopted"


def drift_lines(lines: Sequence[dict[str, str]], paint: Callable[[str, str], str]) -> Iterator[str]:
    """The lines to print: counts first, then each difference with its two ways out."""
    counts = Counter(line["kind"] for line in lines)
    told = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    yield f"against the plan: {told}" if told else "nothing differs from the plan"
    for line in (each for each in lines if each["kind"] != ADOPTED):
        where = f" ({line['environment']})" if line["environment"] else ""
        word = paint(f"{line['kind']:<8}", _COLOURS.get(line["kind"], "33"))
        yield f"{word} {line['title']}{where}: {line['name']}"
        yield f"      planned {line['planned']}"
        yield f"      found   {line['found']}"
        for way in ("restore", "adopt"):
            if line[way]:
                yield f"      --{way} {line['key']}: {line[way]}"
        if line["fix"]:
            yield f"      next: {line['fix']}"
