"""The interpreter of pipelines with anything in its files: a pipeline, or the reason why it is none. Nothing else."""

import pytest
import yaml
from hypothesis import given

from tests import naughty
from tests.fuzzing import documents, refusal, st
from tests.rehearsal import ROOT
from tests.unit.nearly_pipelines import parts, roots, texts
from wizard.sandbox.agent import reading
from wizard.sandbox.agent.expressions import Names, evaluate
from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.functions import KNOWN
from wizard.sandbox.agent.source import parse
from wizard.sandbox.agent.templates import Expander

CONTEXTS = {
    "variables": {"a": "1", "b": "x"},
    "parameters": {"list": ["a", {"b": "c"}], "map": {"k": [1]}, "none": None},
}


def expressions():
    """Sources that are nearly expressions."""
    atoms = st.one_of(
        st.sampled_from(
            ["variables", "variables.a", "variables['a']", "parameters.list", "parameters.map", "null", "true"]
        ),
        st.sampled_from(
            ["1", "-1.5", "9" * 5000, "1" + "0" * 400, "''", "'{0}'", "'{0.__class__}'", "'{x}'", "'{'", "nowhere"]
        ),
        st.text(max_size=5).map(lambda text: "'" + text.replace("'", "''") + "'"),
        texts,
    )
    calls = st.sampled_from(sorted([*KNOWN, "and", "or", "iif", "succeeded", "no"]))
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.tuples(calls, st.lists(inner, max_size=3)).map(lambda made: f"{made[0]}({', '.join(made[1])})"),
            st.tuples(inner, inner).map(lambda made: f"{made[0]}[{made[1]}]"),
        ),
        max_leaves=6,
    )


@given(expressions())
def test_an_expression_has_a_value_or_a_reason_why_it_has_none(source):
    refused = refusal(PipelineError, lambda: evaluate(source, Names(CONTEXTS)))
    assert refused is None or str(refused)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 100_000,
        "not(" * 5000 + "true" + ")" * 5000,
        "a" + "[0]" * 50_000,
        "9" * 5000,
        f"gt(1.5, {'1' + '0' * 400})",
        "format('{0.__class__}', 'x')",
        "format('{1}', 'x')",
        "format('{x}', 'x')",
        "format('{', 'x')",
        "join(1)",
        "length(null)",
    ],
)
def test_odd_expressions(source):
    try:
        found = evaluate(source, Names(CONTEXTS))
    except PipelineError:
        return
    assert "class" not in str(found)


class Dumper(yaml.SafeDumper):
    """Writes out what stands twice, for which others use anchors."""

    def ignore_aliases(self, data):
        return True


def written(document):
    """A document as YAML."""
    return yaml.dump(document, Dumper=Dumper, allow_unicode=True)


def run_of(files, given=None):
    """What comes of files: a pipeline, or None where the reason was told."""
    made = []

    def attempt():
        expander = Expander(files.get, lambda path: f"File /{path} not found in repository")
        made.append(reading.pipeline(expander.pipeline("p.yml", given or {}, {"a": "1"}), "p.yml"))

    refused = refusal(PipelineError, attempt)
    assert refused is None or str(refused)
    return made[0] if made else None


@given(roots | parts, roots, st.just({}) | st.fixed_dictionaries({"x": documents}))
def test_files_of_any_shape_are_a_pipeline_or_told_why_not(root, template, given_):
    run_of({"p.yml": written(root), "q.yml": written(template)}, given_)


@given(st.text(max_size=60) | texts)
def test_files_of_any_text_are_a_pipeline_or_told_why_not(text):
    run_of({"p.yml": text})


OURS = (ROOT / "pipelines" / "azure-pipelines.yml").read_text()


@given(st.integers(0, len(OURS) - 1), st.integers(0, 40), texts)
def test_our_own_pipeline_with_a_part_exchanged_is_one_or_told_why_not(place, length, text):
    files = {file.name: file.read_text() for file in (ROOT / "pipelines").rglob("*.yml")}
    run_of({**files, "p.yml": OURS[:place] + text + OURS[place + length :]})


BOMB = "a: &a [x, x]\n" + "".join(
    f"{after}: &{after} [*{each}, *{each}]\n" for each, after in zip("abcdefghijkl", "bcdefghijklm", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]",
        "x: &x {y: *x}",
        BOMB,
        "[" * 50_000,
        "{a: " * 20_000,
        "? [a]\n: b",
        "? {a: b}\n: c",
        "!!python/object/apply:os.system [id]",
        "- " * 20_000,
        "\0",
        "\ud800",
        "a: " + "x" * naughty.LARGE,
        "steps: [{template: p.yml}]",
        "<<: {steps: []}",
        "%YAML 9.9\n---\na: b",
        "a: b\n---\nc: d",
    ],
    ids=lambda text: repr(text[:20]),
)
def test_odd_files_are_told_why_they_are_no_pipeline(text):
    assert run_of({"p.yml": text}) is None


def test_files_that_include_each_other_and_loops_within_loops_end():
    assert run_of({"p.yml": "steps: [{template: q.yml}]", "q.yml": "steps: [{template: p.yml}]"}) is None
    loops = "parameters: [{name: x, type: object, default: [1,2,3,4,5,6,7,8,9]}]\nsteps:\n"
    loops += (
        "".join("  " * level + "- ${{ each i in parameters.x }}:\n" for level in range(1, 12))
        + "  " * 12
        + "- script: a\n"
    )
    assert run_of({"p.yml": loops}) is None


def test_anchors_are_refused_as_the_service_does_it():
    with pytest.raises(PipelineError, match="Remove the anchor 'shared'"):
        parse("a: &shared first\nb: *shared\n", "p.yml")
