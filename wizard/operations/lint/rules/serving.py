"""Rules about the service: how its cluster and its name come about, and what it answers when it fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.operations.lint.project import Project
from wizard.operations.lint.python_code import assigned, calls, dotted, every_node
from wizard.operations.lint.record import Edit, Finding, Rule

CHANCE = ("random", "uuid", "secrets", "time", "datetime")
DEPLOYMENTS = ("Model.deploy", "Webservice.deploy", "deploy_from_model", "deploy_from_image")


def unawaited_clusters(project: Project) -> Iterator[Finding]:
    """A compute target made and used without waiting for it."""
    for file, tree in project.python.items():
        found = list(calls(tree))
        if any(isinstance(call.func, ast.Attribute) and call.func.attr == "wait_for_completion" for call in found):
            continue
        for call in found:
            if dotted(call.func).endswith("ComputeTarget.create"):
                yield Finding(file, call.lineno, "the cluster is made and not waited for")


def chance_names(project: Project) -> Iterator[Finding]:
    """Services deployed under a name of chance."""
    for file, tree in project.python.items():
        for call in calls(tree):
            if not dotted(call.func).endswith(DEPLOYMENTS):
                continue
            names = [keyword.value for keyword in call.keywords if keyword.arg == "name"] or call.args[1:2]
            if any(by_chance(tree, name) for name in names):
                yield Finding(file, call.lineno, "every run deploys a service of another name")


def by_chance(tree: ast.Module, value: ast.expr, depth: int = 3) -> bool:
    """Whether a value comes from a random or time function, also by way of other names."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[0] in CHANCE:
            return True
        if isinstance(node, ast.Call) and depth and _made_by_chance(tree, dotted(node.func), depth):
            return True
        sources = assigned(tree, node.id) if isinstance(node, ast.Name) and depth else []
        if any(by_chance(tree, source, depth - 1) for source in sources):
            return True
    return False


def _made_by_chance(tree: ast.Module, name: str, depth: int) -> bool:
    """Whether a function of this file returns such a value."""
    for node in every_node(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
            return any(by_chance(tree, value, depth - 1) for value in returned)
    return False


def answered_errors(project: Project) -> Iterator[Finding]:
    """A scoring script that answers with the text of an error."""
    for file, tree in project.python.items():
        functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        if not {"init", "run"} <= set(functions):
            continue
        for handler in ast.walk(functions["run"]):
            if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
                continue
            for node in ast.walk(handler):
                if isinstance(node, ast.Return) and node.value and _mentions(node.value, handler, handler.name):
                    yield Finding(file, node.lineno, "the error's text is answered with HTTP 200", raising(node))


def _mentions(value: ast.expr, handler: ast.ExceptHandler, name: str) -> bool:
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    if name in names:
        return True
    sources = [source for other in names for source in assigned(handler, other)]
    return any(isinstance(node, ast.Name) and node.id == name for source in sources for node in ast.walk(source))


def raising(node: ast.Return) -> Edit:
    """`raise` in the place of the return: the server then answers 500 and logs the error."""
    return Edit(node.lineno, node.end_lineno or node.lineno, (f"{' ' * node.col_offset}raise",))


RULES = (
    Rule(
        "G10",
        "A cluster that is not waited for",
        "The deployment meets a cluster that is not there yet: 400 ComputeResourceNotCreated, taken for a time-out.",
        "Python that makes a compute target",
        "call wait_for_completion, or make the cluster in a step of its own",
        unawaited_clusters,
    ),
    Rule(
        "G11",
        "A service name of chance",
        "Services pile up on the cluster until nothing more fits and deployments time out.",
        "Python that deploys a service",
        "use one stable name and update the service in place",
        chance_names,
    ),
    Rule(
        "G12",
        "Errors answered as results",
        "Callers get HTTP 200 with the text of an error, so `it answers` proves nothing.",
        "scoring scripts: Python with init and run",
        "let the error out: `raise`",
        answered_errors,
    ),
)
