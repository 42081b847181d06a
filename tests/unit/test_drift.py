"""What counts as a difference from the plan, how steps are looked at, and what restoring and adopting do."""

import io
from dataclasses import replace

import pytest

from tests.unit.engine_tools import World, failing, making, open_session
from tests.unit.fake_cloud import cluster, fake_cloud
from tests.unit.pipeline_walk import pipeline_cloud
from wizard import plain
from wizard.clients.variable_groups import Variable, VariableGroup
from wizard.engine.context import Context
from wizard.engine.errors import UnreachableError, WizardError
from wizard.engine.events import Drift
from wizard.engine.runner import Runner
from wizard.engine.step import Action, Outcome, Status
from wizard.operations.arm.resource import ArmResource
from wizard.operations.drift import azure, databricks, devops
from wizard.operations.drift import drift as drift_module
from wizard.operations.drift.adopted import Adopted
from wizard.operations.drift.drift import adopt, drift, named, restore
from wizard.operations.drift.finding import Adopt, Finding, Kind, Restore, arranged, exit_code
from wizard.operations.drift.looking import look
from wizard.operations.drift.reading import NotThereError, Reading
from wizard.steps import clusters


@pytest.fixture
def world():
    return World()


@pytest.fixture
def session(tmp_path, world):
    """Two steps, one after another, and one that never was set up."""
    steps = [making(world, "first"), making(world, "second", needs=("first",)), making(world, "never")]
    opened, _ = open_session(tmp_path, steps)
    for key in ("first", "second"):
        world.made.add(key)
        opened.state.remember(key, Outcome(Status.OK, f"{key} is there", facts={"id": key}))
    return opened


def at(session, key):
    return Context(session, session.checklist.find(key, ""))


def finding(session, key="first", aspect="size", **more):
    return Finding(at(session, key), aspect, "size", "1", "2", Kind.CHANGED, **more)


async def told(session, *readings):
    return {each.key: each for each in await look(session, readings)}


async def test_what_is_as_it_was_does_not_differ_and_what_never_was_is_no_difference(session):
    assert await told(session) == {}


async def test_what_is_gone_is_told_and_not_what_waits_for_it(session, world):
    world.made.clear()
    found = await told(session)
    assert list(found) == ["first"]
    assert (found["first"].kind, found["first"].planned, found["first"].found) == (
        Kind.MISSING, "first is there", "not there",
    )  # fmt: skip
    assert found["first"].restore.words == "apply the step"
    assert found["first"].fix == "1 step(s) that need this one were not looked at"


async def test_what_is_not_needed_on_this_route_is_no_difference_and_holds_nobody_up(tmp_path, world):
    async def not_needed(_):
        return Outcome(Status.SKIP, "not needed", left_out=True)

    steps = [replace(making(world, "first"), check=not_needed), making(world, "second", needs=("first",))]
    session, _ = open_session(tmp_path, steps)
    session.state.remember("second", Outcome(Status.OK, "was there"))
    assert list(await told(session)) == ["second"]


async def test_who_does_not_answer_is_no_difference_and_hides_nobody_else(tmp_path, world):
    steps = [failing("mute", UnreachableError("no answer")), making(world, "gone")]
    session, _ = open_session(tmp_path, steps)
    for key in ("mute", "gone"):
        session.state.remember(key, Outcome(Status.OK, "was there"))
    found = await told(session)
    assert {key: each.kind for key, each in found.items()} == {"mute": Kind.UNREAD, "gone": Kind.MISSING}
    assert found["mute"].restore is None


async def test_a_reading_finds_what_no_check_asks_for(session):
    async def read(context):
        return [finding(session, context.instance.step.id)]

    assert list(await told(session, Reading("first", read))) == ["first:size"]


async def test_a_reading_that_breaks_is_told_as_not_read(session):
    async def read(_):
        raise UnreachableError("no answer")

    found = await told(session, Reading("second", read))
    assert {key: each.kind for key, each in found.items()} == {"second:reading": Kind.UNREAD}


