"""`mlops-wizard diff` on a finished set-up: read from the real clients, by reads alone, without a secret."""

import pytest

from tests.rehearsal import Run
from wizard.operations.environment_reading import SOURCES

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

READING_POSTS = ("checkAccess", "listKeys", "/oauth2/", "/discovery/")


def lines(run: Run) -> dict[tuple[str, str], dict]:
    [event] = run.of("differences")
    return {(each["section"], each["name"]): each for each in event["lines"]}


def test_what_two_environments_have_is_read_and_compared(finished):
    run = finished.rehearsal.walk("diff", "dev", "test")
    found = lines(run)
    assert not [each for each in found.values() if each["verdict"] in ("unread", "surprise")], run.explain()
    assert found["Resources", "resource group"] | {"remark": ""} == {
        **{"section": "Resources", "name": "resource group", "first": "rg-wine-dev", "second": "rg-wine-test"},
        **{"verdict": "expected", "remark": ""},
    }
    same = {name for (section, name), each in found.items() if each["verdict"] == "same"}
    assert {"runtime", "node type", "mlflow", "route", "MD5"} <= same
    assert found["Variables", ""]["first"].startswith("not set up"), "dev has no group"
    assert run.exit_code == 1


def test_test_is_held_against_prod_by_reads_alone(finished):
    before = len(finished.rehearsal.traffic())
    run = finished.rehearsal.walk("diff")
    found = lines(run)
    assert {section for section, _ in found} == {source.section.title for source in SOURCES}
    assert not [each for each in found.values() if each["verdict"] == "unread"], run.explain()
    assert found["Resources", "Databricks workspace"]["second"] == "dbw-wine-prod"
    changing = [
        each["url"]
        for each in finished.rehearsal.traffic()[before:]
        if each["method"] not in ("GET", "HEAD", "OPTIONS") and not any(part in each["url"] for part in READING_POSTS)
    ]
    assert changing == []
    assert "dapi" not in str(found)


def test_environments_that_are_not_there_are_a_usage_error(finished):
    run = finished.rehearsal.walk("diff", "test", "moon")
    assert run.exit_code == 2
    assert "moon" in run.of("problem")[0]["message"]
