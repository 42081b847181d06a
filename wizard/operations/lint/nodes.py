"""Walking YAML as it is written: nodes keep their lines, which loaded values would lose."""

from __future__ import annotations

from collections.abc import Iterator

from yaml import MappingNode, Node, ScalarNode, SequenceNode


def entries(node: Node | None) -> dict[str, Node]:
    """The values of a mapping by key; empty for anything else."""
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}


def items(node: Node | None) -> list[Node]:
    """The members of a sequence; empty for anything else."""
    return list(node.value) if isinstance(node, SequenceNode) else []


def scalar(node: Node | None) -> str:
    """The text of a scalar, "" for anything else."""
    return str(node.value) if isinstance(node, ScalarNode) else ""


def line_of(node: Node) -> int:
    """The line a node begins on, counted from 1."""
    return int(node.start_mark.line) + 1


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it in the order of the file; what an anchor shares comes once."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += reversed([*entries(each).values(), *items(each)])


def last_line(node: Node) -> int:
    """The last line that anything below a node stands on; a block's own end mark is where the next thing begins."""
    return max(_last_of(each) for each in walk(node) if isinstance(each, ScalarNode) or each is node)


def _last_of(node: Node) -> int:
    if not isinstance(node, ScalarNode):
        return line_of(node)
    if node.style in ("|", ">"):
        return line_of(node) + len(node.value.splitlines())
    return int(node.end_mark.line) + 1


def values_of(node: Node, *keys: str) -> Iterator[ScalarNode]:
    """Every scalar that stands under one of these keys, anywhere below."""
    for each in walk(node):
        for key, value in entries(each).items():
            if key in keys and isinstance(value, ScalarNode):
                yield value
