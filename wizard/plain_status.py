"""An area of the status as a table of plain text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

SIGNS = {"ok": ("✓", "32"), "todo": ("○", "36"), "warn": ("!", "33"), "fail": ("✗", "31"), "unknown": ("?", "35")}
WIDEST = 48  # cells of a column
Line = tuple[str, str]  # text and colour, "" for none


def table(event: dict[str, Any]) -> Iterator[Line]:
    """A heading, a line a row, what to do under those that need somebody, and what could not be read."""
    yield f"\n{event['title']} ({event['seconds']:.1f} s)", "1"
    names = ["", "", *event["columns"]]
    rows = [
        [row["title"], row["environment"], *(_cell(row, each) for each in event["columns"])] for row in event["rows"]
    ]
    widths = [min(WIDEST, max(map(len, column))) for column in zip(names, *rows, strict=True)]
    if rows:
        yield "  " + _laid_out(names, widths), "2"
    for row, cells in zip(event["rows"], rows, strict=True):
        sign, colour = SIGNS.get(row["state"], SIGNS["unknown"])
        yield f"{sign} {_laid_out(cells, widths)}", colour
        if row["advice"]:
            yield f"    next: {row['advice']}", ""
        for each in row["stale"]:
            yield f"    stale: {each['cell'] or 'all'}: {_since(each)}{each['reason']}", "33"
    for remark in event["remarks"]:
        yield f"  {remark}", "33" if event["unread"] else "2"
    if not rows and not event["remarks"]:
        yield "  none", "2"
    if event["more"]:
        yield "  there are more: --pages reads further ones", "2"


def _cell(row: dict[str, Any], name: str) -> str:
    is_stale = any(each["cell"] in ("", name) for each in row["stale"])
    return f"{row['cells'].get(name, '')}{' (stale)' if is_stale else ''}"


def _laid_out(cells: list[str], widths: list[int]) -> str:
    return "  ".join(f"{cell[:width]:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _since(stale: dict[str, Any]) -> str:
    return f"read {time.strftime('%H:%M:%S', time.localtime(stale['read_at']))}; " if stale["read_at"] else ""