@pytest.mark.parametrize(
    ("flags", "finds", "keys"),
    [
        ({}, True, ["first:size", "first"]),
        ({"tells_all": True}, True, ["first:size"]),
        ({"tells_all": True}, False, ["first"]),
        ({"may_sleep": True}, False, []),
        ({"may_sleep": True}, True, ["first:size"]),
    ],
)
async def test_a_reading_may_speak_for_the_check(session, world, flags, finds, keys):
    world.made.remove("first")

    async def read(_):
        return [finding(session)] if finds else []

    assert list(await told(session, Reading("first", read, **flags))) == keys


async def test_what_is_there_besides_hides_no_complaint_of_the_check(session, world):
    world.made.remove("first")

    async def read(_):
        return [replace(finding(session), kind=Kind.EXTRA)]

    assert list(await told(session, Reading("first", read, tells_all=True))) == ["first:size", "first"]


async def test_a_step_without_facts_that_was_found_wrong_is_still_known_by_those_that_need_it(session, world):
    world.made.remove("first")
    session.state.forget("first")
    session.state.remember("first", Outcome(Status.TODO, "not there"))
    assert list(await told(session)) == ["first"]
    session.state.forget("second")
    assert await told(session) == {}, "what was undone, or never made, is still to do"


async def test_a_thing_that_is_not_there_is_told_by_its_check(session, world):
    world.made.remove("first")

    async def read(_):
        raise NotThereError

    assert list(await told(session, Reading("first", read, tells_all=True, may_sleep=True))) == ["first"]


def test_what_was_adopted_is_no_difference_until_it_changes_again(session):
    seen = finding(session, adopt=Adopt())
    adopt(session, [seen])
    assert Adopted(session).judged(seen).kind is Kind.ADOPTED
    assert Adopted(session).judged(replace(seen, found="3")).kind is Kind.CHANGED
    assert Adopted(session).judged(replace(seen, adopt=None)).kind is Kind.CHANGED
    Adopted(session).drop(seen)
    assert Adopted(session).judged(seen).kind is Kind.CHANGED, "wanted as planned again"


def test_what_needs_somebody_comes_first_and_decides_the_exit_code(session):
    made = [replace(finding(session), kind=kind) for kind in reversed(Kind)]
    assert [each.kind for each in arranged(made)] == list(Kind)
    codes = {each.kind: exit_code([each]) for each in made}
    assert codes == {**dict.fromkeys(Kind, 1), Kind.UNREAD: 3, Kind.ADOPTED: 0}
    assert exit_code([]) == 0


def test_only_what_can_be_done_is_taken(session):
    able, unable = finding(session, restore=Restore("x")), finding(session, aspect="region", fix="make it anew")
    assert named([able, unable], ["first:size"], "restore") == [able]
    assert named([able, unable], ["first", "first:size"], "restore") == [able], "of a whole step what can be done"
    adopted = replace(able, kind=Kind.ADOPTED)
    assert named([able, adopted], ["first"], "restore") == [able], "what was adopted is left"
    assert named([adopted], ["first:size"], "restore") == [adopted], "unless it is named itself"
    with pytest.raises(WizardError, match="cannot be restored: make it anew"):
        named([able, unable], ["first:region"], "restore")
    with pytest.raises(WizardError, match="Nothing to adopt is called nope") as raised:
        named([able], ["nope"], "adopt")
    assert raised.value.code == "usage"


@pytest.mark.parametrize("yes", [True, False])
async def test_restoring_is_confirmed_and_goes_in_the_order_of_need(session, world, yes):
    world.made.clear()

    async def run(_):
        world.log.append("own action")

    async def confirm(*_):
        return yes

    session.act = Runner(session, confirm, confirm).act
    own = Restore("own", (Action("own", "own", run),))
    done = await restore(
        session, [finding(session, "second", restore=own), finding(session, "first", restore=Restore("x"))]
    )
    assert done is yes
    assert world.log == (["make first", "own action"] if yes else [])


