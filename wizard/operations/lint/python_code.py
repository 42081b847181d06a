"""What the rules ask of Python files: variables read from the environment, calls, and literal values under a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


def every_node(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes of a tree. Each rule asks for them, so the tree keeps them."""
    kept = vars(tree)
    if "nodes" not in kept:
        kept["nodes"] = tuple(ast.walk(tree))
    found: tuple[ast.AST, ...] = kept["nodes"]
    return found


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a name or attribute, "" for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """All calls."""
    return (node for node in every_node(tree) if isinstance(node, ast.Call))


def text_of(node: ast.expr | None) -> str:
    """The value of a literal string, else ""."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def texts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Strings with their lines, formatted ones with an x for each value put in; not those that only document."""
    documenting = {id(node.value) for node in every_node(tree) if isinstance(node, ast.Expr)}
    for node in every_node(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
            yield "".join(parts), node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            yield node.value, node.lineno


def environment_reads(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names read by os.getenv, os.environ.get and os.environ[...], with their lines."""
    for node in every_node(tree):
        if isinstance(node, ast.Call) and node.args and dotted(node.func).endswith(("getenv", "environ.get")):
            name, line = text_of(node.args[0]), node.lineno
        elif isinstance(node, ast.Subscript) and dotted(node.value).endswith("environ"):
            name, line = (text_of(node.slice) if isinstance(node.ctx, ast.Load) else ""), node.lineno
        else:
            continue
        if name:
            yield name, line


@dataclass(frozen=True, slots=True)
class Named:
    """A literal string that code gives a name: an assignment, a keyword argument or a dictionary's entry."""

    name: str
    value: str
    line: int


def named_literals(tree: ast.AST) -> Iterator[Named]:
    """All of them."""
    for node in every_node(tree):
        pairs: list[tuple[str, ast.expr | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(dotted(target).rpartition(".")[2], node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(dotted(node.target).rpartition(".")[2], node.value)]
        elif isinstance(node, ast.keyword):
            pairs = [(node.arg or "", node.value)]
        elif isinstance(node, ast.Dict):
            pairs = [(text_of(key), value) for key, value in zip(node.keys, node.values, strict=True)]
        for name, value in pairs:
            if name and value is not None and text_of(value):
                yield Named(name, text_of(value), value.lineno)


def assigned(tree: ast.AST, name: str) -> list[ast.expr]:
    """The expressions assigned to a name."""
    return [
        node.value
        for node in every_node(tree)
        if isinstance(node, ast.Assign) and any(dotted(target) == name for target in node.targets)
    ]
