"""Help pages: what they hold, how they are printed, and what is said of a step that is not there."""

import argparse
import json

import pytest

from wizard.help import command
from wizard.help.page import BY_HAND_ONLY, NOTHING_TO_UNDO, page
from wizard.help.sections import sections
from wizard.steps.checklist import CHECKLIST


def docs(step="", *, as_json=False):
    return command.execute(argparse.Namespace(step=step, json=as_json))


def test_a_page_says_all_that_the_record_does():
    found = page(CHECKLIST, "databricks.cluster")
    assert [(place.stage, place.environments) for place in found.places] == [
        (1, ("dev",)),
        (2, ("test",)),
        (3, ("prod",)),
    ]
    named = next(each for each in found.questions if "dev.cluster_name" in each.names)
    assert named.names == ("dev.cluster_name", "test.cluster_name", "prod.cluster_name")
    assert "1 to 100 characters" in named.rule
    assert found.check == "The cluster runs, and computes 1+1."
    assert found.undo == "Delete the cluster."
    assert found.docs.startswith("https://")
    assert dict(found.needs)["databricks.workspaces"] == "Databricks workspace"


def test_a_page_of_what_nothing_is_done_about_says_so():
    assert page(CHECKLIST, "signin.devops").undo == NOTHING_TO_UNDO
    assert BY_HAND_ONLY not in page(CHECKLIST, "databricks.cluster").does


def test_secret_questions_are_called_secret():
    text = " ".join(line.text for part in sections(page(CHECKLIST, "databricks.token")) for line in part.lines)
    assert "It is secret" in text


def test_an_optional_step_tells_how_to_leave_it_out():
    lines = {part.title: part.lines for part in sections(page(CHECKLIST, "repo.branch"))}
    assert "--set repo.branch.skip=REASON" in lines["Optional"][0].text


@pytest.mark.parametrize("width", [40, 60, 100])
def test_lines_fit_the_terminal_unless_a_word_or_a_command_does_not(width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    for step in ("signin.azure", "plan.names", "databricks.cluster", "repo.release"):
        assert docs(step) == 0
        too_long = [line for line in capsys.readouterr().out.splitlines() if len(line) > width]
        assert [line for line in too_long if len(line.split()) > 1 and "mlops-wizard" not in line] == []


def test_a_page_is_plain_text_where_nobody_looks(capsys):
    assert docs("databricks.mount") == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert text.startswith("Data visible on the cluster\ndatabricks.mount: stage 1, Local development (dev);")
    assert "There are two routes" in text
    assert "\n  - mount: the container appears" in text


def test_a_step_in_one_environment_has_the_same_page(capsys):
    assert docs("databricks.mount@test") == 0
    assert "databricks.mount" in capsys.readouterr().out


def test_all_pages_are_listed_by_stage(capsys):
    assert docs() == 0
    text = capsys.readouterr().out
    assert "Stage 2  Test environment\n" in text
    assert "devops.connection" in text


def test_pages_for_programs(capsys):
    docs("repo.release", as_json=True)
    assert json.loads(capsys.readouterr().out)["id"] == "repo.release"
    docs(as_json=True)
    stages = json.loads(capsys.readouterr().out)["stages"]
    assert [each["number"] for each in stages] == [0, 1, 2, 3]
    assert stages[0]["steps"][0] == {"id": "signin.azure", "title": "Sign in to Azure", "environments": []}


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("databricks.clutser", "databricks.cluster"),
        ("databricks.cluster@cmr", "databricks.cluster"),
        ("mount", "databricks.mount"),
        ("kubernetes", "aks.compute"),
    ],
)
def test_an_unknown_step_is_answered_with_the_nearest(asked, near, capsys):
    assert docs(asked) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"There is no step `{asked}`. Did you mean " in said.err
    assert near in said.err


def test_a_word_that_is_near_nothing_leads_to_the_list(capsys):
    assert docs("zzzz") == 2
    assert "`mlops-wizard docs` lists them all." in capsys.readouterr().err
