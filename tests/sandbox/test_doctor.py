"""`mlops-wizard doctor`: the whole checklist by reads alone, on a set-up that is finished and on one in trouble."""

import re

import pytest

from tests.rehearsal import Rehearsal, Run

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

# POST requests that only read: tokens at sign-in, whether a name is free, what we may do, the keys of an account and of
# a service, and what the service predicts.
READING_POSTS = re.compile(
    r"https://login\.microsoftonline\.com/[^/]+/oauth2/v2\.0/token"
    r"|https://management\.azure\.com/.*/(checkNameAvailability|checkAccess|listKeys)\?.*"
    r"|https://dev\.azure\.com/[^/]+/_apis/Security/PermissionEvaluationBatch"
    r"|https://[^/]+\.modelmanagement\.azureml\.net/.*/services/[^/]+/listkeys"
    r"|https://[^/]+\.cloudapp\.azure\.com/api/v1/service/[^/]+/score"
)


def doctor(rehearsal: Rehearsal) -> tuple[Run, list[dict]]:
    """What doctor said, and the requests it made."""
    before = len(rehearsal.traffic())
    run = rehearsal.walk("doctor")
    return run, rehearsal.traffic()[before:]


def test_a_finished_set_up_is_clean_and_nothing_was_changed_to_find_out(finished):
    run, traffic = doctor(finished.rehearsal)
    assert run.exit_code == 0, run.explain()
    assert set(run.statuses) == set(finished.first.statuses)
    changing = [
        f"{each['method']} {each['url']}"
        for each in traffic
        if each["method"] not in ("GET", "HEAD")
        and not (each["method"] == "POST" and READING_POSTS.fullmatch(each["url"]))
    ]
    assert len(traffic) > 20
    assert changing == []


def test_the_data_is_still_proved_to_be_readable_where_the_job_reads_it(finished):
    run, _ = doctor(finished.rehearsal)
    mount = next(event for event in run.of("step.checked") if event["step"] == "databricks.mount")
    assert "1599 rows" in mount["proof"]


@pytest.mark.parametrize(
    ("scenario", "code", "status", "diagnosis"),
    [("f02-client-secret-expired", 2, "fail", "F02"), ("x-connections-dropped", 3, "unknown", "")],
)
def test_blocked_is_told_from_unknown_and_neither_from_missing(finished, scenario, code, status, diagnosis):
    rehearsal = finished.rehearsal
    rehearsal.wizard("sandbox", "scenario", "play", scenario, check=True)
    try:
        run, _ = doctor(rehearsal)
    finally:
        rehearsal.wizard("sandbox", "scenario", "clear", check=True)
    assert run.exit_code == code, run.explain()
    assert status in run.statuses.values()
    assert "todo" not in run.statuses.values()
    bad = next(event for event in run.of("step.checked") if event["status"] == status)
    assert bad["diagnosis"] == diagnosis
    assert bad["who"]
    assert bool(bad["message_to_send"]) == bool(diagnosis)
