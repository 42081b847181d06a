"""Approvals: runs that wait for people, driven by the vendor's own clients."""

import secrets

import pytest

from tests.sandbox.approval_requests import APPROVAL, answered, check, identity, me, sent, stages, waiting
from tests.sandbox.conftest import VERY_FAST, enter
from tests.sandbox.devops_access import rest, service_principal
from tests.sandbox.pipeline_project import new_pipeline_project
from tests.sandbox.test_pipelines import begin
from wizard.sandbox import control

APPROVALS = "_apis/pipelines/approvals"
CONNECTION = """
    stages:
    - stage: Build
      jobs: [{job: b, steps: [{checkout: none}, {script: echo built}]}]
    - stage: Deploy
      jobs:
      - job: d
        steps:
        - checkout: none
        - script: echo deployed
        - task: AzureCLI@2
          condition: false
          inputs: {azureSubscription: NAME, scriptType: bash, scriptLocation: inlineScript, inlineScript: echo}
    - stage: Tell
      jobs: [{job: t, steps: [{checkout: none}, {script: echo told}]}]
"""
GROUP = """
    stages:
    - stage: Deploy
      CONDITION
      variables: [{group: NAME}]
      jobs: [{job: d, steps: [{checkout: none}, {script: 'echo "$WORD"', displayName: Say}]}]
    - stage: Other
      dependsOn: []
      jobs: [{job: o, steps: [{checkout: none}, {script: echo other}]}]
"""

DEPLOYMENT = """
    stages:
    - stage: Deploy
      jobs:
      - deployment: d
        environment: NAME
        strategy: {runOnce: {deploy: {steps: [{script: echo deployed, displayName: Say}]}}}
"""


@pytest.fixture
def place(fast, tmp_path, monkeypatch):
    environment = control.environment(fast)
    enter(environment, monkeypatch)
    return new_pipeline_project(environment, tmp_path)


@pytest.fixture
def other(fast):
    """The service principal: a second member, over plain HTTP."""
    environment = control.environment(fast)
    with rest(environment, service_principal(environment)) as http:
        yield http


def grouped(place, **more):
    """A variable group with an approval on it; its name and the check."""
    name = f"guarded-{secrets.token_hex(3)}"
    return name, check(place, "variablegroup", place.group(name, WORD="guarded"), **more)


def queued_on_group(place, name, condition=""):
    return begin(place, GROUP.replace("NAME", name).replace("CONDITION", condition))


def test_a_check_is_made_read_changed_and_deleted(place):
    client = place.clients.get_pipelines_checks_client()
    connection = place.connection(f"azure-{secrets.token_hex(3)}", "aaaaaaaa-1111-2222-3333-444444444444")
    made = check(place, "endpoint", connection.id, instructions="Read the plan first.")
    assert (made.type.id, made.timeout) == (APPROVAL["id"].lower(), 43200)
    assert (made.resource.type, made.resource.id, made.resource.name) == ("endpoint", connection.id, connection.name)
    listed = client.get_check_configurations_on_resource(place.project, "endpoint", connection.id)
    asked = client.query_check_configurations_on_resources([made.resource], place.project)
    assert [each.id for each in listed] == [each.id for each in asked] == [made.id]
    assert client.get_check_configurations_on_resource(place.project, "endpoint", "another") == []
    changed = client.update_check_configuration({"timeout": 60}, place.project, made.id)
    assert (changed.timeout, changed.created_by.id) == (60, me(place))
    with rest(place.environment) as http:
        plain = http.get(f"{place.project}/_apis/pipelines/checks/configurations/{made.id}")
        full = http.get(f"{place.project}/_apis/pipelines/checks/configurations/{made.id}?$expand=settings")
    assert "settings" not in plain.json()
    assert full.json()["settings"] | {"approvers": [me(place)]} == {
        "approvers": [me(place)],
        "blockedApprovers": [],
        "executionOrder": "anyOrder",
        "instructions": "Read the plan first.",
        "minRequiredApprovers": 0,
        "requesterCannotBeApprover": False,
    }
    client.delete_check_configuration(place.project, made.id)
    with pytest.raises(Exception, match=f"The check configuration {made.id} could not be found"):
        client.get_check_configuration(place.project, made.id)


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("repository", {}, "The resource type 'repository' is not supported"),
        ("environment", {}, "The resource no-such of type environment could not be found"),
        ("variablegroup", {}, "The resource no-such of type variablegroup could not be found"),
        ("queue", {"type": {"id": "fe1de3ee-a436-41b4-bb20-f6eb4cb879a7"}}, "the sandbox has approvals only"),
        ("queue", {"settings": {"approvers": []}}, "At least one approver must be named"),
        ("queue", {"settings": {"approvers": [{"id": "nobody"}]}}, "The identity 'nobody' could not be found"),
        ("queue", {"timeout": -1}, "The value '-1' is not a valid number of minutes"),
    ],
)
def test_what_is_no_check_is_refused(place, kind, change, message):
    queue = place.clients.get_task_agent_client().get_agent_queues(place.project)[0]
    resource = {"type": kind, "id": str(queue.id) if kind == "queue" else "no-such"}
    body = {"type": APPROVAL, "resource": resource, "settings": {"approvers": [{"id": me(place)}]}, **change}
    with rest(place.environment) as http:
        refused = http.post(f"{place.project}/_apis/pipelines/checks/configurations", json=body)
    assert refused.status_code in (400, 404)
    assert message in refused.json()["message"]


