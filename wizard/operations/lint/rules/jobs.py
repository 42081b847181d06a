"""Rules about jobs on clusters: their names, their runtime, and which model they load."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.operations.lint.commands import Command, commands
from wizard.operations.lint.nodes import entries, items, line_of, scalar, values_of, walk
from wizard.operations.lint.pipelines import pipelines
from wizard.operations.lint.project import Project
from wizard.operations.lint.python_code import texts
from wizard.operations.lint.record import Edit, Finding, Rule

OLDEST_RUNTIME, RUNTIME = (14, 3), "17.3.x"
RUNTIME_NUMBER = re.compile(r"^(\d+)\.(\d+)\.x")
NO_STAGE = re.compile(r"models:/[^/\s'\"]+/None\b")


def declared_jobs(project: Project) -> set[str]:
    """Names of jobs and workflows in deployment files."""
    not_deployments = {file for file, _ in pipelines(project)}
    found = set()
    for file, documents in project.yaml.items():
        if file in not_deployments:
            continue
        for node in (node for root in documents for node in walk(root)):
            for key in ("jobs", "workflows"):
                value = entries(node).get(key)
                found |= {scalar(entries(job).get("name")) for job in [*items(value), *entries(value).values()]}
    return found - {""}


def job_asked_for(command: Command) -> str:
    """The job that a dbx command names, or ""."""
    if command.words[0] != "dbx" or command.words[1:2] not in (("execute",), ("launch",), ("deploy",)):
        return ""
    named = command.option("--job", "--jobs", "--workflow")
    rest = [word for word in command.words[2:3] if not word.startswith("-")]
    return named or (rest[0] if rest else "")


def unknown_jobs(project: Project) -> Iterator[Finding]:
    """dbx commands with a job that no deployment file declares."""
    declared = declared_jobs(project)
    if not declared:
        return
    for command in commands(project):
        job = job_asked_for(command)
        if job and not job.startswith("$") and not set(job.split(",")) <= declared:
            yield Finding(command.file, command.line, f"there is no job {job}; declared: {', '.join(sorted(declared))}")


def old_runtimes(project: Project) -> Iterator[Finding]:
    """Runtimes that new workspaces do not offer."""
    for file, documents in project.yaml.items():
        for root in documents:
            for node in values_of(root, "spark_version"):
                match = RUNTIME_NUMBER.match(node.value)
                if match and (int(match[1]), int(match[2])) < OLDEST_RUNTIME:
                    line, new = line_of(node), current_runtime(node.value)
                    text = project.lines(file)[line - 1].replace(node.value, new, 1)
                    yield Finding(file, line, f"runtime {node.value} is no longer offered", Edit(line, line, (text,)))


def current_runtime(old: str) -> str:
    """The current long-term runtime of the same kind (plain, ML, ML with GPU)."""
    kind = "-gpu-ml" if "-gpu-ml" in old else "-cpu-ml" if "-ml" in old else ""
    return f"{RUNTIME}{kind}-scala2.13"


def stage_none(project: Project) -> Iterator[Finding]:
    """`models:/NAME/None` in code and in pipelines."""
    message = "stage None takes whatever is newest, and Unity Catalog knows no stages"
    for file, tree in project.python.items():
        for text, line in texts(tree):
            if NO_STAGE.search(text):
                yield Finding(file, line, message)
    for command in commands(project):
        if any(NO_STAGE.search(word) for word in command.words):
            yield Finding(command.file, command.line, message)


RULES = (
    Rule(
        "G01",
        "A job that is not declared",
        "dbx ends with `Workflow ... not found`.",
        "dbx commands in documents, scripts and pipelines, against deployment files",
        "use one of the declared names",
        unknown_jobs,
    ),
    Rule(
        "G16",
        "A model by stage None",
        "Unity Catalog refuses it, and elsewhere nobody knows which version was meant.",
        "models:/ addresses in Python and in commands",
        "name a version number or an alias",
        stage_none,
    ),
    Rule(
        "G21",
        "An old runtime",
        "New workspaces do not offer it, so no cluster starts.",
        "spark_version in deployment files",
        "take a current long-term ML runtime, and test the job on it",
        old_runtimes,
    ),
)
