"""From an expanded document to stages, jobs and steps; triggers; variables; what scripts tell; masks."""

import pytest

from wizard.sandbox.agent import conditions, reading, triggers
from wizard.sandbox.agent.commands import command_in
from wizard.sandbox.agent.conditions import Outcome
from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.source import parse
from wizard.sandbox.agent.step_log import Masks
from wizard.sandbox.agent.variables import Variables


def read(source):
    return reading.pipeline(parse(source, "p.yml"), "p.yml")


def test_steps_alone_are_one_job_that_checks_out():
    (stage,) = read("pool: {vmImage: ubuntu-latest}\nsteps:\n- script: a\n- bash: b").stages
    (job,) = stage.jobs
    assert (stage.name, job.name, job.pool.image) == ("__default", "Job", "ubuntu-latest")
    assert [(step.task, step.version) for step in job.steps] == [("checkout", "1"), ("CmdLine", "2"), ("Bash", "3")]


def test_stages_follow_each_other_unless_they_say_otherwise():
    jobs = "jobs: [{job: j, steps: []}]"
    stages = read(
        f"stages:\n- {{stage: A, {jobs}}}\n- {{stage: B, {jobs}}}\n- {{stage: C, dependsOn: [], {jobs}}}"
    ).stages
    assert [stage.depends_on for stage in stages] == [(), ("A",), ()]


def test_a_deployment_checks_nothing_out():
    deployment = "{deployment: d, environment: e, strategy: {runOnce: {deploy: {steps: [{script: a}]}}}}"
    (job,) = read(f"jobs: [{deployment}]").stages[0].jobs
    assert ([step.task for step in job.steps], job.environment, job.deployment) == (["CmdLine"], "e", True)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("steps: [{powershell: a}]", r"/p.yml \(Line: 1, Col: 10\): Unexpected value 'powershell'"),
        ("foo: 1\nsteps: []", r"\(Line: 1, Col: 1\): Unexpected value 'foo'"),
        ("steps: []\njobs: []", "'steps' is not allowed here"),
        ("trigger: none", "A pipeline needs stages, jobs or steps"),
        ("jobs: [{job: a, steps: []}, {job: a, steps: []}]", "job name a appears more than once"),
        ("jobs: [{job: a, dependsOn: b, steps: []}, {job: b, dependsOn: a, steps: []}]", "circle"),
        ("jobs: [{job: a-b, steps: []}]", "The name 'a-b' is not valid"),
        ("steps: [{task: NoVersion}]", "The task name NoVersion is not valid"),
        ("steps: [{checkout: other}]", "The repository other is not defined"),
        ("jobs: [{deployment: d, strategy: {canary: {}}}]", "Unexpected value 'canary'"),
    ],
)
def test_refusals(source, message):
    with pytest.raises(PipelineError, match=message):
        read(source)


@pytest.mark.parametrize(
    ("trigger", "ref", "paths", "starts"),
    [
        (None, "refs/heads/any", [], True),
        (None, "refs/tags/v1", [], False),
        ("none", "refs/heads/main", [], False),
        (["main", "releases/*"], "refs/heads/releases/1", [], True),
        (["main"], "refs/heads/other", [], False),
        ({"branches": {"include": ["*"], "exclude": ["tmp*"]}}, "refs/heads/tmp1", [], False),
        ({"branches": {"include": ["main"]}, "tags": {"include": ["v*"]}}, "refs/tags/v2", [], True),
        ({"tags": {"include": ["v*"]}}, "refs/heads/main", [], False),
        ({"paths": {"include": ["src"]}}, "refs/heads/main", ["doc/a", "src/b"], True),
        ({"paths": {"include": ["src"], "exclude": ["src/c"]}}, "refs/heads/main", ["src/c/d"], False),
    ],
)
def test_triggers(trigger, ref, paths, starts):
    assert triggers.starts(trigger, ref, paths) is starts


def test_macros_and_what_scripts_see():
    known = Variables()
    known.set("Build.Name", "x $(inner)")
    known.set("inner", "y")
    known.set("Secret", "z", secret=True)
    known.set("secret", "w")
    assert known.expanded("$(build.name) $(nothing) $(Secret) $(echo a)") == "x y $(nothing) w $(echo a)"
    assert known.environment() == {"BUILD_NAME": "x y", "INNER": "y"}


def test_commands_of_scripts():
    found = command_in("##vso[task.setvariable variable=a;isOutput=true;issecret=False]one%0Atwo")
    assert (found.name, found.message) == ("task.setvariable", "one\ntwo")
    assert (found.properties["variable"], found.flag("isoutput"), found.flag("issecret")) == ("a", True, False)
    assert command_in("plain [text]") is None


def test_masks_hide_longer_values_first_and_every_line():
    masks = Masks()
    for value in ("abc", "abcdef", "line one\nline two", ""):
        masks.add(value)
    assert masks.hide("abcdef abc line two x") == "*** *** *** x"


def test_what_several_come_to():
    assert conditions.together(["succeeded", "skipped"], cancelled=False) == "succeeded"
    assert conditions.together(["succeededWithIssues", "failed"], cancelled=True) == "failed"
    assert conditions.together(["succeeded"], cancelled=True) == "canceled"
    assert conditions.together(["skipped"], cancelled=False) == "skipped"


def test_conditions_ask_for_all_before_or_for_those_named():
    done = {"A": Outcome("succeeded"), "B": Outcome("failed"), "C": Outcome("skipped")}
    states = conditions.states_after({"A": done["A"], "B": done["B"]}, done, cancelled=False)
    asked = ["succeeded()", "succeeded('A')", "failed()", "succeededOrFailed()", "succeededOrFailed('C')", "always()"]
    assert [conditions.runs(each, {}, states) for each in asked] == [False, True, True, True, False, True]
    assert conditions.ancestors("c", {"a": (), "b": ("a",), "c": ("b",)}) == {"a", "b"}
