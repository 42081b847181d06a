"""Rules about what separates test from production: the release condition, and the service connections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from yaml import MappingNode, Node

from wizard.operations.lint.nodes import entries, items, line_of, scalar, values_of
from wizard.operations.lint.pipelines import is_production, pipelines, stage_name, stages
from wizard.operations.lint.project import Project
from wizard.operations.lint.record import Edit, Finding, Rule

CONNECTIONS = ("azureSubscription", "connectedServiceNameARM", "azureResourceManagerConnection", "connectedServiceName")
CONDITION = (
    "condition: |",
    "  and(succeeded(), or(",
    "    startsWith(variables['Build.SourceBranch'], 'refs/heads/releases'),",
    "    startsWith(variables['Build.SourceBranch'], 'refs/tags/v')",
    "  ))",
)


def runs_on_every_branch(root: Node) -> bool:
    """Whether a push to any branch starts the pipeline, as it does when nothing is said."""
    found = entries(root)
    if "trigger" not in found:
        return True
    trigger = found["trigger"]
    branches = entries(trigger).get("branches", trigger)
    included = items(entries(branches).get("include", branches))
    return any(scalar(each) in ("*", "**") for each in included)


def unguarded_production(project: Project) -> Iterator[Finding]:
    """Production stages without a condition in pipelines that every push starts."""
    for file, root in pipelines(project):
        if not runs_on_every_branch(root):
            continue
        for stage in stages(root):
            if is_production(stage) and "condition" not in entries(stage):
                yield Finding(file, line_of(stage), f"every push runs stage {stage_name(stage)}", guarded(stage))


def guarded(stage: MappingNode) -> Edit | None:
    """The guide's release condition, written below the stage's name."""
    name = entries(stage).get("stage")
    if name is None or stage.flow_style:
        return None
    indent = " " * stage.start_mark.column
    return Edit(line_of(name) + 1, line_of(name), tuple(indent + line for line in CONDITION))


def shared_connections(project: Project) -> Iterator[Finding]:
    """A service connection that production shares with another stage."""
    for file, root in pipelines(project):
        used: dict[str, dict[bool, int]] = defaultdict(dict)
        for stage in stages(root):
            for node in values_of(stage, *CONNECTIONS):
                used[node.value][is_production(stage)] = line_of(node)
        for name, lines in used.items():
            if len(lines) == 2:
                yield Finding(file, lines[True], f"production uses the connection {name}, and so does another stage")


RULES = (
    Rule(
        "G19",
        "Production without a condition",
        "The trigger takes all branches, so a push of any feature branch deploys to production.",
        "stages of pipelines",
        "give the stage the release condition",
        unguarded_production,
    ),
    Rule(
        "G20",
        "One service connection for test and production",
        "Whatever may deploy to test may change production; nothing keeps them apart.",
        "azureSubscription and its like in pipelines",
        "make one service connection for each environment, limited to its resource group",
        shared_connections,
    ),
)
