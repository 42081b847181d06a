"""Providers, quota, rights, vaults, Azure ML workspaces, volumes: what steps find and plan in every state of theirs."""

import pytest

from tests.unit.fake_azure import ml_workspace, vault
from tests.unit.fake_cloud import ACCOUNT, OURS, VAULT, fake_cloud, workspace
from wizard.clients.access import Eligible
from wizard.clients.key_vaults import DeletedVault
from wizard.engine.errors import AnswerError, NotSignedInError, ServiceError
from wizard.engine.step import Status
from wizard.steps import machines, storage_data, volume, waiting
from wizard.steps.azure_providers import NEEDED
from wizard.steps.needed_rights import CONTRIBUTOR, GIVE_ROLES, SECRETS_OFFICER
from wizard.steps.needed_rights import NEEDED as NEEDED_RIGHTS

WRITE = "Microsoft.Databricks/workspaces/write"


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.0)
    return await fake_cloud(tmp_path)


class TestProviders:
    async def test_those_that_are_missing_are_named_and_registered_together(self, cloud):
        cloud.providers.registered = set(NEEDED) - {"Microsoft.Compute", "Microsoft.Network"}
        outcome = await cloud.check("azure.providers")
        assert (outcome.status, outcome.diagnosis) == (Status.TODO, "F07")
        assert "Microsoft.Compute is NotRegistered" in outcome.message
        actions = await cloud.plan("azure.providers")
        assert len(actions) == 1
        assert "Microsoft.Network" in actions[0].command
        assert (await cloud.apply("azure.providers")).status is Status.OK
        assert await cloud.plan("azure.providers") == []


class TestQuota:
    async def test_room_for_all(self, cloud):
        outcome = await cloud.check("azure.quota")
        assert outcome.status is Status.OK
        assert "36 cores" in outcome.message

    async def test_a_limit_that_is_too_low_is_told_with_the_numbers_to_ask_for(self, cloud):
        cloud.usages.limits["standardDv2Family"] = (2, 10)
        outcome = await cloud.check("azure.quota")
        assert (outcome.status, outcome.diagnosis, outcome.who) == (Status.FAIL, "F12", "an owner of the subscription")
        assert "the limit is 10, 24 are needed" in outcome.message
        assert "at least 26" in outcome.text
        assert "westeurope" in outcome.links[0]
        assert await cloud.plan("azure.quota") is None

    async def test_what_is_in_use_may_be_our_own(self, cloud):
        cloud.usages.limits["cores"] = (80, 100)
        assert (await cloud.check("azure.quota")).status is Status.WARN

    async def test_a_family_that_azure_does_not_list_is_not_judged(self, cloud):
        cloud.usages.limits = {"cores": (0, 100)}
        assert (await cloud.check("azure.quota")).status is Status.OK

    @pytest.mark.parametrize(
        ("size", "family", "cores"),
        [
            ("Standard_DS3_v2", "standardDSv2Family", 4),
            ("Standard_D3_v2", "standardDv2Family", 4),
            ("Standard_D4ds_v5", "standardDDSv5Family", 4),
            ("Standard_E8ads_v5", "standardEADSv5Family", 8),
            ("Standard_NC4as_T4_v3", "Standard NCASv3_T4 Family", 4),
            ("Basic_A1", "", 0),
        ],
    )
    def test_sizes_tell_family_and_cores(self, size, family, cores):
        assert (machines.family(size), machines.cores(size)) == (family, cores)


