"""The documents that Azure DevOps itself answered, as recorded (data/SOURCES.md)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).with_name("data")


@cache
def recorded(name: str) -> list[dict[str, Any]]:
    """The entries of one recorded list, by its file's name."""
    found: list[dict[str, Any]] = json.loads((_DATA / f"{name}.json").read_text())
    return found
