"""Whether this machine can show a page in a browser of its own window."""

from __future__ import annotations

import os
import sys

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def browser_here() -> bool:
    """Whether a browser would open beside the terminal: one that runs in the terminal would draw over the screen."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in DISPLAYS)
