"""Listings of a tenant as JSON, in the forms in which the vendors' own tools print them.

`az group list -o json`, `databricks clusters list -o json` and `az repos list -o json` each print one list; a file of
`{"resource_groups": [...], "clusters": {"WORKSPACE": [...]}, "repositories": {"PROJECT": [...]}}` holds them together.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GROUPS, CLUSTERS, REPOSITORIES = "resource_groups", "clusters", "repositories"
_SECTIONS = (GROUPS, CLUSTERS, REPOSITORIES)


class ListingError(Exception):
    """The listings cannot be taken over; each problem names an entry and the rule that it breaks."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a listing. `place` is where it stands, `home` the workspace or project it belongs to."""

    place: str
    body: dict[str, Any]
    home: str = ""

    def text(self, name: str) -> str:
        """A field that must be a text and not empty; raises ListingError."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value.strip():
            raise ListingError([f"{self.place}: '{name}' must be a text that is not empty."])
        return value


@dataclass(slots=True)
class Listings:
    """The entries of all files."""

    groups: list[Entry] = field(default_factory=list)
    clusters: list[Entry] = field(default_factory=list)
    repositories: list[Entry] = field(default_factory=list)


def read(files: Sequence[Path], workspace: str = "") -> Listings:
    """The entries of these files; `workspace` is whose clusters are listed where a file does not say so.

    Raises ListingError for a file that cannot be read or is in none of the forms.
    """
    found = Listings()
    for file in files:
        try:
            document = json.loads(file.read_bytes())
        except OSError as error:
            raise ListingError([f"{file}: {error.strerror}."]) from error
        except (ValueError, RecursionError) as error:
            raise ListingError([f"{file}: this is not JSON: {error}."]) from error
        for section, rows in _sections(document, file.name):
            place = f"{file.name}: {section}"
            if section == GROUPS:
                found.groups += _entries(rows, place)
            elif section == CLUSTERS:
                found.clusters += _with_homes(rows, place, workspace)
            else:
                found.repositories += _with_homes(rows, place, "")
    _check_homes(found)
    return found


def _sections(document: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The sections of a file: those it names, or the one that its only list is."""
    rows = _rows(document)
    if rows is None and isinstance(document, dict):
        unknown = [key for key in document if key not in _SECTIONS]
        if unknown or not document:
            what = f"'{unknown[0]}'" if unknown else "nothing"
            raise ListingError([f"{name}: it has {what} where {', '.join(_SECTIONS)} are expected."])
        yield from document.items()
    elif rows is None:
        raise ListingError([f"{name}: neither a list nor an object of lists."])
    elif rows:
        yield _kind(rows[0], name), rows


def _rows(value: Any) -> list[Any] | None:
    """A list, bare or in the `value` in which Azure's APIs wrap theirs; None for anything else."""
    if isinstance(value, dict) and isinstance(value.get("value"), list):
        value = value["value"]
    return value if isinstance(value, list) else None


def _kind(first: Any, name: str) -> str:
    """Which list it is, by what its first entry has."""
    fields = set(first) if isinstance(first, dict) else set()
    if "cluster_id" in fields:
        return CLUSTERS
    if fields & {"remoteUrl", "webUrl", "project"}:
        return REPOSITORIES
    if "location" in fields:
        return GROUPS
    raise ListingError([f"{name}: its first entry is neither a resource group nor a cluster nor a repository."])


def _entries(value: Any, place: str, home: str = "") -> list[Entry]:
    rows = _rows(value)
    if rows is None:
        raise ListingError([f"{place}: this is not a list."])
    found = []
    for number, body in enumerate(rows):
        if not isinstance(body, dict):
            raise ListingError([f"{place}[{number}]: this is not an object."])
        name = body.get("name") or body.get("cluster_name") or ""
        found.append(Entry(f"{place}[{number}] {str(name)!r}", body, home))
    return found


def _with_homes(value: Any, place: str, home: str) -> list[Entry]:
    """Entries by the name of their workspace or project, or a plain list that says itself where it belongs."""
    if isinstance(value, dict) and _rows(value) is None:
        return [entry for name, rows in value.items() for entry in _entries(rows, f"{place}.{name}", name)]
    return [Entry(each.place, each.body, home or _project(each.body)) for each in _entries(value, place)]


def _project(body: dict[str, Any]) -> str:
    project = body.get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return name if isinstance(name, str) else ""


def _check_homes(found: Listings) -> None:
    """Every cluster belongs to a workspace, every repository to a project."""
    problems = [
        f"{each.place}: no workspace is named for it; name it with --workspace NAME, or list it under its name."
        for each in found.clusters
        if not each.home
    ]
    problems += [
        f"{each.place}: no project is named for it, neither as its 'project' nor as what it is listed under."
        for each in found.repositories
        if not each.home
    ]
    if problems:
        raise ListingError(problems)
