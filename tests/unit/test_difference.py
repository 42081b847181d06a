"""Which differences between two environments are a surprise, and how both are read."""

import io
from dataclasses import replace

import pytest

from tests.unit.fake_azure import ml_workspace
from tests.unit.fake_cloud import account, cluster, workspace
from tests.unit.fake_devops import connection
from tests.unit.pipeline_walk import pipeline_cloud
from wizard import plain
from wizard.clients.blobs import Blob
from wizard.clients.managed_identities import ManagedIdentity
from wizard.clients.ml_computes import Compute
from wizard.clients.pipelines import Pipeline
from wizard.clients.resource_groups import ResourceGroup
from wizard.clients.variable_groups import Variable, VariableGroup
from wizard.engine.answers import Answers
from wizard.engine.checklist import Checklist, Stage
from wizard.engine.errors import UnreachableError, WizardError
from wizard.engine.events import Differences
from wizard.engine.step import Outcome, Status
from wizard.operations import environment_reading
from wizard.operations.diff import diff
from wizard.operations.difference import (
    ABSENT,
    PLAIN,
    SECRET,
    Expectation,
    Line,
    Reading,
    Rule,
    Section,
    Verdict,
    arranged,
    compare,
    exit_code,
)
from wizard.operations.environment_reading import SOURCES
from wizard.steps.checklist import CHECKLIST, STEPS

OWN, FREE = Expectation(Rule.OWN, "its own"), Expectation(Rule.FREE, "as it likes")
RULES = Section("S", {"host": OWN, "name": FREE, "registry": Expectation(Rule.FREE, "another registry", True)})
COMPARED = ("test", "prod")


def line(name, first, second):
    readings = [Reading({} if value is None else {name: value}) for value in (first, second)]
    return compare(RULES, *readings)[0]


@pytest.mark.parametrize(
    ("name", "first", "second", "verdict"),
    [
        ("runtime", "17.3", "17.3", Verdict.SAME),
        ("runtime", "17.3", "16.4", Verdict.SURPRISE),
        ("runtime", "17.3", None, Verdict.SURPRISE),
        ("host", "a", "b", Verdict.EXPECTED),
        ("host", "a", "a", Verdict.SURPRISE),
        ("name", "a", "b", Verdict.EXPECTED),
        ("name", "a", "a", Verdict.SAME),
        ("name", None, "a", Verdict.SURPRISE),
        ("registry", None, "a", Verdict.EXPECTED),
        ("token", SECRET, SECRET, Verdict.SAME),
        ("token", SECRET, None, Verdict.SURPRISE),
    ],
)
def test_each_rule(name, first, second, verdict):
    found = line(name, first, second)
    assert found.verdict is verdict
    assert bool(found.remark) is (verdict is not Verdict.SAME)
    assert (found.first, found.second) == (first or ABSENT, second or ABSENT)


@pytest.mark.parametrize("name", ["token", "host", "name", "registry"])
def test_what_is_a_secret_on_one_side_is_shown_on_neither(name):
    found = line(name, SECRET, "dapi0123")
    assert (found.first, found.second, found.verdict) == (SECRET, PLAIN, Verdict.SURPRISE)


def test_a_section_that_is_not_there_or_could_not_be_read_is_one_line():
    there = Reading({"a": "1", "b": "2"})
    [found] = compare(RULES, there, Reading(not_set_up="not set up yet: no group"))
    assert (found.first, found.second, found.verdict) == ("set up", "not set up yet: no group", Verdict.NOT_SET_UP)
    [found] = compare(RULES, Reading(unread="no answer"), Reading(not_set_up="not set up yet"))
    assert found.verdict is Verdict.UNREAD


def test_what_needs_somebody_comes_first_and_decides_the_exit_code():
    made = [Line("S", str(each), "", "", each) for each in reversed(Verdict)]
    assert [each.verdict for each in arranged(made)] == list(Verdict)
    codes = {each: exit_code([Line("S", "", "", "", each), Line("S", "", "", "", Verdict.SAME)]) for each in Verdict}
    assert codes == {"surprise": 1, "unread": 3, "not set up": 1, "expected": 0, "same": 0}
    assert exit_code(made) == 1


