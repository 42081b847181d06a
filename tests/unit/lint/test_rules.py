"""Each rule finds its defect and nothing else, and what it mends is found no more."""

import re

import pytest

from tests.unit.lint.cases import CASES, MENDED
from wizard.operations.lint.check import RULES, check, findings
from wizard.operations.lint.mending import write
from wizard.operations.lint.project import LARGEST, Project


def made(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_there_is_a_rule_for_each_of_the_22_defects_and_a_case_for_each_rule():
    assert [rule.id for rule in RULES] == [f"G{number:02}" for number in range(23)]
    assert list(CASES) == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_defect_and_no_other_rule_does(rule, tmp_path):
    project = made(tmp_path, CASES[rule.id][0])
    found = check(Project.read(project))
    assert {each.rule.id for each in found} == {rule.id}
    for each in found:
        assert 1 <= each.finding.line <= len((project / each.finding.file).read_text().splitlines())
        assert each.finding.message


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_sound_project_has_no_finding(rule, tmp_path):
    assert check(Project.read(made(tmp_path, CASES[rule.id][1]))) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_tells_why_where_and_what_to_do(rule):
    assert rule.title
    assert rule.why.endswith(".")
    assert rule.where
    assert rule.fix


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id in MENDED], ids=lambda rule: rule.id)
def test_what_is_mended_is_found_no_more(rule, tmp_path):
    folder = made(tmp_path, CASES[rule.id][0])
    for finding in findings(rule, Project.read(folder)):
        assert finding.edit is not None
        write(folder / finding.file, [finding.edit])
    assert check(Project.read(folder)) == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id not in MENDED], ids=lambda rule: rule.id)
def test_what_needs_a_decision_is_not_mended(rule, tmp_path):
    folder = made(tmp_path, CASES[rule.id][0])
    assert [finding.edit for finding in findings(rule, Project.read(folder)) if finding.edit] == []


def test_places_are_told_exactly(tmp_path):
    folder = made(tmp_path, CASES["G12"][0] | CASES["G04"][0])
    places = {each.rule.id: (each.finding.file, each.finding.line) for each in check(Project.read(folder))}
    assert places == {"G04": ("azure-pipelines.yml", 2), "G12": ("score.py", 10)}


def test_an_edit_keeps_the_rest_of_its_line(tmp_path):
    folder = made(tmp_path, CASES["G04"][0])
    [finding] = [each.finding for each in check(Project.read(folder))]
    assert finding.edit.lines == ("  vmImage: ubuntu-24.04  # old",)


def test_a_rule_can_be_allowed_at_a_line(tmp_path):
    folder = made(tmp_path, {"requirements.txt": "# lint: allow G17 until we move\nazureml-sdk==1.40.0\n"})
    assert check(Project.read(folder)) == []


def test_tests_and_what_git_ignores_are_left_out(tmp_path):
    files = {"tests/requirements.txt": "os\n", ".venv/requirements.txt": "os\n", "blob.py": ""}
    folder = made(tmp_path, files)
    (folder / "blob.py").write_bytes(b"\xff\xfe\x00")
    assert check(Project.read(folder)) == []


def test_a_document_with_shared_nodes_is_walked_once(tmp_path):
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    assert check(Project.read(made(tmp_path, {"bomb.yml": bomb}))) == []


def test_ids_are_named_in_no_message():
    assert not any(re.search(r"G\d\d", rule.title + rule.why) for rule in RULES)


def test_data_is_not_read_as_if_a_person_had_written_it(tmp_path):
    folder = made(tmp_path, {"answer.json": '{"a": "' + "x" * LARGEST + '"}', "small.json": "{}"})
    assert Project.read(folder).names == ["small.json"]


def test_a_template_of_jobs_is_read_as_the_pipeline_it_is_part_of(tmp_path):
    steps = "    steps:\n    - script: pip install azureml-core==1.61.0\n"
    template = made(tmp_path / "azure", {"jobs.yml": f"jobs:\n  - job: deploy\n{steps}"})
    assert [each.rule.id for each in check(Project.read(template))] == ["G17"]
    workflow = made(tmp_path / "github", {"ci.yml": f"'on': push\njobs:\n  deploy:\n{steps}"})
    assert check(Project.read(workflow)) == []
