"""What `mlops-wizard export` writes of a finished set-up: its script builds the same resources in an empty cloud."""

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from azure.identity import EnvironmentCredential

from tests.sandbox.conftest import FOREIGN, enter
from tests.sandbox.test_whole_way import SHAPES
from wizard.clients.arm import Arm
from wizard.clients.arm_resources import ArmResources
from wizard.clients.azure_login import ARM_SCOPE
from wizard.sandbox import control

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

KINDS = {
    "Microsoft.Databricks/workspaces": "2026-01-01",
    "Microsoft.Storage/storageAccounts": "2023-05-01",
    "Microsoft.KeyVault/vaults": "2023-07-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.MachineLearningServices/workspaces": "2024-04-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2023-01-31",
}
BELOW = {
    "Microsoft.Storage/storageAccounts": "blobServices/default/containers",
    "Microsoft.MachineLearningServices/workspaces": "computes",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "federatedIdentityCredentials",
}
# Azure ML makes these containers by itself, with the first model that comes to it.
OF_AZURE_ML = re.compile(r"/containers/azureml[\w-]*$")
# What each cloud gives out anew or counts from the moment of creation; and what Databricks writes into the registry's
# vault when a scope is made of it.
OWN = re.compile(
    r"[Tt]ime|[Ii]d$|Key$|ConnectionString|Date|(created|modified)On|host|[Uu]rl|[Ff]qdn|parameters|createdBy|updatedBy"
    r"|lease|primaryEndpoints|keyCreation|discovery|[iI]pAddress|cname|notebookInfo|mlFlowTrackingUri|authorizations"
    r"|accessPolicies"
)


def plain(value, subscription):
    """A description without what every cloud gives out anew."""
    if isinstance(value, dict):
        return {key: plain(each, subscription) for key, each in sorted(value.items()) if not OWN.search(key)}
    if isinstance(value, list):
        return [plain(each, subscription) for each in value]
    return value.replace(subscription, "SUBSCRIPTION") if isinstance(value, str) else value


def inventory(environment: dict[str, str]) -> dict[str, dict]:
    """All resources of the four groups, and who has which role there, by their ids behind the subscription."""
    subscription, arm, found = environment["AZURE_SUBSCRIPTION_ID"], Arm(EnvironmentCredential()), {}
    resources = ArmResources(EnvironmentCredential())
    for place in ("dev", "test", "prod", "cmr"):
        group = f"/subscriptions/{subscription}/resourceGroups/rg-wine-{place}"
        held = [arm.send("GET", group, "2021-04-01")]
        for kind, version in KINDS.items():
            for each in arm.send("GET", f"{group}/providers/{kind}", version)["value"]:
                held.append(arm.send("GET", each["id"], version))
                below = BELOW.get(kind)
                if below:
                    listed = arm.send("GET", f"{each['id']}/{below}", version)["value"]
                    held += [one for one in listed if not OF_AZURE_ML.search(one["id"])]
        shown = {}
        for each in held:
            kept = ("name", "type", "location", "tags", "sku", "kind", "properties")
            shown[each["id"]] = {key: each[key] for key in kept if key in each}
        found |= {id_: plain(each, subscription) for id_, each in shown.items()}
        for role in resources.roles(group):
            found[f"{role.scope}: {role.role} of a {role.kind}"] = {}
    return {id_.replace(subscription, "SUBSCRIPTION"): each for id_, each in found.items()}


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    """The folder with all that was exported, and the resources of the cloud that it was exported of."""
    folder = tmp_path_factory.mktemp("exported")
    run = finished.rehearsal.walk(
        "export",
        *("--script", str(folder / "build.sh"), "--bicep", str(folder / "main.bicep")),
        *("--report", str(folder / "report.md")),
    )
    assert run.exit_code == 0, run.explain()
    with pytest.MonkeyPatch.context() as patch:
        enter(finished.rehearsal.environment(), patch)
        return folder, inventory(finished.rehearsal.environment())


def build(script, environment):
    """Run the script as a person does who has two tokens and curl."""
    tokens = {"ARM_TOKEN": ARM_SCOPE, "GRAPH_TOKEN": "https://graph.microsoft.com/.default"}
    given = {name: EnvironmentCredential().get_token(scope).token for name, scope in tokens.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    subscription = {"AZURE_SUBSCRIPTION_ID": environment["AZURE_SUBSCRIPTION_ID"], "PAUSE": "0.1"}
    return subprocess.run(
        ["bash", str(script)], env={**kept, **given, **subscription}, capture_output=True, text=True, timeout=200
    )


@pytest.mark.skipif(not all(map(shutil.which, ("jq", "curl"))), reason="the script needs jq and curl")
def test_the_script_builds_the_same_resources_in_an_empty_cloud_and_changes_nothing_when_it_runs_again(
    exported, tmp_path, monkeypatch
):
    folder, planned = exported
    control.start(tmp_path, 3000)
    try:
        environment = control.environment(tmp_path)
        enter(environment, monkeypatch)
        done = build(folder / "build.sh", environment)
        assert done.returncode == 0, done.stdout + done.stderr
        made = inventory(environment)
        assert sorted(made) == sorted(planned)
        assert {id_: each for id_, each in made.items() if each != planned[id_]} == {}, json.dumps(
            {id_: [each, planned[id_]] for id_, each in made.items() if each != planned[id_]}, indent=1
        )
        again = build(folder / "build.sh", environment)
        assert again.returncode == 0, again.stdout + again.stderr
        assert inventory(environment) == made
    finally:
        control.stop(tmp_path)


def test_the_bicep_files_parse_and_name_every_resource(exported):
    pycep = pytest.importorskip("pycep", reason="pycep-parser is not installed: make setup")
    folder, planned = exported
    texts = {file.name: file.read_text() for file in folder.glob("*.bicep")}
    assert set(texts) == {"main.bicep", *(f"main.{each}.bicep" for each in ("dev", "test", "prod", "cmr"))}
    parsed = {name: pycep.BicepParser().parse(text=text) for name, text in texts.items()}
    assert set(parsed["main.bicep"]["modules"]) == {"dev", "test", "prod", "cmr"}
    assert sum(len(each["resources"]) for each in parsed.values()) == len(planned)


def test_the_report_tells_every_step_and_its_figure_is_whole(exported):
    folder, _ = exported
    text = (folder / "report.md").read_text()
    assert "![What was done when](report.svg)" in text
    assert text.count("| ok |") > 60
    assert "Standard_D3_v2, by the hour" in text
    figure = ET.parse(folder / "report.svg").getroot()  # noqa: S314 - our own
    assert figure.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(figure)) > 60


def test_no_secret_is_in_anything_that_is_exported(exported, finished):
    folder, _ = exported
    environment = finished.rehearsal.environment()
    known = [environment["AZURE_CLIENT_SECRET"], environment["AZURE_DEVOPS_EXT_PAT"]]
    secret = re.compile("|".join([*map(re.escape, known), *SHAPES]))
    assert [file.name for file in folder.iterdir() if secret.search(file.read_text())] == []