def checklist():
    """All steps, those that are compared in test and prod at least."""
    compared = {source.step for source in SOURCES}
    places = {each.id: tuple(i.environment for i in CHECKLIST.instances if i.step.id == each.id) for each in STEPS}
    spread = [
        replace(
            step,
            environments=tuple(
                dict.fromkeys([*(p for p in places[step.id] if p), *(COMPARED if step.id in compared else ())])
            ),
        )
        for step in STEPS
    ]
    return Checklist((Stage(0, "All", tuple(spread)),))


def variables(environment, **changes):
    held = {
        "DATABRICKS_HOST": Variable(f"https://{environment}.net"),
        "MODEL": Variable("wine"),
        "SERVICE_NAME": Variable("wine-quality"),
        "DATABRICKS_TOKEN": Variable("", secret=True),
        "REGISTRY_URI": Variable("databricks"),
    }
    return VariableGroup(1, f"{environment}-env", {**held, **changes})


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    """Prod as a true replica of test."""
    found = await pipeline_cloud(tmp_path, monkeypatch)
    session = found.session
    session.checklist = checklist()
    session.answers = Answers(session.project.answers, session.checklist.questions(), {"azure.signin": "environment"})
    answer = lambda name: found.at("plan.names", "").answer(name)  # noqa: E731
    runtime = {"tags": {}, "name": "wine-test"}
    found.databricks.clusters.clusters = [cluster("TERMINATED", **runtime), cluster("RUNNING", name="wine-prod")]
    found.databricks.libraries.statuses = {"mlflow[extras]": "INSTALLED", "pyyaml": "INSTALLED"}
    monkeypatch.setattr(environment_reading.reach, "blobs", blobs)
    for each in COMPARED:
        named = {kind: answer(f"{each}.{kind}") for kind in ("resource_group", "workspace", "ml_workspace")}
        found.groups.groups[named["resource_group"]] = ResourceGroup(
            named["resource_group"], "/id", "westeurope", "Succeeded", {}
        )
        found.workspaces.workspaces[named["workspace"]] = workspace(named["workspace"])
        found.ml.workspaces[named["ml_workspace"]] = ml_workspace(named["ml_workspace"])
        stored = answer(f"{each}.storage_account")
        found.accounts.accounts[stored] = account(stored)
        found.devops.variables.groups[f"{each}-env"] = replace(variables(each), id=COMPARED.index(each))
        name = f"mlops-wizard-{each}"
        found.devops.connections.connections[name] = connection(
            name, id=f"c-{each}", client_id=f"client-{each}", subject=f"sc://{name}"
        )
        identity = f"id-wine-{each}"
        found.identities.identities[identity] = ManagedIdentity(identity, "/id", f"client-{each}", f"p-{each}", "t")
        facts = {
            "databricks.workspaces": {"host": found.databricks.host, "id": "/id/dbw", "mounts": "on"},
            "aml.workspaces": {"id": "/id/mlw"},
            "storage.accounts": {"blob_host": "blobs"},
            "databricks.mount": {"path": "/dbfs/mnt/data/wine.csv"},
            "databricks.libraries": {"mlflow": "3.17.2"},
        }
        for step, learned in facts.items():
            session.state.remember(f"{step}@{each}", Outcome(Status.OK, "remembered", facts=learned))
    found.computes.computes["aks-wine"] = Compute("aks-wine", "/id", "AKS", "Succeeded", 3, "Standard_D2s_v3", "")
    found.devops.pipelines.pipelines["wine-mlops"] = Pipeline(7, "wine-mlops", "f", "r-1", "main", "q")
    found.devops.pipelines.authorized = {
        (7, kind, resource)
        for kind, resources in (("endpoint", ("c-test", "c-prod")), ("variablegroup", ("0", "1")))
        for resource in resources
    }
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "azure-pipelines.yml").write_text(
        "stages:\n  - stage: Test\n  - stage: Prod\n    condition: startsWith(branch, 'releases')\n"
    )
    return found


async def blobs(_):
    class Fake:
        host = "blobs"

        def blob(self, container, name):
            return Blob(name, 84199, "2dae")

    return Fake()


async def told(cloud, **command):
    """The exit code, and the lines by section and name."""
    code = await diff(cloud.session, command)
    [event] = [each for each in cloud.said if isinstance(each, Differences)]
    return code, {(each["section"], each["name"]): each for each in event.lines}


