"""Runs the rules over a project folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.operations.lint.project import Project
from wizard.operations.lint.record import Finding, Rule
from wizard.operations.lint.rules import access, agents, installing, jobs, serving, stages, variables


def unreadable(project: Project) -> Iterator[Finding]:
    """Files that cannot be parsed, so that no other rule can say anything of them."""
    return (Finding(each.file, each.line, f"cannot be parsed: {each.reason}") for each in project.unreadable)


UNREADABLE = Rule(
    "G00",
    "A file that cannot be parsed",
    "Nothing that reads it will work, and no rule can check it.",
    "Python, YAML and JSON files",
    "correct its syntax",
    unreadable,
)
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            UNREADABLE,
            *(rule for room in (access, agents, installing, jobs, serving, stages, variables) for rule in room.RULES),
        ),
        key=lambda rule: rule.id,
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the rule that made it."""

    rule: Rule
    finding: Finding


def check(project: Project) -> list[Found]:
    """What all rules find, in their order; lines that allow a rule are passed over."""
    return [Found(rule, finding) for rule in RULES for finding in findings(rule, project)]


def findings(rule: Rule, project: Project) -> list[Finding]:
    """What one rule finds, each place once, in the order of files and lines."""
    places = {(each.file, each.line, each.message): each for each in rule.look(project)}
    return [places[place] for place in sorted(places) if not allowed(project, rule, places[place])]


def allowed(project: Project, rule: Rule, finding: Finding) -> bool:
    """Whether the line, or the one above it, carries the comment `lint: allow ID`."""
    near = project.lines(finding.file)[max(finding.line - 2, 0) : finding.line] if finding.file in project.names else []
    return any(f"lint: allow {rule.id}" in line for line in near)