def storage(**more):
    body = {
        "location": "westeurope",
        "tags": {"mlops-wizard": "wine-dev"},
        "sku": {"name": "Standard_LRS"},
        "properties": {"minimumTlsVersion": "TLS1_2"},
    }
    return ArmResource(
        "storage.accounts", "dev", "Microsoft.Storage/storageAccounts", "rg", ("acc",), "v", body, **more
    )


FOUND = {
    "location": "West Europe",
    "tags": {"mlops-wizard": "wine-dev"},
    "sku": {"name": "Standard_LRS", "tier": "Standard"},
    "properties": {"minimumTlsVersion": "TLS1_2", "creationTime": "now"},
}


async def test_where_nothing_is_set_up_nothing_is_said_to_be_as_planned(tmp_path, world):
    session, _ = open_session(tmp_path, [making(world, "first")])
    with pytest.raises(WizardError, match="Nothing is set up yet"):
        await drift(session, {})


async def test_a_plan_that_cannot_be_read_is_told_and_not_taken_for_no_difference(session, monkeypatch):
    async def planned(_):
        raise UnreachableError("no answer")

    monkeypatch.setattr(drift_module, "planned", planned)
    said = []
    session.emit = said.append
    assert await drift(session, {}) == 3
    [line] = said[-1].lines
    assert (line["kind"], line["found"]) == ("unread", "no answer")


@pytest.mark.parametrize(
    ("change", "aspect", "kind", "can_be_restored"),
    [
        ({}, None, None, None),
        ({"location": "northeurope"}, "location", Kind.CHANGED, False),
        ({"tags": {}}, "tags.mlops-wizard", Kind.MISSING, True),
        ({"tags": {**FOUND["tags"], "owner": "x"}}, "tags.owner", Kind.EXTRA, True),
        ({"sku": {"name": "Standard_GRS"}}, "sku.name", Kind.CHANGED, True),
        ({"properties": {"minimumTlsVersion": "TLS1_0"}}, "properties.minimumTlsVersion", Kind.CHANGED, True),
        ({"properties": {"allowSharedKeyAccess": False}}, "properties.allowSharedKeyAccess", Kind.CHANGED, True),
    ],
)
async def test_a_resource_is_compared_in_all_that_was_set(tmp_path, change, aspect, kind, can_be_restored):
    context = (await fake_cloud(tmp_path)).at("storage.accounts")
    context.session.journal.write("ended", instance=context.instance.key, action="Create storage account acc")
    found = azure.compare(context, storage(usual={"allowSharedKeyAccess": True}), {**FOUND, **change})
    if aspect is None:
        assert found == []
        return
    [one] = found
    assert (one.aspect, one.kind, one.restore is not None) == (f"storageAccounts.{aspect}", kind, can_be_restored)
    assert bool(one.fix) is not can_be_restored


async def test_what_was_there_before_was_taken_as_it_is(tmp_path):
    context = (await fake_cloud(tmp_path)).at("storage.accounts")
    foreign = {**FOUND, "tags": {"owner": "x"}, "sku": {"name": "Standard_GRS"}}
    assert azure.compare(context, storage(), foreign) == []


async def test_of_what_is_gone_is_told_here_what_no_check_tells(tmp_path):
    context = (await fake_cloud(tmp_path)).at("storage.accounts")
    assert azure.compare(context, storage(), None) == []
    [made_anew] = azure.compare(context, storage(beside=True), None)
    assert (made_anew.kind, made_anew.restore.words) == (Kind.MISSING, "make storageAccounts acc")
    [by_hand] = azure.compare(context, storage(beside=True, made_anew=False), None)
    assert (by_hand.restore, by_hand.fix) == (None, "undo storage.accounts@dev and apply it again")


