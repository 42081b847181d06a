"""Expressions of pipelines: reading, values, functions, refusals."""

import pytest

from wizard.sandbox.agent.expressions import Names, evaluate
from wizard.sandbox.agent.faults import PipelineError

CONTEXTS = {
    "variables": {"Build.SourceBranch": "refs/heads/releases/1", "empty": "", "flag": "True", "count": "7"},
    "dependencies": {"A": {"outputs": {"step.x": "1"}, "result": "Succeeded"}},
    "items": ["a", "b"],
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("eq(variables['Build.SourceBranch'], 'REFS/heads/releases/1')", True),
        ("ne(variables.empty, '')", False),
        ("and(true, startsWith(variables['Build.SourceBranch'], 'refs/heads/releases'))", True),
        ("or(false, not(variables['nothing']))", True),
        ("in('b', 'a', 'B')", True),
        ("notIn('c', 'a', 'b')", True),
        ("contains(variables['build.sourcebranch'], 'RELEASES')", True),
        ("endsWith('abc', 'C')", True),
        ("dependencies.A.outputs['step.x']", "1"),
        ("eq(dependencies.A.result, 'succeeded')", True),
        ("gt(7, variables.count)", False),
        ("ge(7, variables.count)", True),
        ("format('{0}-{1}', 'a', 1)", "a-1"),
        ("coalesce(variables.empty, variables.nothing, 'last')", "last"),
        ("join(';', items)", "a;b"),
        ("items[1]", "b"),
        ("'it''s'", "it's"),
        ("iif(eq(1, '1'), 'yes', 'no')", "yes"),
        ("length(items)", 2),
        ("containsValue(items, 'B')", True),
        ("xor(true, variables.flag)", False),
        ("replace(lower('A.B'), '.', '-')", "a-b"),
        ("null", None),
    ],
)
def test_values(source, value):
    assert evaluate(source, Names(CONTEXTS)) == value


def test_functions_about_states_are_asked():
    names = Names({}, {"succeeded": lambda *jobs: jobs == ("A",), "always": lambda: True})
    assert evaluate("and(always(), succeeded('A'))", names) is True


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("unknown('a')", "Unrecognized value: 'unknown'. Located at position 1 within expression"),
        ("eq(nowhere, 1)", "Unrecognized value: 'nowhere'. Located at position 4"),
        ("eq('a'", "Unexpected end of expression"),
        ("eq('a', 'b'))", r"Unexpected symbol: '\)'"),
        ("eq('a')", "number of parameters"),
        ("a = b", "Unexpected symbol: '='"),
    ],
)
def test_refusals(source, message):
    with pytest.raises(PipelineError, match=message):
        evaluate(source, Names(CONTEXTS))
