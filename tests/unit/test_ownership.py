"""What a set-up made is told from what was there: by tag, by description, by the journal; and what is kept and why."""

from dataclasses import replace

import pytest

from tests.unit.fake_azure import ml_workspace, vault
from tests.unit.fake_cloud import ACCOUNT, HOST, OURS, VAULT, account, cluster, fake_cloud, workspace
from wizard.clients.key_vaults import DeletedVault
from wizard.clients.ml_workspaces import Component
from wizard.clients.resource_groups import Resource, ResourceGroup
from wizard.engine.step import Action, Kept
from wizard.steps import storage_data, waiting
from wizard.steps.tags import has_our_note, has_our_tag

THEIRS = {"mlops-wizard": "beer-dev"}


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.0)
    cloud = await fake_cloud(tmp_path)
    cloud.remember("databricks.workspaces", host=HOST, id="/id/dbw")
    cloud.remember("storage.accounts", id=f"/id/{ACCOUNT}", blob_host=f"{ACCOUNT}.blob.core.windows.net")
    return cloud


async def way_back(cloud, step_id, environment="dev"):
    """What taking a step back would delete, and what it would keep."""
    context = cloud.at(step_id, environment)
    found = await context.instance.step.undo(context)
    return (
        [each.title for each in found if isinstance(each, Action)],
        [each.thing for each in found if isinstance(each, Kept)],
    )


@pytest.mark.parametrize(
    ("tags", "ours"),
    [(OURS, True), ({"mlops-wizard": "wine-test"}, True), (THEIRS, False), ({}, False),
     ({"mlops-wizard": "wine"}, False), ({"other": "wine-dev"}, False)],
)  # fmt: skip
async def test_the_tag_of_this_set_up_and_no_other(cloud, tags, ours):
    assert has_our_tag(cloud.at("azure.groups"), tags) is ours


@pytest.mark.parametrize(
    ("note", "ours"),
    [("mlops-wizard wine-test", True), ("Mine. mlops-wizard wine-prod", True), ("mlops-wizard winery-test", False),
     ("wine-test", False), ("", False)],
)  # fmt: skip
async def test_the_note_of_this_set_up_and_no_other(cloud, note, ours):
    assert has_our_note(cloud.at("azure.groups"), note) is ours


@pytest.mark.parametrize("tags", [{}, THEIRS])
async def test_what_was_there_before_is_kept(cloud, tags):
    cloud.groups.groups["rg-wine-dev"] = ResourceGroup("rg-wine-dev", "/id/rg", "westeurope", "Succeeded", tags)
    cloud.accounts.accounts[ACCOUNT] = account(ACCOUNT, tags=tags)
    cloud.workspaces.workspaces["dbw-wine-dev"] = workspace("dbw-wine-dev", tags=tags)
    cloud.ml.workspaces["mlw-wine-dev"] = replace(ml_workspace("mlw-wine-dev"), tags=tags)
    cloud.ml.components["appi-wine-dev"] = Component("/id/appi", tags)
    cloud.vaults.vaults[VAULT] = vault(VAULT, tags=tags)
    cloud.databricks.clusters.clusters = [cluster("RUNNING", tags=tags or {"a": "b"})]
    assert await way_back(cloud, "azure.groups") == ([], ["resource group rg-wine-dev"])
    assert await way_back(cloud, "storage.accounts") == ([], [f"storage account {ACCOUNT}"])
    assert await way_back(cloud, "databricks.workspaces") == ([], ["Databricks workspace dbw-wine-dev"])
    assert await way_back(cloud, "aml.workspaces") == (
        [], ["Azure ML workspace mlw-wine-dev", "Application Insights appi-wine-dev"]
    )  # fmt: skip
    assert await way_back(cloud, "keyvault.vault", "cmr") == ([], [f"key vault {VAULT}"])
    assert await way_back(cloud, "databricks.cluster") == ([], ["cluster wine-dev"])


class TestGroup:
    @pytest.fixture
    def ours(self, cloud):
        cloud.groups.groups["rg-wine-dev"] = ResourceGroup("rg-wine-dev", "/id/rg", "westeurope", "Succeeded", OURS)
        return cloud

    async def test_one_with_something_of_others_is_kept_and_says_what(self, ours):
        ours.groups.held["rg-wine-dev"] = [
            Resource("/1", ACCOUNT, "Microsoft.Storage/storageAccounts", OURS),
            Resource("/2", "theirs", "Microsoft.Storage/storageAccounts", {}),
        ]
        context = ours.at("azure.groups")
        (kept,) = await context.instance.step.undo(context)
        assert kept.why.endswith("storageAccounts theirs")
        assert not kept.ours

    async def test_what_azure_made_beside_ours_does_not_count_as_theirs(self, ours):
        ours.ml.workspaces["mlw-wine-dev"] = replace(ml_workspace("mlw-wine-dev"), registry="/Sub/acr")
        ours.groups.held["rg-wine-dev"] = [
            Resource("/sub/ACR", "acr", "Microsoft.ContainerRegistry/registries", {}),
            Resource(
                "/3", "Failure Anomalies - appi-wine-dev", "microsoft.alertsmanagement/smartDetectorAlertRules", {}
            ),
            Resource("/4", "Application Insights Smart Detection", "microsoft.insights/actiongroups", {}),
        ]
        deleted, kept = await way_back(ours, "azure.groups")
        assert (len(deleted), kept) == (1, [])

    async def test_the_registry_of_azure_ml_goes_before_its_workspace(self, ours):
        place = "/subscriptions/s/resourceGroups/rg-wine-dev/providers/Microsoft.ContainerRegistry/registries/acr"
        ours.ml.workspaces["mlw-wine-dev"] = replace(ml_workspace("mlw-wine-dev"), registry=place)
        deleted, _ = await way_back(ours, "aml.workspaces")
        assert deleted == [
            "Delete container registry acr of mlw-wine-dev", "Delete Azure ML workspace mlw-wine-dev for good"
        ]  # fmt: skip


