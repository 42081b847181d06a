"""A figure of what was done when: a bar for each step in its environment's colour, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from wizard.operations.export.story import Deed

WIDTH, LEFT, RIGHT, ROW, TOP = 960, 250, 90, 20, 56
# Of a palette that people with any colour vision can tell apart (Okabe and Ito).
COLOURS = {"dev": "#0072B2", "test": "#009E73", "prod": "#D55E00", "cmr": "#CC79A7", "": "#6B6B6B"}
FAILED = "#B00020"
PAUSE = 60.0  # seconds that a longer time without anything done is shown as


def figure(deeds: Sequence[Deed], title: str) -> str:
    """The SVG. Long times without anything done are cut short, or a set-up of three days would be all white."""
    rows = list(dict.fromkeys(each.key for each in deeds))
    height = TOP + ROW * max(1, len(rows)) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
        *_legend(),
    ]
    if deeds:
        parts += _bars(deeds, rows)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> list[str]:
    parts = []
    for number, (name, colour) in enumerate(COLOURS.items()):
        x = 12 + number * 110
        parts.append(f'<rect x="{x}" y="33" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 15}" y="42">{name or "all together"}</text>')
    return parts


def _bars(deeds: Sequence[Deed], rows: list[str]) -> list[str]:
    starts, span = _squeezed(deeds)
    scale = (WIDTH - LEFT - RIGHT) / span
    totals = {key: sum(each.seconds for each in deeds if each.key == key) for key in rows}
    parts = []
    for number, key in enumerate(rows):
        y = TOP + number * ROW
        if number % 2 == 0:
            parts.append(f'<rect x="0" y="{y}" width="{WIDTH}" height="{ROW}" fill="#f4f4f4"/>')
        parts.append(f'<text x="12" y="{y + 14}">{escape(key)}</text>')
        parts.append(f'<text x="{WIDTH - 12}" y="{y + 14}" text-anchor="end">{totals[key]:.1f} s</text>')
    for each, start in zip(deeds, starts, strict=True):
        x = LEFT + start * scale
        y = TOP + rows.index(each.key) * ROW + 4
        colour = COLOURS.get(each.environment, COLOURS[""]) if each.ended_well else FAILED
        parts.append(
            f'<rect x="{x:.1f}" y="{y}" width="{max(2.0, each.seconds * scale):.1f}" height="{ROW - 8}" '
            f'fill="{colour}"><title>{escape(each.title)}: {each.seconds:.1f} s</title></rect>'
        )
    bottom = TOP + len(rows) * ROW + 16
    parts.append(f'<text x="{LEFT}" y="{bottom}">0 s</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{bottom}" text-anchor="end">{span:.0f} s</text>')
    said = f"pauses of more than {PAUSE:.0f} s are shown as {PAUSE:.0f} s"
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) // 2}" y="{bottom}" text-anchor="middle">{said}</text>')
    return parts


def _squeezed(deeds: Sequence[Deed]) -> tuple[list[float], float]:
    """Where each deed begins on an axis without long pauses, and how long that axis is. Deeds come as they began."""
    first, cut, end = deeds[0].began, 0.0, 0.0
    starts = []
    for each in deeds:
        start = (each.began - first).total_seconds() - cut
        if start > end + PAUSE:
            cut += start - end - PAUSE
            start = end + PAUSE
        starts.append(start)
        end = max(end, start + each.seconds)
    return starts, end or 1.0
