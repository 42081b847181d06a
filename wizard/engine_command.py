"""How the engine is started. Alone in its module, because the screens need it before anything else may be imported."""

from __future__ import annotations

import sys


def engine_command(arguments: list[str]) -> list[str]:
    """The engine's command line."""
    return own_command(["engine", *arguments])


def own_command(arguments: list[str]) -> list[str]:
    """The command line of another process of this program, with this interpreter.

    `-P`: the project folder is a clone of this repository, and its wizard/ must not run in the place of this one.
    """
    return [sys.executable, "-P", "-m", "wizard", *arguments]