def test_a_stage_waits_without_an_agent_and_goes_on_when_it_is_approved(place):
    name = f"azure-{secrets.token_hex(3)}"
    connection = place.connection(name, "aaaaaaaa-1111-2222-3333-444444444444")
    check(place, "endpoint", connection.id, instructions="Read the plan first.")
    run = begin(place, CONNECTION.replace("NAME", name))
    (approval,) = waiting(place, run)
    assert stages(place, run) == {"Build": "succeeded", "Deploy": None, "Tell": None}
    records = place.records(run.id)
    deploy, checkpoint, asked = records["Deploy"], records["Checkpoint"], records["Checkpoint.Approval"]
    assert (deploy.state, checkpoint.state, asked.state) == ("pending", "inProgress", "inProgress")
    assert (checkpoint.type, checkpoint.parent_id, asked.parent_id) == ("Checkpoint", deploy.id, checkpoint.id)
    assert place.builds.get_build(place.project, run.id).status == "inProgress"
    with rest(place.environment) as http:
        usage = http.get("_apis/distributedtask/resourceusage?parallelismTag=Private&poolIsHosted=true").json()
    assert usage["usedCount"] == 0
    held = sent(place, "GET", route={"approvalId": approval})
    assert (held["status"], held["steps"], held["instructions"]) == ("pending", [], "Read the plan first.")
    assert held["pipeline"]["owner"]["id"] == run.id
    ended = answered(place, approval, "approved", comment="The plan is right.")
    assert (ended["status"], ended["steps"][0]["comment"]) == ("approved", "The plan is right.")
    assert ended["steps"][0]["actualApprover"]["id"] == me(place)
    assert place.ended(run.id).result == "succeeded"
    records = place.records(run.id)
    assert [records[each].result for each in ("Checkpoint", "Checkpoint.Approval", "Deploy")] == ["succeeded"] * 3
    with pytest.raises(Exception, match="has been completed and cannot be updated"):
        answered(place, approval, "rejected")


def test_an_environment_is_made_guarded_and_deployed_to(place):
    client, name = place.clients.get_task_agent_client(), f"prod-{secrets.token_hex(3)}"
    made = client.add_environment({"name": name, "description": "Behind the gate"}, place.project)
    assert [each.id for each in client.get_environments(place.project, name=name)] == [made.id]
    assert client.update_environment({"description": "Ours"}, place.project, made.id).description == "Ours"
    found = client.get_environment_by_id(place.project, made.id)
    assert (found.name, found.description, found.created_by.id) == (name, "Ours", me(place))
    with pytest.raises(Exception, match=f"Environment with name {name} already exists"):
        client.add_environment({"name": name}, place.project)
    check(place, "environment", made.id)
    run = begin(place, DEPLOYMENT.replace("NAME", name))
    answered(place, waiting(place, run)[0], "approved")
    assert place.ended(run.id).result == "succeeded"
    assert "deployed" in place.log(run.id, "Say")
    client.delete_environment(place.project, made.id)
    with pytest.raises(Exception, match=f"Environment with ID {made.id} does not exist"):
        client.get_environment_by_id(place.project, made.id)


def test_a_run_makes_the_environment_that_is_missing(place):
    name = f"new-{secrets.token_hex(3)}"
    run = begin(place, DEPLOYMENT.replace("NAME", name))
    assert place.ended(run.id).result == "succeeded"
    made = place.clients.get_task_agent_client().get_environments(place.project, name=name)
    assert [(each.name, each.created_by.id) for each in made] == [(name, me(place))]


