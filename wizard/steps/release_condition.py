"""What a stage's condition in the pipeline's YAML file says of a branch or tag, worked out without running anything.

The language: https://learn.microsoft.com/azure/devops/pipelines/process/expressions, as far as conditions go by branch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = str | bool

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_][\w.-]*)|(?P<sign>[()\[\],]))")


class ConditionError(Exception):
    """The condition cannot be worked out here; the message says at what it ends."""


@dataclass(slots=True)
class _Reader:
    """The condition's tokens, and how far they are read."""

    tokens: list[str]
    variables: Mapping[str, str]
    at: int = 0

    def take(self, expected: str = "") -> str:
        """The next token. ConditionError when it is not the expected one."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if not token or (expected and token != expected):
            raise ConditionError(f"it ends at {token or 'its end'!r}")
        self.at += 1
        return token

    def value(self) -> Value:
        """The value of the expression that begins here."""
        token = self.take()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lower() in ("true", "false"):
            return token.lower() == "true"
        if token == "variables":  # noqa: S105 - a word of the language
            return self._variable()
        if token.lower().startswith("variables."):
            return self.variables.get(token.partition(".")[2].lower(), "")
        return self._call(token)

    def _variable(self) -> str:
        self.take("[")
        name = str(self.value())
        self.take("]")
        return self.variables.get(name.lower(), "")

    def _call(self, name: str) -> bool:
        function = _FUNCTIONS.get(name.lower())
        if function is None:
            raise ConditionError(f"it uses {name!r}")
        self.take("(")
        given: list[Value] = []
        while self.tokens[self.at : self.at + 1] != [")"]:
            given.append(self.value())
            if self.tokens[self.at : self.at + 1] != [")"]:
                self.take(",")
        self.take(")")
        return function(given)


def _text(value: Value) -> str:
    return str(value).lower()


_FUNCTIONS: dict[str, Callable[[list[Value]], bool]] = {
    "and": lambda given: all(map(bool, given)),
    "or": lambda given: any(map(bool, given)),
    "not": lambda given: not given[0],
    "xor": lambda given: bool(given[0]) != bool(given[1]),
    "eq": lambda given: _text(given[0]) == _text(given[1]),
    "ne": lambda given: _text(given[0]) != _text(given[1]),
    "in": lambda given: _text(given[0]) in map(_text, given[1:]),
    "notin": lambda given: _text(given[0]) not in map(_text, given[1:]),
    "startswith": lambda given: _text(given[0]).startswith(_text(given[1])),
    "endswith": lambda given: _text(given[0]).endswith(_text(given[1])),
    "contains": lambda given: _text(given[1]) in _text(given[0]),
    # How the stages before went: a dry evaluation takes it that they succeeded.
    "succeeded": lambda _: True,
    "succeededorfailed": lambda _: True,
    "always": lambda _: True,
    "failed": lambda _: False,
    "canceled": lambda _: False,
}


def holds(condition: str, ref: str) -> bool:
    """Whether a stage of that condition runs for a branch or tag (its full name), if all before it succeeded.

    A stage without a condition runs. ConditionError when it uses what is not known here.
    """
    if not condition.strip():
        return True
    known = {
        "build.sourcebranch": ref,
        "build.sourcebranchname": ref.rpartition("/")[2],
        "build.reason": "IndividualCI",
    }
    reader = _Reader(_tokens(condition), known)
    found = bool(reader.value())
    if reader.at < len(reader.tokens):
        raise ConditionError(f"it goes on with {reader.tokens[reader.at]!r}")
    return found


def _tokens(condition: str) -> list[str]:
    text, found, at = condition.strip(), list[str](), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"it has {text[at : at + 10].strip()!r}")
        found.append(match[0].strip())
        at = match.end()
    return found
