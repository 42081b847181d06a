"""This repository under its own check."""

from pathlib import Path

from wizard.operations.lint.check import check
from wizard.operations.lint.project import Project

ROOT = Path(__file__).parents[2]


def test_this_repository_has_none_of_the_defects():
    found = [f"{each.finding.file}:{each.finding.line}: {each.rule.id}" for each in check(Project.read(ROOT))]
    assert found == []