def test_a_rejection_fails_the_stage_and_what_follows_is_skipped(place):
    name = f"azure-{secrets.token_hex(3)}"
    check(place, "endpoint", place.connection(name, "aaaaaaaa-1111-2222-3333-444444444444").id)
    run = begin(place, CONNECTION.replace("NAME", name))
    assert answered(place, waiting(place, run)[0], "rejected", comment="Not today.")["status"] == "rejected"
    assert place.ended(run.id).result == "failed"
    assert stages(place, run) == {"Build": "succeeded", "Deploy": "failed", "Tell": "skipped"}
    records = place.records(run.id)
    assert (records["Checkpoint"].result, records["Checkpoint.Approval"].result) == ("failed", "failed")
    assert "d" not in records


def test_a_stage_that_nobody_approves_in_time_is_skipped(place):
    name, _ = grouped(place, timeout=0)
    run = queued_on_group(place, name)
    assert place.ended(run.id).result == "succeeded"
    assert stages(place, run) == {"Deploy": "skipped", "Other": "succeeded"}
    asked = place.records(run.id)["Checkpoint.Approval"]
    assert asked.result == "skipped"
    assert sent(place, "GET", route={"approvalId": asked.id})["status"] == "timedOut"
    with pytest.raises(Exception, match="has been completed and cannot be updated"):
        answered(place, asked.id, "approved")


def test_other_stages_do_not_wait(place):
    name, _ = grouped(place)
    run = queued_on_group(place, name)
    (approval,) = waiting(place, run)
    place.until(lambda: stages(place, run)["Other"] == "succeeded", "the other stage")
    assert place.records(run.id)["Deploy"].state == "pending"
    answered(place, approval, "approved")
    assert place.ended(run.id).result == "succeeded"
    assert "guarded" in place.log(run.id, "Say")


def test_a_skipped_stage_asks_nobody_and_a_disabled_check_neither(place):
    name, made = grouped(place)
    run = queued_on_group(place, name, condition="condition: false")
    assert place.ended(run.id).result == "succeeded"
    assert "Checkpoint" not in place.records(run.id)
    with rest(place.environment) as http:
        url = f"{place.project}/_apis/pipelines/checks/configurations/{made.id}"
        assert http.patch(url, json={"isDisabled": True}).json()["isDisabled"] is True
    run = queued_on_group(place, name)
    assert place.ended(run.id).result == "succeeded"
    assert "Checkpoint" not in place.records(run.id)


def test_only_approvers_approve(place, other):
    name, _ = grouped(place)
    run = queued_on_group(place, name)
    (approval,) = waiting(place, run)
    refused = other.patch(f"{place.project}/{APPROVALS}", json=[{"approvalId": approval, "status": "approved"}])
    assert (refused.status_code, refused.json()["typeKey"]) == (403, "ApprovalUnauthorizedException")
    seen = other.get(f"{place.project}/{APPROVALS}/{approval}?$expand=permissions").json()
    assert (seen["status"], seen["permissions"]) == ("pending", "view")
    assert sent(place, "GET", route={"approvalId": approval})["status"] == "pending"
    with pytest.raises(Exception, match="An approval can be approved or rejected here"):
        answered(place, approval, "skipped")
    answered(place, approval, "approved")
    assert place.ended(run.id).result == "succeeded"


def test_who_asked_for_the_run_does_not_approve_where_that_is_shut(place, other):
    name, _ = grouped(place, requester_cannot_be_approver=True, min_required_approvers=1)
    second, _ = grouped(place)
    source = GROUP.replace("{group: NAME}", f"{{group: {name}}}, {{group: {second}}}").replace("CONDITION", "")
    run = begin(place, source)
    shut, free = waiting(place, run, 2)
    with pytest.raises(Exception, match="is not authorized to update the approval"):
        answered(place, shut, "approved")
    assert sent(place, "GET", route={"approvalId": shut})["blockedApprovers"][0]["id"] == me(place)
    # A refused answer takes nothing of its request along.
    both = [{"approvalId": each, "status": "approved"} for each in (free, shut)]
    with pytest.raises(Exception, match="is not authorized to update the approval"):
        sent(place, "PATCH", content=both)
    assert len(waiting(place, run, 2)) == 2
    place.builds.update_build({"status": "cancelling"}, place.project, run.id)
    assert place.ended(run.id).result == "canceled"


