"""Rules about packages: what cannot be installed, drifts, ran out of support, or differs between places."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator

from wizard.operations.lint.commands import commands
from wizard.operations.lint.project import Project
from wizard.operations.lint.python_code import every_node
from wizard.operations.lint.record import Edit, Finding, Rule
from wizard.operations.lint.requirements import Wanted, anywhere, in_files

LAST_DBX = "0.8.19"
VERSION_1 = {"azureml-sdk", "azureml-core", "azure-cli-ml"}


def standard_library(project: Project) -> Iterator[Finding]:
    """Modules of Python itself in requirements files."""
    for wanted in in_files(project):
        if wanted.requirement.name in sys.stdlib_module_names:
            message = f"`{wanted.requirement.name}` is part of Python; pip finds no package of that name"
            yield Finding(wanted.file, wanted.line, message, Edit(wanted.line, wanted.line, ()))


def loose_dbx(project: Project) -> Iterator[Finding]:
    """dbx without a version, or called in its old way."""
    for wanted in anywhere(project):
        if wanted.name == "dbx" and not wanted.exact:
            edit = Edit(wanted.line, wanted.line, (f"dbx=={LAST_DBX}",)) if wanted.alone else None
            yield Finding(wanted.file, wanted.line, "dbx is asked for without a version", edit)
    for command in commands(project):
        if command.words[0] == "dbx" and command.option("--job", "--jobs"):
            yield Finding(command.file, command.line, "dbx takes the workflow's name itself; --job is deprecated")


def version_1(project: Project) -> Iterator[Finding]:
    """Version 1 of Azure ML's SDK or command."""
    for wanted in anywhere(project):
        if wanted.name in VERSION_1:
            yield Finding(wanted.file, wanted.line, f"{wanted.name} belongs to version 1 of Azure ML")
    for command in commands(project):
        if command.words[0] == "az" and "azure-cli-ml" in command.words:
            yield Finding(command.file, command.line, "the extension azure-cli-ml belongs to version 1 of Azure ML")
    for file, tree in project.python.items():
        for node in every_node(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "azureml" for name in modules):
                yield Finding(file, getattr(node, "lineno", 1), "azureml belongs to version 1 of Azure ML")


def differing_versions(project: Project) -> Iterator[Finding]:
    """Exact versions of scikit-learn that differ between training and serving."""
    by_version: dict[str, list[Wanted]] = defaultdict(list)
    for wanted in anywhere(project):
        if wanted.name == "scikit-learn" and wanted.exact:
            by_version[wanted.exact].append(wanted)
    if len(by_version) > 1:
        versions = ", ".join(sorted(by_version))
        for wanted in (each for places in by_version.values() for each in places):
            message = f"scikit-learn {wanted.exact} here; the project asks for {versions}"
            yield Finding(wanted.file, wanted.line, message)


RULES = (
    Rule(
        "G02",
        "A module of Python itself is required",
        "pip finds no such package, so every installation fails.",
        "requirements files",
        "delete the line",
        standard_library,
    ),
    Rule(
        "G03",
        "dbx drifts",
        "Its behaviour changes with the day of installation, and its development has ended.",
        "requirements files, pip install and dbx commands",
        f"ask for dbx=={LAST_DBX}, or use `mlops-wizard run JOB --cluster NAME`",
        loose_dbx,
    ),
    Rule(
        "G17",
        "Azure ML version 1",
        "Microsoft ended support of the command on 2025-09-30 and of the SDK on 2026-06-30; it runs, unsupported.",
        "requirements, imports, az commands",
        "move to azure-ai-ml and a version 2 endpoint, or allow it with a comment `lint: allow G17`",
        version_1,
    ),
    Rule(
        "G18",
        "Several versions of scikit-learn",
        "A model pickled with one version may not load with another, so the service fails at its start.",
        "requirements, environment files, lists in code",
        "take the versions from the logged model's own requirements.txt",
        differing_versions,
    ),
)
