"""How the engine is started. Alone in its module, because the screens need it before anything else may be imported."""

from __future__ import annotations

import sys


def engine_command(arguments: list[str]) -> list[str]:
    """The engine's command line, with this interpreter."""
    return [sys.executable, "-m", "wizard", "engine", *arguments]
