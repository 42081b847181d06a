"""The written forms of a plan: a script that only bash can misread, Bicep that parses, a report without a secret."""

import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from tests.unit.engine_tools import World, making, open_session
from tests.unit.fake_cloud import fake_cloud
from wizard.engine.errors import WizardError
from wizard.engine.redaction import Redactor
from wizard.engine.runner import Runner
from wizard.engine.state import State
from wizard.operations.arm.resource import (
    GROUP,
    Application,
    ArmPlan,
    ArmResource,
    IdentityOf,
    IdOf,
    InSubscription,
    Operator,
    RoleGiven,
    TenantId,
)
from wizard.operations.export import bicep
from wizard.operations.export import export as export_module
from wizard.operations.export.export import export
from wizard.operations.export.figure import figure
from wizard.operations.export.report import report
from wizard.operations.export.script import noted, script
from wizard.operations.export.story import Deed, story
from wizard.steps.checklist import CHECKLIST
from wizard.steps.needed_rights import CONTRIBUTOR, SECRETS_USER

STEPS = {each.step.id: each.step for each in CHECKLIST.instances}
STRANGE = "a 'quoted' $HOME `id` ${x} \\ value"


# Stands for the Azure CLI: notes what it is asked, and has what it was told to make.
AZ = r"""#!/usr/bin/env bash
asked="$*"
url="${asked#*--url }"
case "$asked" in
  *get-access-token*) echo 'h.eyJvaWQiOiJtZSIsImlkdHlwIjoidXNlciJ9.s' ;;
  *'ad sp show'*) echo app-object ;;
  *roleAssignments*) echo '{"value": []}' ;;
  *'--method GET'*'/resourceGroups/'*)
    grep -qF -- "--method PUT --url ${url%% *} " "$ASKED" || { echo 'Not Found({"error": {}})' >&2; exit 1; } ;;&
  *) echo '{"id": "/x", "tenantId": "t-1", "registrationState": "Registered",'
     echo '"properties": {"provisioningState": "Succeeded", "principalId": "p-1"}}' ;;
esac
printf '%s\n' "$*" >>"$ASKED"
"""


def resource(step, type_, names, **body):
    body = {"location": "westeurope", "tags": {"mlops-wizard": "wine-test", "note": STRANGE}, **body}
    return ArmResource(step, "test", type_, "rg-wine-test", names, "2024-01-01", body)


@pytest.fixture
def plan():
    group = resource("azure.groups", GROUP, ("rg-wine-test",))
    vault = resource(
        "aml.workspaces", "Microsoft.KeyVault/vaults", ("kv",), properties={"tenantId": TenantId(), "on": True, "n": 7}
    )
    learning = resource(
        "aml.workspaces",
        "Microsoft.MachineLearningServices/workspaces",
        ("mlw",),
        properties={
            "keyVault": IdOf(vault),
            "managed": InSubscription("/resourceGroups/m"),
            "list": ["a"],
            "none": None,
        },
    )
    computes = resource("aks.compute", "Microsoft.MachineLearningServices/workspaces/computes", ("mlw", "aks"))
    identity = resource("devops.connection", "Microsoft.ManagedIdentity/userAssignedIdentities", ("id-wine-test",))
    roles = (
        RoleGiven("devops.connection", "test", CONTRIBUTOR, group, IdentityOf(identity)),
        RoleGiven("cmr.scope", "test", SECRETS_USER, vault, Application("AzureDatabricks", "app-id")),
        RoleGiven("azure.rbac", "test", SECRETS_USER, group, Operator()),
    )
    return ArmPlan((group, vault, learning, computes, identity), roles)


def test_an_id_has_each_name_after_its_kind(plan):
    assert [each.path.partition("/rg-wine-test")[2] for each in plan.resources] == [
        "",
        "/providers/Microsoft.KeyVault/vaults/kv",
        "/providers/Microsoft.MachineLearningServices/workspaces/mlw",
        "/providers/Microsoft.MachineLearningServices/workspaces/mlw/computes/aks",
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-wine-test",
    ]


@pytest.mark.skipif(not shutil.which("jq"), reason="the script needs jq")
def test_the_script_sends_what_is_planned_to_the_letter_by_the_azure_cli(plan, tmp_path):
    text = script(plan, STEPS, "sub-1", {"azure.groups@test": ["az group create"]})
    assert "#   az group create\n" in text
    (tmp_path / "build.sh").write_text(text)
    (tmp_path / "az").write_text(AZ)
    (tmp_path / "az").chmod(0o755)

    def run():
        command, path = ["bash", str(tmp_path / "build.sh")], f"{tmp_path}:/usr/bin:/bin"
        given = {"PATH": path, "HOME": "/nobody", "PAUSE": "0", "ASKED": f"{tmp_path}/asked"}
        done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout, (tmp_path / "asked").read_text()

    _, asked = run()
    assert '"tenantId": "t-1"' in asked
    assert '"managed": "/subscriptions/sub-1/resourceGroups/m"' in asked
    assert asked.count(STRANGE.replace("\\", "\\\\")) == len(plan.resources), "nothing in a value is run or replaced"
    for principal, kind in (("p-1", "ServicePrincipal"), ("app-object", "ServicePrincipal"), ("me", "User")):
        assert f'"principalId": "{principal}",\n    "principalType": "{kind}"' in asked
    said, asked_again = run()
    assert said.count("is there\n") == len(plan.resources)
    assert "tenantId" not in asked_again.removeprefix(asked), "what is there is not made again"