def test_all_checks_of_all_resources_are_needed(place, other):
    name, _ = grouped(place)
    queues = place.clients.get_task_agent_client().get_agent_queues(place.project)
    queue = next(each for each in queues if each.name == "Azure Pipelines")
    made = check(place, "queue", queue.id, identity(other))
    try:
        run = queued_on_group(place, name)
        # Both stages run on the queue, and only one of them uses the group.
        approvals = waiting(place, run, 3)
        theirs = other.get(
            f"{place.project}/{APPROVALS}", params={"state": "pending", "userIds": identity(other)}
        ).json()["value"]
        assert {each["id"] for each in theirs} < set(approvals)
        mine = set(approvals) - {each["id"] for each in theirs}
        answered(place, mine.pop(), "approved")
        waiting(place, run, 2)
        assert stages(place, run) == {"Deploy": None, "Other": None}
        body = [{"approvalId": each["id"], "status": "approved"} for each in theirs]
        assert [each["status"] for each in other.patch(f"{place.project}/{APPROVALS}", json=body).json()["value"]] == [
            "approved"
        ] * 2
        assert place.ended(run.id).result == "succeeded"
    finally:
        place.clients.get_pipelines_checks_client().delete_check_configuration(place.project, made.id)


def test_approvers_in_sequence_and_the_least_of_them(place, other):
    first, second = identity(other), me(place)
    name = f"guarded-{secrets.token_hex(3)}"
    group = place.group(name, WORD="guarded")
    check(place, "variablegroup", group, first, second, execution_order="inSequence")
    run = queued_on_group(place, name)
    (approval,) = waiting(place, run)
    steps = sent(place, "GET", route={"approvalId": approval}, query_parameters={"$expand": "steps"})["steps"]
    assert [(each["assignedApprover"]["id"], each["status"]) for each in steps] == [
        (first, "pending"),
        (second, "uninitiated"),
    ]
    with pytest.raises(Exception, match="is not authorized to update the approval"):
        answered(place, approval, "approved")
    said = other.patch(f"{place.project}/{APPROVALS}", json=[{"approvalId": approval, "status": "approved"}]).json()[
        "value"
    ][0]
    assert (said["status"], said["minRequiredApprovers"]) == ("pending", 2)
    assert answered(place, approval, "approved")["status"] == "approved"
    assert place.ended(run.id).result == "succeeded"
    checks = place.clients.get_pipelines_checks_client()
    checks.delete_check_configuration(
        place.project, checks.get_check_configurations_on_resource(place.project, "variablegroup", group)[0].id
    )
    check(place, "variablegroup", group, first, second, min_required_approvers=1)
    run = queued_on_group(place, name)
    said = answered(place, waiting(place, run)[0], "approved")
    assert [each["status"] for each in said["steps"]] == ["skipped", "approved"]
    assert place.ended(run.id).result == "succeeded"


def test_cancelling_a_run_that_waits(place):
    name, _ = grouped(place)
    run = queued_on_group(place, name)
    (approval,) = waiting(place, run)
    place.builds.update_build({"status": "cancelling"}, place.project, run.id)
    assert place.ended(run.id).result == "canceled"
    records = place.records(run.id)
    assert [records[each].result for each in ("Deploy", "Checkpoint", "Checkpoint.Approval")] == ["canceled"] * 3
    assert sent(place, "GET", route={"approvalId": approval})["status"] == "canceled"


def test_running_a_stage_again_asks_again(place):
    name, _ = grouped(place)
    run = queued_on_group(place, name)
    (first,) = waiting(place, run)
    answered(place, first, "rejected")
    assert place.ended(run.id).result == "failed"
    place.builds.update_stage({"state": 1, "forceRetryAllJobs": False}, run.id, "Deploy", place.project)
    (second,) = waiting(place, run)
    assert second != first
    answered(place, second, "approved")
    assert place.ended(run.id).result == "succeeded"
    assert sent(place, "GET", route={"approvalId": first})["status"] == "rejected"


def test_a_run_that_waits_survives_the_sandbox(fast, place):
    name = f"azure-{secrets.token_hex(3)}"
    check(place, "endpoint", place.connection(name, "aaaaaaaa-1111-2222-3333-444444444444").id)
    run = begin(place, CONNECTION.replace("NAME", name))
    before = waiting(place, run)
    first = place.records(run.id)["Build"].finish_time
    control.stop(fast)
    control.start(fast, VERY_FAST)
    assert waiting(place, run) == before
    assert place.builds.get_build(place.project, run.id).status == "inProgress"
    answered(place, before[0], "approved")
    assert place.ended(run.id).result == "succeeded"
    assert place.records(run.id)["Build"].finish_time == first
    assert stages(place, run) == {"Build": "succeeded", "Deploy": "succeeded", "Tell": "succeeded"}