class TestRights:
    async def test_all_allowed(self, cloud):
        outcome = await cloud.check("azure.rbac")
        assert outcome.status is Status.OK
        assert "checkAccess" in outcome.proof
        assert await cloud.plan("azure.rbac") == []

    async def test_what_is_missing_and_may_be_given_is_given_and_taken_back(self, cloud):
        cloud.access.refused = {NEEDED_RIGHTS["cmr"].data[0]}
        cloud.access.helps = SECRETS_OFFICER.id
        assert (await cloud.check("azure.rbac", "cmr")).status is Status.TODO
        outcome = await cloud.apply("azure.rbac", "cmr")
        assert outcome.status is Status.OK
        assert list(cloud.access.given.values()) == [SECRETS_OFFICER.id]
        assert [action.title for action in await cloud.undo("azure.rbac", "cmr")] == [
            "Take the role Key Vault Secrets Officer back"
        ]
        assert cloud.access.given == {}

    async def test_the_same_role_is_given_under_the_same_name_each_time(self, cloud):
        cloud.access.refused = {WRITE}
        cloud.access.helps = CONTRIBUTOR.id
        first = (await cloud.plan("azure.rbac"))[0].key
        assert (await cloud.plan("azure.rbac"))[0].key == first
        assert (await cloud.plan("azure.rbac", "cmr"))[0].key != first

    async def test_who_may_not_give_roles_gets_a_text_for_who_may(self, cloud):
        cloud.access.refused = {WRITE, GIVE_ROLES}
        outcome = await cloud.check("azure.rbac", "test")
        assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F06")
        assert outcome.who == "an owner of the resource group"
        for part in (
            "me@example.org",
            "p1",
            "Contributor",
            "Role Based Access Control Administrator",
            "/id/rg-wine-test",
        ):
            assert part in outcome.text
        assert await cloud.plan("azure.rbac", "test") is None

    async def test_a_role_that_waits_is_activated(self, cloud):
        cloud.access.refused = {WRITE}
        cloud.access.waiting = [Eligible("Owner", "/roles/owner", "/subscriptions/s")]
        assert "activate Owner" in (await cloud.check("azure.rbac")).fix
        assert (await cloud.apply("azure.rbac")).status is Status.OK
        assert cloud.access.activated == ["Owner"]

    async def test_a_deny_assignment_is_named(self, cloud):
        cloud.access.denial = "No experiments here"
        outcome = await cloud.check("azure.rbac")
        assert (outcome.status, outcome.who) == (Status.FAIL, "whoever made the deny assignment")
        assert "No experiments here" in outcome.text
        assert await cloud.plan("azure.rbac") is None

    async def test_a_condition_that_leaves_out_a_role_is_told_before_it_is_needed(self, cloud):
        only = "ForAnyOfAnyValues:GuidEquals {acdd72a7-3385-48ef-bd42-f606fba81ae7}"
        cloud.access.condition = only
        outcome = await cloud.check("azure.rbac", "test")
        assert outcome.status is Status.FAIL
        assert "leaves out Contributor" in outcome.message
        assert CONTRIBUTOR.id in outcome.text
        assert await cloud.plan("azure.rbac", "test") is None
        cloud.access.condition = only.replace("{", "{" + f"{CONTRIBUTOR.id}, ")
        assert (await cloud.check("azure.rbac", "test")).status is Status.OK

    async def test_where_azure_does_not_answer_the_roles_permissions_decide_and_that_is_said(self, cloud):
        cloud.access.unanswered = True
        outcome = await cloud.check("azure.rbac")
        assert outcome.status is Status.OK
        assert "permissions of your roles" in outcome.proof


class TestVault:
    async def test_it_is_made_and_lets_us_in_after_a_while(self, cloud):
        cloud.vault_secrets.refusal = ServiceError("not yet", status=403, code="ForbiddenByRbac")
        cloud.vault_secrets.opens_after = 1
        assert (await cloud.check("keyvault.vault", "cmr")).status is Status.TODO
        outcome = await cloud.apply("keyvault.vault", "cmr")
        assert outcome.status is Status.OK
        assert "roles (RBAC)" in outcome.message

    async def test_one_of_access_policies_gets_one_for_us(self, cloud):
        cloud.vaults.vaults[VAULT] = vault(VAULT, by_roles=False)
        cloud.vault_secrets.refusal = ServiceError("no policy", status=403, code="AccessDenied")
        cloud.vault_secrets.opens_after = 0
        outcome = await cloud.check("keyvault.vault", "cmr")
        assert (outcome.status, outcome.diagnosis) == (Status.TODO, "F30")
        cloud.vault_secrets.opens_after = 0
        assert (await cloud.apply("keyvault.vault", "cmr")).status is Status.OK
        assert cloud.vaults.let_in == ["p1"]

    @pytest.mark.parametrize(
        "refusal",
        [
            ServiceError("closed", status=403, code="ForbiddenByFirewall"),
            ServiceError("closed for repair", status=503),
            NotSignedInError("closed: the token has expired", status=401),
        ],
    )
    async def test_what_waiting_does_not_change_is_not_waited_for(self, cloud, refusal):
        cloud.vault_secrets.refusal = refusal
        cloud.vault_secrets.opens_after = 1000
        with pytest.raises(ServiceError, match="closed"):
            await cloud.apply("keyvault.vault", "cmr")

    async def test_undo_purges_it_also_when_only_its_name_is_left(self, cloud):
        held = DeletedVault(VAULT, "/x", "westeurope", "2026-12-01", purge_protected=False, tags=OURS)
        cloud.vaults.dead = {VAULT: held}
        assert await cloud.undo("keyvault.vault", "cmr")
        assert cloud.vaults.purged == [VAULT]