async def test_a_true_replica_has_no_surprise_and_every_section_is_read(cloud):
    code, lines = await told(cloud)
    assert [each for each in lines.values() if each["verdict"] not in ("same", "expected")] == []
    assert code == 0
    assert {section for section, _ in lines} == {source.section.title for source in SOURCES}
    assert lines["Variables", "DATABRICKS_HOST"]["verdict"] == "expected"
    assert lines["Cluster", "runtime"]["verdict"] == "same"
    assert lines["Libraries", "mlflow"]["second"] == "mlflow[extras]"
    assert lines["Release condition", "condition"]["second"].startswith("startsWith")


async def test_what_differs_is_told_first(cloud):
    held = cloud.devops.variables.groups["prod-env"].variables
    held["MODEL"], held["EXTRA"] = Variable("another"), Variable("1")
    held["DATABRICKS_HOST"] = Variable("https://test.net")
    held["REGISTRY_URI"] = Variable("databricks://cmr:cmr")
    held["REGISTRY_TOKEN"] = Variable("", secret=True)
    cloud.databricks.clusters.clusters[1] = replace(cloud.databricks.clusters.clusters[1], runtime="16.4.x")
    code, lines = await told(cloud)
    surprises = [key for key, each in lines.items() if each["verdict"] == "surprise"]
    assert code == 1
    assert surprises == list(lines)[:4]
    assert set(surprises) == {
        ("Registry route", "MODEL without its catalog"),
        ("Variables", "EXTRA"),
        ("Variables", "DATABRICKS_HOST"),
        ("Cluster", "runtime"),
    }
    assert lines["Registry route", "REGISTRY_URI"]["verdict"] == "expected"
    assert lines["Registry route", "REGISTRY_TOKEN"]["second"] == SECRET


async def test_the_same_model_in_a_catalog_is_no_surprise(cloud):
    held = cloud.devops.variables.groups["prod-env"].variables
    held["MODEL"], held["REGISTRY_URI"] = Variable("cmr.wine.wine"), Variable("databricks-uc")
    code, lines = await told(cloud)
    assert code == 0
    assert lines["Registry route", "MODEL"]["verdict"] == "expected"
    assert lines["Registry route", "MODEL without its catalog"]["verdict"] == "same"


async def test_what_is_not_there_yet_is_a_plain_line(cloud):
    del cloud.devops.variables.groups["prod-env"]
    del cloud.identities.identities["id-wine-prod"]
    code, lines = await told(cloud)
    assert code == 1
    assert lines["Variables", ""]["second"] == "not set up yet: there is no variable group prod-env"
    assert lines["Roles", ""]["verdict"] == "not set up"


async def test_an_environment_that_the_checklist_does_not_have_yet_is_a_plain_line(cloud):
    code, lines = await told(cloud, first="dev", second="test")
    assert code == 1
    assert "the checklist has no devops.variables here" in lines["Variables", ""]["first"]


async def test_who_does_not_answer_hides_nobody_else(cloud):
    def no_answer(project, name):
        raise UnreachableError("dev.azure.com does not answer.")

    cloud.devops.connections.get = no_answer
    code, lines = await told(cloud)
    assert code == 3
    assert "does not answer" in lines["Pipeline connection", ""]["first"]
    assert lines["Registry route", "MODEL"]["verdict"] == "same"


@pytest.mark.parametrize("command", [{"second": "moon"}, {"first": "prod", "second": "prod"}])
async def test_environments_that_cannot_be_compared_are_named(cloud, command):
    with pytest.raises(WizardError) as raised:
        await diff(cloud.session, command)
    assert raised.value.code == "usage"


async def test_the_plain_output_leaves_out_what_is_the_same(cloud):
    cloud.devops.variables.groups["prod-env"].variables["MODEL"] = Variable("another")
    await diff(cloud.session, {})
    stream = io.StringIO()
    plain.PlainReader(stream)(cloud.said[-1].to_dict())
    text = stream.getvalue()
    assert text.startswith("prod against test: 1 surprise, ")
    assert "▲ surprise   Registry route: MODEL without its catalog  (it should be the same model)" in text
    assert "SERVICE_NAME" not in text
