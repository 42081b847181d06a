"""A person who belongs to two tenants, at home in one and a guest in the one that has the subscription."""

import pytest

from tests.rehearsal import Rehearsal, new_project
from wizard.clients.azure_login import Login
from wizard.clients.subscriptions import Subscriptions
from wizard.sandbox.scenarios.player import Player

pytestmark = pytest.mark.xdist_group("tenants")

HOME = "fabrikam.onmicrosoft.com"


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("tenants") / "project"))
    rehearsal.start(6000)
    rehearsal.wizard("sandbox", "scenario", "play", "x-several-tenants", check=True)
    yield rehearsal
    rehearsal.stop()


def test_the_wizard_names_the_other_tenants_and_goes_on_in_the_chosen_one(rehearsal):
    device = ("--step", "signin.azure", "--yes", "--set", "azure.signin=device-code")
    at_home = rehearsal.walk("apply", *device, "--set", f"azure.tenant={HOME}")
    assert at_home.exit_code == 1
    last = at_home.of("step.checked")[-1]
    tenant = rehearsal.environment()["AZURE_TENANT_ID"]
    assert last["status"] == "fail"
    assert "sees no subscription in tenant" in last["message"]
    assert f"--set azure.tenant=ID): {tenant}" in last["fix"]
    as_guest = rehearsal.walk("apply", *device, "--set", f"azure.tenant={tenant}")
    assert as_guest.exit_code == 0, as_guest.explain()
    assert f"casey@{HOME}" in as_guest.of("step.checked")[-1]["message"]


@pytest.mark.parametrize("value", ["nonsense", "a b", "contoso."])
def test_what_is_no_tenant_is_refused_before_anything_is_asked(rehearsal, value):
    done = rehearsal.walk("check", "--step", "signin.azure", "--set", f"azure.tenant={value}")
    assert done.exit_code != 0
    assert "tenant's id, or its domain" in str(done.events)


def test_tenants_are_listed_for_a_guest_and_a_token_of_the_wrong_one_opens_nothing(inside):
    with Player(inside.folder) as player:
        player.play("x-several-tenants")
    try:
        login = Login("device-code", HOME)
        login.sign_in(lambda *_: None)
        account = login.account()
        assert (account.name.partition("@")[2], account.kind) == (HOME, "User")
        listing = Subscriptions(login.credential)
        assert listing.list() == []
        assert {each.name for each in listing.tenants()} == {"Fabrikam", "mlops-wizard sandbox"}
    finally:
        with Player(inside.folder) as player:
            player.clear()