class TestNamesOfVaults:
    @pytest.mark.parametrize(("protected", "advice"), [(False, "az keyvault purge"), (True, "purge protection keeps")])
    async def test_a_deleted_vault_holds_its_name(self, cloud, protected, advice):
        cloud.vaults.dead = {VAULT: DeletedVault(VAULT, "/x", "eastus", "2026-12-01", protected)}
        outcome = await cloud.check("plan.names")
        assert (outcome.status, outcome.diagnosis) == (Status.FAIL, "F09")
        assert "2026-12-01" in outcome.message + outcome.fix
        assert advice in outcome.fix

    async def test_a_name_that_somebody_has(self, cloud):
        cloud.vaults.taken = {VAULT}
        outcome = await cloud.check("plan.names")
        assert outcome.diagnosis == "F09"
        assert "--set cmr.key_vault=NAME" in outcome.fix


class TestMachineLearning:
    async def test_it_is_made_with_a_vault_and_insights_of_its_own_and_all_goes_again(self, cloud):
        titles = [action.title.split()[1] for action in await cloud.plan("aml.workspaces")]
        assert titles == ["key", "Application", "Azure"]
        assert (await cloud.apply("aml.workspaces")).status is Status.OK
        assert cloud.ml.parts["storageAccount"] == f"/id/{ACCOUNT}"
        assert await cloud.plan("aml.workspaces") == []
        assert len(await cloud.undo("aml.workspaces")) == 3
        assert (cloud.ml.workspaces, cloud.ml.components, cloud.vaults.vaults) == ({}, {}, {})

    async def test_a_failed_one_is_left_to_a_person(self, cloud):
        cloud.ml.workspaces["mlw-wine-dev"] = ml_workspace("mlw-wine-dev", "Failed")
        assert (await cloud.check("aml.workspaces")).status is Status.FAIL
        assert await cloud.plan("aml.workspaces") is None


class TestVolumeRoute:
    """Where mounts are off the data goes into a volume."""

    @pytest.fixture
    def without_mounts(self, cloud):
        cloud.remember("databricks.workspaces", host="adb-1.2.azuredatabricks.net", id="/id/dbw", mounts="off",
                       catalog="dbw_wine_dev")  # fmt: skip
        cloud.workspaces.workspaces["dbw-wine-dev"] = workspace("dbw-wine-dev")
        cloud.blobs.contents[storage_data.DATASET_NAME] = storage_data.SHIPPED.read_bytes()
        return cloud

    async def test_the_volume_is_made_filled_read_and_dropped(self, without_mounts):
        cloud = without_mounts
        assert [action.title for action in await cloud.plan("databricks.mount")] == [
            "Create volume dbw_wine_dev.default.data",
            "Copy winequality-red.csv into the volume",
        ]
        outcome = await cloud.apply("databricks.mount")
        assert outcome.status is Status.OK
        assert outcome.facts["path"] == "/Volumes/dbw_wine_dev/default/data/winequality-red.csv"
        assert "mounts are off" in outcome.message
        assert await cloud.plan("databricks.mount") == []
        assert await cloud.undo("databricks.mount")
        assert cloud.databricks.volumes.volumes == {}

    async def test_rows_that_the_cluster_does_not_see_are_told(self, without_mounts):
        cloud = without_mounts
        await cloud.apply("databricks.mount")
        cloud.databricks.commands.in_volume = 12
        outcome = await cloud.check("databricks.mount")
        assert outcome.status is Status.TODO
        assert "12 rows instead of 1599" in outcome.message

    async def test_a_person_may_choose_the_route(self, without_mounts):
        cloud = without_mounts
        cloud.session.answers.set("dev.data_route", "mount")
        assert (await cloud.plan("databricks.mount"))[0].title.startswith("Mount")

    async def test_without_a_catalog_a_name_is_asked_for(self, without_mounts):
        cloud = without_mounts
        cloud.remember("databricks.workspaces", host="h", id="i", mounts="off", catalog="")
        with pytest.raises(AnswerError, match="no Unity Catalog catalog"):
            volume.default_name(cloud.at("databricks.mount"))
