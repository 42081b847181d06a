"""Names of repositories and branches, and the addresses under which git knows a repository of Azure DevOps.

Rules: https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions#azure-repos-git
and `git check-ref-format`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_NO_REPOSITORY = re.compile(r"""[\\/:*?"<>;#$*{},+=\[\]|\x00-\x1f\x7f]|^[_.]|\.$|\.\.""")
_NO_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|[/.]$|\.lock(?:/|$)|/\.|^@$|^HEAD$|^refs/")

_WEB = r"https?://(?:[^@/\s]+@)?"
_PATH = r"(?:(?P<project>[^/]+)/)?_git/(?P<repository>[^/?#]+?)/?"
_HTTPS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_WEB}dev\.azure\.com/(?P<organisation>[^/]+)/{_PATH}",
        rf"{_WEB}(?P<organisation>[^./]+)\.visualstudio\.com/(?:DefaultCollection/)?{_PATH}",
    )
)
_SSH = re.compile(
    r"(?:ssh://)?[^@/\s]+@(?:ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com)(?::22)?[:/]v3"
    r"/(?P<organisation>[^/]+)/(?P<project>[^/]+)/(?P<repository>[^/]+?)/?",
    re.IGNORECASE,
)


def repository(value: str) -> str | None:
    """What is wrong with a repository's name, or None."""
    if value.strip() and len(value) <= 64 and not _NO_REPOSITORY.search(value):
        return None
    return (
        "A repository's name has 1 to 64 characters, none of \\ / : * ? \" < > ; # $ { } , + = [ ] |; no _ or . first."
    )


def branch(value: str) -> str | None:
    """What is wrong with a branch's short name, or None."""
    if value and not _NO_BRANCH.search(value):
        return None
    return (
        "A branch's name has no blanks and none of ~ ^ : ? * [ \\ .. @{, and neither begins nor ends with / or a dot."
    )


def source(value: str) -> str | None:
    """What is wrong with the address to import from, or None; "" is none."""
    if not value or re.fullmatch(r"https://[^@\s/]+/\S+", value):
        return None
    return "Give an address that begins with https:// and has no user name or token in it."


@dataclass(frozen=True, slots=True)
class Address:
    """A repository of Azure DevOps as a remote's address names it, in lower case."""

    organisation: str
    project: str
    repository: str
    by_ssh: bool

    def means(self, organisation: str, projects: tuple[str, ...], repositories: tuple[str, ...]) -> bool:
        """Whether it is that repository; project and repository may be meant by name or id."""
        return (
            self.organisation == organisation.lower()
            and self.project in [each.lower() for each in projects]
            and self.repository in [each.lower() for each in repositories]
        )


def address(url: str) -> Address | None:
    """What a remote's address means; None when it is no repository of Azure DevOps."""
    for pattern in (*_HTTPS, _SSH):
        if match := pattern.fullmatch(url.strip()):
            named = unquote(match["repository"]).lower()
            project = unquote(match["project"] or named).lower()
            return Address(unquote(match["organisation"]).lower(), project, named, by_ssh=pattern is _SSH)
    return None
