"""Expressions of pipelines: `and(succeeded(), eq(variables['a'], 'b'))`, read into a tree and worked out.

https://learn.microsoft.com/azure/devops/pipelines/process/expressions
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.sandbox.agent import functions, values
from wizard.sandbox.agent.faults import PipelineError

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<name>[A-Za-z_][\w-]*)|(?P<mark>[()\[\],.]))"
)
_LONGEST, _DEEPEST = 21_000, 50  # characters and levels that the service reads
_EXACT_DIGITS = 15  # whole numbers beyond that are counted as the service counts them, in floating point
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}

Node = tuple[Any, ...]
Status = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may speak of: contexts such as `variables`, and functions that ask for states."""

    contexts: Mapping[str, Any]
    states: Mapping[str, Status] = field(default_factory=dict)


def evaluate(source: str, names: Names) -> Any:
    """The value of an expression. Raises PipelineError when it cannot be read or worked out."""
    reader = _Reader(source)
    tree = reader.whole()
    try:
        return _value(tree, names, source)
    except ValueError as error:
        raise PipelineError(f"{error} Located within expression: {source.strip()}") from None


class _Reader:
    """Turns a text into a tree."""

    def __init__(self, source: str) -> None:
        if len(source) > _LONGEST:
            raise PipelineError(f"Exceeded max expression length {_LONGEST}")
        self._source = source
        self._depth = 0
        self._tokens: list[tuple[str, str, int]] = []
        place = 0
        while source[place:].strip():
            match = _TOKEN.match(source, place)
            if match is None or match.lastgroup is None:
                raise self._unexpected(source[place:].strip()[:1], place)
            self._tokens.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            place = match.end()
        self._next = 0

    def whole(self) -> Node:
        """The whole expression."""
        tree = self._part()
        if self._next < len(self._tokens):
            _, value, place = self._tokens[self._next]
            raise self._unexpected(value, place)
        return tree

    def _part(self) -> Node:
        self._deeper()
        tree = self._one()
        self._depth -= 1
        return tree

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PipelineError(f"Exceeded max expression depth {_DEEPEST}")

    def _one(self) -> Node:
        kind, value, place = self._take()
        if kind == "text":
            return ("value", value[1:-1].replace("''", "'"))
        if kind == "number":
            return ("value", float(value) if "." in value or len(value) > _EXACT_DIGITS else int(value))
        if kind == "mark":
            raise self._unexpected(value, place)
        if self._peek() == "(":
            self._take()
            tree: Node = ("call", value, self._arguments(), place)
        elif value.lower() in _WORDS:
            return ("value", _WORDS[value.lower()])
        else:
            tree = ("name", value, place)
        return self._inside(tree)

    def _inside(self, tree: Node) -> Node:
        begun = self._depth
        while self._peek() in (".", "["):
            self._deeper()
            _, mark, _ = self._take()
            if mark == ".":
                _, name, _ = self._take()
                tree = ("item", tree, ("value", name))
            else:
                tree = ("item", tree, self._part())
                self._expect("]")
        self._depth = begun
        return tree

    def _arguments(self) -> list[Node]:
        found: list[Node] = []
        if self._peek() == ")":
            self._take()
            return found
        while True:
            found.append(self._part())
            _, mark, place = self._take()
            if mark == ")":
                return found
            if mark != ",":
                raise self._unexpected(mark, place)

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self) -> tuple[str, str, int]:
        if self._next >= len(self._tokens):
            raise PipelineError(f"Unexpected end of expression. Located within expression: {self._source.strip()}")
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, mark: str) -> None:
        _, value, place = self._take()
        if value != mark:
            raise self._unexpected(value, place)

    def _unexpected(self, value: str, place: int) -> PipelineError:
        where = f"Located at position {place + 1} within expression: {self._source.strip()}"
        return PipelineError(f"Unexpected symbol: '{value}'. {where}")


def _value(tree: Node, names: Names, source: str) -> Any:
    kind = tree[0]
    if kind == "value":
        return tree[1]
    if kind == "item":
        return _item(_value(tree[1], names, source), _value(tree[2], names, source))
    word, place = tree[1], tree[-1]
    if kind == "name":
        found = _in_any_case(names.contexts, word)
        if found is _MISSING:
            raise _unknown(word, place, source)
        return found
    return _call(word, tree[2], names, source, place)


def _call(word: str, given: list[Node], names: Names, source: str, place: int) -> Any:
    lazy = {"and": all, "or": any}.get(word.lower())
    if lazy is not None:
        return lazy(values.truth(_value(each, names, source)) for each in given)
    if word.lower() == "iif" and len(given) == 3:
        return _value(given[1] if values.truth(_value(given[0], names, source)) else given[2], names, source)
    arguments = [_value(each, names, source) for each in given]
    state = _in_any_case(names.states, word)
    if state is not _MISSING:
        return state(*(values.text(each) for each in arguments))
    function = functions.KNOWN.get(word.lower())
    if function is None:
        raise _unknown(word, place, source)
    try:
        return function(*arguments)
    except TypeError:
        raise PipelineError(
            f"The number of parameters or their kinds are not those of the function '{word}'."
            f" Located within expression: {source.strip()}"
        ) from None


_MISSING = object()


def _in_any_case(found: Mapping[str, Any], word: str) -> Any:
    if word in found:
        return found[word]
    return next((value for name, value in found.items() if name.lower() == word.lower()), _MISSING)


def _item(holder: Any, key: Any) -> Any:
    """Something inside of a value; nothing when it is not there."""
    if isinstance(holder, Mapping):
        found = _in_any_case(holder, values.text(key))
        return None if found is _MISSING else found
    if isinstance(holder, list):
        place = values.number(key)
        return holder[int(place)] if place is not None and 0 <= place < len(holder) else None
    return None


def _unknown(word: str, place: int, source: str) -> PipelineError:
    return PipelineError(
        f"Unrecognized value: '{word}'. Located at position {place + 1} within expression: {source.strip()}. For more"
        " help, refer to https://go.microsoft.com/fwlink/?linkid=842996"
    )