class TestVault:
    def dead(self, *, protected, tags=OURS):
        return {VAULT: DeletedVault(VAULT, "/x", "westeurope", "2026-12-01", protected, tags)}

    async def test_a_deleted_one_is_purged_if_it_was_ours(self, cloud):
        cloud.vaults.dead = self.dead(protected=False)
        assert await way_back(cloud, "keyvault.vault", "cmr") == ([f"Purge key vault {VAULT}, which was deleted"], [])
        cloud.vaults.dead = self.dead(protected=False, tags={})
        assert await way_back(cloud, "keyvault.vault", "cmr") == ([], [])

    async def test_purge_protection_is_told_with_its_end(self, cloud):
        cloud.vaults.vaults[VAULT] = vault(VAULT, purge_protected=True)
        assert await way_back(cloud, "keyvault.vault", "cmr") == ([f"Delete key vault {VAULT}"], [])
        cloud.vaults.vaults.clear()
        cloud.vaults.dead = self.dead(protected=True)
        context = cloud.at("keyvault.vault", "cmr")
        (kept,) = await context.instance.step.undo(context)
        assert kept.ours
        assert "2026-12-01" in kept.why


class TestByTheJournal:
    """What has no place for a mark."""

    def did(self, cloud, step_id, *titles):
        for title in titles:
            for event in ("begun", "ended"):
                cloud.session.journal.write(event, instance=cloud.at(step_id).instance.key, action=title)

    async def test_a_container_and_its_file(self, cloud):
        cloud.blobs.create_container(storage_data.NAME)
        cloud.blobs.contents[storage_data.DATASET_NAME] = b"x"
        assert await way_back(cloud, "storage.container") == ([], ["container data"])
        assert await way_back(cloud, "storage.dataset") == ([], ["winequality-red.csv"])
        self.did(cloud, "storage.container", storage_data.CREATING)
        self.did(cloud, "storage.dataset", storage_data.UPLOADING)
        assert await way_back(cloud, "storage.container") == ([storage_data.DELETING], [])
        assert await way_back(cloud, "storage.dataset") == ([storage_data.DROPPING], [])
        self.did(cloud, "storage.container", storage_data.DELETING)  # what stands now, somebody else has made
        assert await way_back(cloud, "storage.container") == ([], ["container data"])

    async def test_what_broke_off_counts_and_what_was_refused_does_not(self, cloud):
        journal, context = cloud.session.journal, cloud.at("storage.container")
        journal.write("begun", instance=context.instance.key, action="make")
        assert context.made("make")
        journal.write("failed", instance=context.instance.key, action="make", unanswered=True)
        assert context.made("make"), "it may stand there: only the answer was lost"
        journal.write("failed", instance=context.instance.key, action="make", unanswered=False)
        assert not context.made("make")

    async def test_an_azure_ml_workspace_that_is_in_no_list_is_purged_once(self, cloud):
        cloud.groups.groups["rg-wine-dev"] = ResourceGroup("rg-wine-dev", "/id/rg", "westeurope", "Succeeded", OURS)
        assert await way_back(cloud, "aml.workspaces") == ([], [])
        self.did(cloud, "aml.workspaces", "Create Azure ML workspace mlw-wine-dev")
        title = "Delete Azure ML workspace mlw-wine-dev for good"
        assert await way_back(cloud, "aml.workspaces") == ([title], [])
        self.did(cloud, "aml.workspaces", title)
        assert await way_back(cloud, "aml.workspaces") == ([], [])


async def test_a_token_is_forgotten_also_where_its_workspace_is_gone(cloud):
    from wizard.engine.secrets import Secret
    from wizard.steps.script_files import token_key

    context = cloud.at("databricks.token")
    context.secrets.put(token_key(context), Secret("dapi" + "1" * 32))
    assert await cloud.undo("databricks.token")
    assert context.secrets.get(token_key(context)) is None


async def test_contents_that_cannot_be_listed_are_said_to_be_unknown(cloud):
    from wizard.engine.errors import ServiceError

    def refused():
        raise ServiceError("not for you", status=403)

    cloud.workspaces.workspaces["dbw-wine-dev"] = workspace("dbw-wine-dev")
    cloud.databricks.content = refused
    cloud.databricks.models.names = list
    context = cloud.at("databricks.workspaces")
    (action,) = await context.instance.step.undo(context)
    assert action.loses == ("what is in it could not be listed: not for you",)
