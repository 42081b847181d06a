"""What happens to a pipeline's files before a run: expressions, branches, loops, template files, parameters."""

import textwrap

import pytest

from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.templates import Expander


def expanded(files, given=None, variables=None):
    held = {name: textwrap.dedent(content) for name, content in files.items()}
    expander = Expander(held.get, lambda path: f"File /{path} not found in repository")
    return expander.pipeline("azure-pipelines.yml", given or {}, variables or {})


def one(content, **more):
    return expanded({"azure-pipelines.yml": content}, **more)


def test_scalars_are_texts():
    assert one("a: 3.10\nb: on\nc: 'x'") == {"a": "3.10", "b": "on", "c": "x"}


def test_branches_of_if():
    source = """
        parameters:
        - {name: kind, type: string, values: [a, b, c]}
        steps:
        - ${{ if eq(parameters.kind, 'a') }}:
          - script: one
        - ${{ elseif eq(parameters.kind, 'b') }}:
          - script: two
        - ${{ else }}:
          - script: three
        - script: last
          ${{ if eq(parameters.kind, 'a') }}:
            env: {X: y}
    """
    assert [step["script"] for step in one(source, given={"kind": "a"})["steps"]] == ["one", "last"]
    assert [step["script"] for step in one(source, given={"kind": "b"})["steps"]] == ["two", "last"]
    found = one(source, given={"kind": "c"})["steps"]
    assert [step["script"] for step in found] == ["three", "last"]
    assert "env" not in found[1]


def test_loops_over_lists_and_objects():
    source = """
        parameters:
        - name: envs
          type: object
          default: {test: 1, prod: 2}
        steps:
        - ${{ each env in parameters.envs }}:
          - script: echo ${{ env.key }} ${{ env.value }}
    """
    assert [step["script"] for step in one(source)["steps"]] == ["echo test 1", "echo prod 2"]


def test_template_files_with_parameters():
    files = {
        "azure-pipelines.yml": """
            variables:
            - template: vars/all.yml
            stages:
            - template: templates/stage.yml
              parameters: {name: Test}
        """,
        "vars/all.yml": "variables:\n  region: here\n",
        "templates/stage.yml": """
            parameters:
            - name: name
            - name: extra
              type: stepList
              default: []
            stages:
            - stage: ${{ parameters.name }}
              jobs:
              - job: A
                steps:
                - template: /templates/steps.yml
                - ${{ parameters.extra }}
        """,
        "templates/steps.yml": "steps:\n- script: hello\n",
    }
    found = expanded(files)
    assert found["variables"] == [{"name": "region", "value": "here"}]
    assert found["stages"] == [{"stage": "Test", "jobs": [{"job": "A", "steps": [{"script": "hello"}]}]}]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "File /azure-pipelines.yml not found"),
        ({"azure-pipelines.yml": "a: [1"}, "/azure-pipelines.yml: .*Line: 1"),
        ({"azure-pipelines.yml": "a: 1\na: 2"}, "'a' is already defined"),
        (
            {"azure-pipelines.yml": "parameters:\n- name: x\nsteps: []"},
            "A value for the 'x' parameter must be provided",
        ),
        ({"azure-pipelines.yml": "steps:\n- template: no.yml"}, "File /no.yml not found"),
        (
            {"azure-pipelines.yml": "steps:\n- template: t.yml\n  parameters: {y: 1}", "t.yml": "steps: []"},
            "Unexpected parameter 'y'",
        ),
        ({"azure-pipelines.yml": "a: ${{ foo.bar }}"}, r"Line: 1, Col: 4.*Unrecognized value: 'foo'"),
        ({"azure-pipelines.yml": "extends: {template: azure-pipelines.yml}"}, "Unable to load more than 100"),
    ],
)
def test_refusals(files, message):
    with pytest.raises(PipelineError, match=message):
        expanded(files)
