"""The variables of a running job: names in any case, secrets among them, and the macros that stand for them.

https://learn.microsoft.com/azure/devops/pipelines/process/variables
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MACRO = re.compile(r"\$\(([^()$\s][^()$]*)\)")
_NOT_IN_A_NAME = re.compile(r"[. ]")
_DEEPEST = 5  # macros in the values of macros


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable."""

    name: str
    value: str
    secret: bool = False


class Variables:
    """A set of variables."""

    def __init__(self, given: "Variables | None" = None) -> None:
        self._held: dict[str, Variable] = dict(given._held) if given else {}

    def set(self, name: str, value: str, secret: bool = False) -> None:
        """Set one; what was secret stays secret."""
        before = self._held.get(name.lower())
        self._held[name.lower()] = Variable(name, value, secret or (before is not None and before.secret))

    def __iter__(self) -> Iterator[Variable]:
        return iter(self._held.values())

    def get(self, name: str) -> str | None:
        """The value of one, None when there is none."""
        found = self._held.get(name.lower())
        return found.value if found else None

    def values(self) -> dict[str, str]:
        """All of them, for expressions."""
        return {each.name: each.value for each in self}

    def secrets(self) -> list[str]:
        """The values of the secret ones."""
        return [each.value for each in self if each.secret]

    def expanded(self, value: str) -> str:
        """A text with its macros replaced; one that stands for nothing stays as it is."""
        for _ in range(_DEEPEST):
            found = _MACRO.sub(self._instead, value)
            if found == value:
                return value
            value = found
        return value

    def _instead(self, match: re.Match[str]) -> str:
        found = self.get(match[1].strip())
        return match[0] if found is None else found

    def environment(self) -> dict[str, str]:
        """What scripts see of them: all but the secret ones."""
        return {environment_name(each.name): self.expanded(each.value) for each in self if not each.secret}


def environment_name(name: str) -> str:
    """A variable's name in the environment of a script."""
    return _NOT_IN_A_NAME.sub("_", name).upper()
