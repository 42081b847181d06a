"""The address of an Azure DevOps organisation, in whichever spelling a person has it at hand."""

from __future__ import annotations

import re

# 50 letters, digits and hyphens, neither first nor last a hyphen:
# https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions
_NAME = r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?)"
_SPELLINGS = tuple(
    re.compile(spelling, re.IGNORECASE)
    for spelling in (
        _NAME,
        rf"(?:https?://)?(?:[^@/\s]+@)?dev\.azure\.com/{_NAME}(?:[/?#].*)?",
        rf"(?:ssh://)?[^@/\s]+@vs-ssh\.visualstudio\.com(?::22)?[:/]v3/{_NAME}(?:/.*)?",
        rf"(?:https?://)?(?:[^@/\s]+@)?{_NAME}\.(?:vssps\.)?visualstudio\.com(?:[/:?#].*)?",
        rf"(?:ssh://)?git@ssh\.dev\.azure\.com(?::22)?[:/]v3/{_NAME}(?:/.*)?",
    )
)


def address(spelling: str) -> str | None:
    """The organisation's address, such as https://dev.azure.com/contoso; None when it cannot be made out.

    Understood are its name, both forms of its address (with a project, a repository or a user name in it), and what
    git uses over SSH.
    """
    for each in _SPELLINGS:
        match = each.fullmatch(spelling.strip())
        if match:
            return f"https://dev.azure.com/{match['name']}"
    return None


def complaint(spelling: str) -> str | None:
    """What is wrong with a spelling, or None."""
    if address(spelling):
        return None
    return "Give the organisation's name, or its address: https://dev.azure.com/NAME or https://NAME.visualstudio.com."