def test_bicep_parses_and_has_every_resource_and_parameter(plan):
    pycep = pytest.importorskip("pycep", reason="pycep-parser is not installed: make setup")
    files = bicep.files(plan, "main")
    parsed = {name: pycep.BicepParser().parse(text=text) for name, text in files.items()}
    assert set(parsed["main.bicep"]["parameters"]) == {"location", "operatorObjectId", "azureDatabricksObjectId"}
    module = parsed["main.test.bicep"]["resources"]
    assert set(module) == {"vault", "machineLearning", "kubernetes", "identity", "role1", "role2", "role3"}
    text = files["main.test.bicep"]
    assert "note: 'a \\'quoted\\' $HOME `id` \\${x} \\\\ value'" in text
    assert "keyVault: vault.id" in text
    assert "parent: machineLearning" in text
    assert "name: guid(resourceGroup().id, identity.id, " in text, "known before the identity is made"


def test_the_journals_commands_are_told_once_where_they_ended_well():
    def entry(event, action, command=""):
        return {"event": event, "instance": "a@dev", "action": action, "command": command}

    entries = [
        *(
            entry("begun", "one", "az one"),
            entry("failed", "one"),
            entry("begun", "one", "az one"),
            entry("ended", "one"),
        ),
        *(entry("begun", "two", "az two"), entry("begun", "three", "databricks three"), entry("ended", "three")),
    ]
    assert noted(entries) == {"a@dev": ["az one"]}


SECRETS = {
    "Databricks token": "dapi" + "0123456789abcdef" * 2,
    "storage key": "Ab0+" * 21 + "xY==",
    "web token": "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0abc.c2lnbmF0dXJl",
    "Entra secret": "abc8Q~" + "d0-_.~" * 5 + "efgh",
    "DevOps token": "x1Y2" * 19 + "AZDO" + "abcd",
    "older DevOps token": "abcdefghij234567" * 3 + "abcd",
}


async def test_no_secret_that_lies_in_the_memory_gets_into_what_is_exported(tmp_path, monkeypatch, plan):
    """Planted past the masking of journal and state, as an older version or a person may have left them."""

    async def planned(_):
        return plan

    monkeypatch.setattr(export_module, "planned", planned)
    cloud = await fake_cloud(tmp_path)
    session, known = cloud.session, "a-password-without-any-shape"
    session.secrets.guard(known)
    told = " ".join([*SECRETS.values(), known])
    entry = {"cloud": "test", "instance": "azure.groups@test", "action": f"say {told}", "key": told}
    entry |= {"command": f"az login --password {told}", "seconds": 1, "time": "2026-01-01T00:00:00+00:00"}
    lines = [json.dumps({**entry, "event": event}) + "\n" for event in ("begun", "ended")]
    session.project.journal.write_text("".join(lines))
    step = {
        "status": "ok",
        "message": told,
        "proof": told,
        "checked": "2026-01-01T00:00:00+00:00",
        "facts": {"version": told},
    }
    session.project.state.write_text(
        json.dumps({"version": 1, "clouds": {"test": {"steps": {"azure.groups@test": step, "signin.azure": {
            **step, "facts": {"account": told, "subscription": "sub-1"}}}}}})
    )  # fmt: skip
    session.state = State(session.project.state, "test", Redactor())
    out = tmp_path / "out"
    out.mkdir()
    command = {"script": str(out / "x.sh"), "bicep": str(out / "x.bicep"), "report": str(out / "x.md")}
    assert await export(session, command) == 0
    texts = {file.name: file.read_text() for file in out.iterdir()}
    assert set(texts) == {"x.sh", "x.bicep", "x.test.bicep", "x.md", "x.svg"}
    assert "az login --password [secret]" in texts["x.sh"], "the planted command is there, masked"
    for name, secret in {**SECRETS, "known password": known}.items():
        assert not [file for file, text in texts.items() if secret in text], name


async def test_the_report_tells_what_was_done_and_no_secret(tmp_path, plan):
    world = World()
    session, _ = open_session(tmp_path, [making(world, "thing", environments=("dev",))])

    async def yes(*_):
        return True

    await Runner(session, yes, yes).apply(session.checklist.instances)
    session.journal.write("begun", instance="x", action="say dapi" + "0" * 32, key="", command="")
    session.journal.write("ended", instance="x", action="say dapi" + "0" * 32, seconds=1)
    told = story(session)
    text = report(told, plan, "report.svg", "now")
    assert "| thing@dev | Thing | ok | there | seen |" in text
    assert "make thing" in text
    assert "| test | Microsoft.KeyVault/vaults | kv | westeurope | nothing by itself |" in text
    assert "dapi" not in text
    assert "could not be listed" in report(told, None, "report.svg", "now")


def test_a_night_without_anything_done_is_cut_short():
    evening, morning = datetime(2026, 1, 1, 20, tzinfo=UTC), datetime(2026, 1, 2, 8, tzinfo=UTC)
    deeds = [Deed("a@dev", "dev", "one", evening, 30, ended_well=True), Deed("b", "", "two", morning, 10, True)]
    assert ">100 s<" in figure(deeds, "x")


def test_the_figure_is_whole_with_any_title_and_with_nothing_done():
    deed = Deed("a@prod", "prod", "<&'\">", datetime(2026, 1, 1, tzinfo=UTC), 2.5, ended_well=False)
    for deeds in ((), (deed,)):
        assert ET.fromstring(figure(deeds, "<all>")).tag.endswith("svg")  # noqa: S314 - our own


async def test_a_report_needs_no_sign_in_but_a_script_does(tmp_path):
    session = (await fake_cloud(tmp_path)).session
    session.state.forget("signin.azure")
    with pytest.raises(WizardError):
        await export(session, {"script": str(tmp_path / "x.sh")})
    assert await export(session, {"report": str(tmp_path / "x.md")}) == 0
    assert (tmp_path / "x.svg").exists()
    with pytest.raises(WizardError) as raised:
        await export(session, {})
    assert raised.value.code == "usage"
