"""The way to the current route: its answers are known to the steps, and so are the steps it goes through."""

from wizard.operations.migration import ANSWERS, STEPS, command
from wizard.steps.checklist import CHECKLIST
from wizard.steps.data_path import VOLUME
from wizard.steps.model_registry import BY_CATALOG, ROUTE


def test_its_answers_are_those_that_the_steps_ask_for():
    questions = dict(CHECKLIST.questions())
    for name, value in ANSWERS.items():
        assert value in questions[name].choices
        assert questions[name].validate(value) is None
    assert ANSWERS[ROUTE.name] == BY_CATALOG
    assert {value for name, value in ANSWERS.items() if name != ROUTE.name} == {VOLUME}


def test_its_steps_are_in_the_checklist():
    found = CHECKLIST.select([], list(STEPS))
    assert {each.step.id for each in found} == set(STEPS)


def test_only_an_apply_keeps_the_answers_and_arms_prod():
    plan, apply = command(apply=False), command(apply=True)
    assert (plan["do"], plan["keep"], plan["armed"], plan["yes"]) == ("plan", False, False, False)
    assert (apply["do"], apply["keep"], apply["armed"], apply["yes"]) == ("apply", True, True, True)
