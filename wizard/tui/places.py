"""The screens by the names of their places; each one's code and styles are loaded only when it is first wanted."""

from __future__ import annotations

from wizard.tui.commands import DIFFERENCE, IDENTITY, STATUS
from wizard.tui.flow import NAMES, SIGN_IN
from wizard.tui.screens.base import WizardScreen


def make_screen(name: str) -> WizardScreen:
    """A new screen of that name; the checklist's for any other."""
    if name == SIGN_IN:
        from wizard.tui.screens.sign_in import SignInScreen

        return SignInScreen()
    if name == NAMES:
        from wizard.tui.screens.names import NamesScreen

        return NamesScreen()
    if name == IDENTITY:
        from wizard.tui.screens.identity import IdentityScreen

        return IdentityScreen()
    if name == STATUS:
        from wizard.tui.screens.status import StatusScreen

        return StatusScreen()
    if name == DIFFERENCE:
        from wizard.tui.screens.difference import DifferenceScreen

        return DifferenceScreen()
    from wizard.tui.screens.checklist import ChecklistScreen

    return ChecklistScreen()
