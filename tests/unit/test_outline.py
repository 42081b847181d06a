"""The outline, the checklist and the steps tell one story, and importing them brings in no vendor's client."""

import subprocess
import sys

import pytest

from wizard.steps.checklist import CHECKLIST, STEPS
from wizard.steps.outline import OUTLINE


def test_the_checklist_is_the_outline():
    listed = [(line[0], line[1], line[2]) for _, _, lines in OUTLINE for line in lines]
    assert [(step.id, step.title, step.environments) for stage in CHECKLIST.stages for step in stage.steps] == listed


def test_steps_explain_themselves():
    for step in STEPS:
        assert step.why.count(".") >= 2, step.id
        assert step.docs.startswith("https://"), step.id
        assert step.plan is not None, step.id
        assert all(question.prompt for question in step.inputs), step.id


def test_steps_renew_what_is_in_the_checklist_and_comes_before_them():
    order = [each.key for each in CHECKLIST.order]
    renewed = [(key, order.index(each.key)) for each in CHECKLIST.order for key in each.step.renews]
    assert renewed, "a release changes what test has"
    assert all(order.index(key) < place for key, place in renewed)


def test_every_name_is_asked_once_and_has_a_default():
    names = [name for name, _ in CHECKLIST.questions()]
    assert len(names) == len(set(names))
    assert all(question.default for _, question in CHECKLIST.questions())


def test_no_vendor_is_imported_with_the_checklist():
    code = "import sys, wizard.steps.checklist; print([m for m in sys.modules if m.split('.')[0] in sys.argv[1:]])"
    vendors = ["azure", "databricks", "mlflow", "requests", "msal", "textual", "sklearn"]
    done = subprocess.run([sys.executable, "-c", code, *vendors], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_step_may_come_again_in_a_later_stage_for_another_environment():
    from tests.unit.engine_tools import World, making
    from wizard.engine.checklist import Checklist, Stage
    from wizard.engine.errors import WizardError

    world = World()
    dev, test = (making(world, "cluster", environments=(each,)) for each in ("dev", "test"))
    checklist = Checklist((Stage(1, "Local", (dev,)), Stage(2, "Test", (test,))))
    assert [each.key for each in checklist.of_stage(2)] == ["cluster@test"]
    assert [each.key for each in checklist.select([1], [])] == ["cluster@dev"]
    assert [each.key for each in checklist.select([], ["cluster"])] == ["cluster@dev", "cluster@test"]
    with pytest.raises(WizardError, match="twice"):
        Checklist((Stage(1, "Local", (dev,)), Stage(2, "Test", (dev,))))