async def test_a_cluster_differs_by_what_it_is_not_by_whether_it_runs(tmp_path):
    cloud = await fake_cloud(tmp_path)
    asleep = replace(cluster("TERMINATED"), runtime="17.3.x-cpu-ml-scala2.13")
    cloud.databricks.clusters.clusters = [asleep]
    context = cloud.at("databricks.cluster")
    assert await databricks.cluster(context) == []
    command = (
        "databricks clusters create 17.3.x-cpu-ml-scala2.13 --cluster-name wine-dev --node-type-id Standard_DS3_v2"
    )
    context.session.journal.write("begun", instance=context.instance.key, action=clusters.TITLE_CREATE, command=command)
    assert await databricks.cluster(context) == []
    cloud.databricks.clusters.clusters = [replace(asleep, reason_code="CLOUD_PROVIDER_LAUNCH_FAILURE")]
    with pytest.raises(NotThereError):
        await databricks.cluster(context)
    cloud.databricks.clusters.clusters = [
        replace(asleep, runtime="15.4.x", node_type="Big", workers=2, autotermination_minutes=0)
    ]
    found = {each.aspect: each for each in await databricks.cluster(context)}
    assert set(found) == {"runtime", "node_type", "workers", "autotermination_minutes"}
    assert found["node_type"].adopt.answers == {"dev.cluster_node_type": "Big"}
    assert found["runtime"].adopt == Adopt()


async def test_packages_that_are_pinned_or_that_nobody_planned_differ(tmp_path):
    cloud = await fake_cloud(tmp_path)
    installed = ("mlflow[extras]==2.0", "pyyaml", "torch")
    cloud.databricks.libraries.statuses = dict.fromkeys(installed, "INSTALLED") | {"old": "UNINSTALL_ON_RESTART"}
    found = {
        each.aspect: (each.kind, each.planned, each.found)
        for each in await databricks.packages(cloud.at("databricks.libraries"))
    }
    assert found == {
        "mlflow": (Kind.CHANGED, "mlflow[extras]", "mlflow[extras]==2.0"),
        "torch": (Kind.EXTRA, "—", "torch"),
    }
    cloud.databricks.libraries.statuses = {"mlflow[extras]": "PENDING"}
    [missing] = await databricks.packages(cloud.at("databricks.libraries"))
    assert (missing.kind, missing.planned, missing.found) == (Kind.MISSING, "pyyaml", "—")


async def test_variables_differ_by_value_and_by_being_secret_and_no_secret_is_told(tmp_path, monkeypatch):
    cloud = await pipeline_cloud(tmp_path, monkeypatch)
    context = cloud.at("devops.variables", "test")
    values = {name: Variable(value) for name, value in devops.plain(context).items()}
    right = {**values, "DATABRICKS_TOKEN": Variable("", secret=True)}
    cloud.devops.variables.groups["test-env"] = VariableGroup(1, "test-env", right)
    assert await devops.variables(context) == []
    wrong = {**right, "SERVICE_NAME": Variable("other"), "EXTRA": Variable("1"), "DATABRICKS_TOKEN": Variable("dapi-x")}
    del wrong["MODEL"]
    cloud.devops.variables.groups["test-env"] = VariableGroup(1, "test-env", wrong)
    found = {each.aspect: each for each in await devops.variables(context)}
    assert {name: each.kind for name, each in found.items()} == {
        "SERVICE_NAME": Kind.CHANGED, "EXTRA": Kind.EXTRA, "DATABRICKS_TOKEN": Kind.CHANGED, "MODEL": Kind.MISSING,
    }  # fmt: skip
    assert found["SERVICE_NAME"].adopt.answers == {"test.service_name": "other"}
    assert found["MODEL"].adopt is None
    await found["MODEL"].restore.actions[0].run(context)
    await found["EXTRA"].restore.actions[0].run(context)
    left = {each.aspect for each in await devops.variables(context)}
    assert left == {"SERVICE_NAME", "DATABRICKS_TOKEN"}, "one key sets one variable right"
    assert "dapi" not in str([each.line() for each in found.values()])


def test_the_plain_output_tells_both_ways_out(session):
    lines = [finding(session, adopt=Adopt(), restore=Restore("set it to 1")).line()]
    for said, expected in ((lines, "--restore first:size: set it to 1"), ([], "nothing differs from the plan")):
        stream = io.StringIO()
        plain.PlainReader(stream)(Drift(said).to_dict())
        assert expected in stream.getvalue()
