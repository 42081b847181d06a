"""Opening a page beside the terminal, or at least handing over its address."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.tui.app import WizardApp

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def browser_here() -> bool:
    """Whether a browser would open beside the terminal: one that runs in the terminal would draw over the screen."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in DISPLAYS)


def visit(app: WizardApp, link: str) -> None:
    """Open a page in the browser where there is one to open; else leave its address on the clipboard."""
    if app.is_web or browser_here():
        app.open_url(link)
        app.toast(f"Opened {link}")
    else:
        app.copy_to_clipboard(link)
        app.toast(f"No browser here: the address is copied. {link}")
