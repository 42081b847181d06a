"""What a stage's condition says of branches and tags, without a run."""

import pytest

from tests.rehearsal import ROOT
from wizard.steps.release import TRIED, condition, table, verdicts
from wizard.steps.release_condition import ConditionError, holds

MAIN, RELEASE, TAG = TRIED


def test_the_projects_own_pipeline_lets_releases_and_version_tags_into_prod():
    found = verdicts(condition(ROOT, "prod"), TRIED)
    assert found == {MAIN: False, RELEASE: True, TAG: True}
    assert table(found, "Prod") == [
        "refs/heads/main          Prod is skipped",
        "refs/heads/releases/1.0  Prod runs",
        "refs/tags/v1.2.3         Prod runs",
    ]


def test_a_stage_without_a_condition_runs_for_everything():
    assert condition(ROOT, "test") == ""
    assert verdicts("", TRIED) == dict.fromkeys(TRIED, True)


@pytest.mark.parametrize(
    ("text", "ref", "runs"),
    [
        ("eq(variables['Build.SourceBranch'], 'refs/heads/main')", MAIN, True),
        ("ne(variables['Build.SourceBranch'], 'refs/heads/MAIN')", MAIN, False),
        ("and(succeeded(), not(eq(variables.Build.SourceBranchName, 'main')))", TAG, True),
        ("in(variables['build.sourcebranchname'], 'x', 'v1.2.3')", TAG, True),
        ("notIn(variables['Build.SourceBranch'], 'refs/heads/main')", MAIN, False),
        ("xor(true, contains(variables['Build.SourceBranch'], 'releases'))", RELEASE, False),
        ("endsWith(variables['Build.SourceBranch'], '''s')", MAIN, False),
        ("eq(variables['Unknown'], '')", MAIN, True),
        ("failed()", MAIN, False),
        ("or(false, always())", MAIN, True),
    ],
)
def test_the_language_of_conditions(text, ref, runs):
    assert holds(text, ref) is runs


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("eq(dependencies.A.result, 'x')", "'dependencies.A.result'"),
        ("and(succeeded()", "its end"),
        ("succeeded() always()", "goes on with 'always'"),
        ("succeeded() && true", "it has '&& true'"),
        ("", None),
    ],
)
def test_what_cannot_be_worked_out_is_said(text, reason):
    if reason is None:
        assert holds(text, MAIN)
        return
    with pytest.raises(ConditionError, match=reason.replace("(", r"\(")):
        holds(text, MAIN)
