"""One operation of Azure Resource Manager: which requests it is for, and what it needs."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

Handler = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `action` is what the caller's roles must allow; empty: any valid token will do."""

    method: str
    path: str
    handler: Handler
    action: str
    version_of: str  # namespace/type whose api-versions it knows

    def match(self, path: str) -> dict[str, str] | None:
        """The named parts of a path that this route is for; Resource Manager ignores case."""
        pattern = re.sub(r"\\{(\w+)\\}", _part, re.escape(self.path))
        found = re.fullmatch(pattern, path, re.IGNORECASE)
        return found.groupdict() if found else None


def _part(match: re.Match[str]) -> str:
    return rf"(?P<{match[1]}>.+)" if match[1] == "scope" else rf"(?P<{match[1]}>[^/]+)"
