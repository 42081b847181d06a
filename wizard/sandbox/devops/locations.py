"""The table of resource locations: which resource has which address, as Azure DevOps itself publishes it.

Clients know operations by location id and learn the addresses from this table (`OPTIONS _apis`). The sandbox finds
the operation for a request by the same table, so both always mean the same thing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.documents import recorded
from wizard.sandbox.devops.wire import Call

Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation: a method at a location. `scope` is what a personal access token must hold for it."""

    location: str
    method: str
    handler: Handler
    scope: str


@dataclass(frozen=True, slots=True)
class Match:
    """An operation found for a request, the values in its address, and the location's published record."""

    endpoint: Endpoint
    names: dict[str, str]
    location: dict[str, Any]


class Locations:
    """The locations of all operations that are served."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        served = {endpoint.location for endpoint in endpoints}
        self.table = [record for record in recorded("resource_locations") if record["id"] in served]
        self._addresses = [(record, _pattern(record)) for record in self.table]
        self._endpoints = {(endpoint.location, endpoint.method): endpoint for endpoint in endpoints}

    def find(self, method: str, path: str) -> Match | None:
        """The operation for a path below the organisation (without a slash at its ends)."""
        found = []
        for record, pattern in self._addresses:
            match = pattern.fullmatch(path)
            endpoint = self._endpoints.get((record["id"], method))
            if match and endpoint:
                names = {name: value for name, value in match.groupdict().items() if value}
                left_out = record["routeTemplate"].count("{") - len(names)
                found.append((left_out, Match(endpoint, names, record)))
        return min(found, key=lambda each: each[0])[1] if found else None

    def methods(self, path: str) -> list[str]:
        """The methods that a path would be served for."""
        ids = {record["id"] for record, pattern in self._addresses if pattern.fullmatch(path)}
        return sorted({method for location, method in self._endpoints if location in ids})


def _pattern(record: dict[str, Any]) -> re.Pattern[str]:
    """The addresses that a template covers: its first `{project}` and its last parameters may be left out."""
    segments = record["routeTemplate"].split("/")
    literal = {"{area}": record["area"], "{resource}": record["resourceName"]}
    pattern, open_groups = "", 0
    for number, segment in enumerate(segments):
        slash = "/" if number else ""
        if segment in literal or not segment.startswith("{"):
            pattern += slash + re.escape(literal.get(segment, segment))
            continue
        name = segment.strip("{*}")
        value = f"(?P<{name}>.+)" if segment.startswith("{*") else f"(?P<{name}>[^/]+)"
        if number == 0:
            pattern += f"(?:{value}/)?"
        elif all(later.startswith("{") and later not in literal for later in segments[number:]):
            pattern += f"(?:/{value}"
            open_groups += 1
        else:
            pattern += slash + value
    pattern = pattern.replace(")?/_apis", ")?_apis", 1)
    return re.compile(pattern + ")?" * open_groups, re.IGNORECASE)
