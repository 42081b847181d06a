"""The identity card: one line for each service and credential, and one that refuses does not hide the others."""

import pytest

from tests.unit.fake_cloud import HOST, fake_cloud
from wizard.engine.errors import NotSignedInError, UnreachableError
from wizard.engine.events import Identity, IdentityAsked
from wizard.engine.secrets import Secret
from wizard.operations.whoami import whoami


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    monkeypatch.delenv("AZURE_DEVOPS_ORG_URL", raising=False)
    return await fake_cloud(tmp_path)


def told(cloud):
    return {(each.place, each.credential): each for each in cloud.said if isinstance(each, Identity)}


async def test_azure_and_the_workspace_tell_who_we_are(cloud):
    assert await whoami(cloud.session, {}) == 0
    found = told(cloud)
    assert {place for place, _ in found} == {"management.azure.com", HOST}
    assert all(each.status == "ok" and each.name and each.expires for each in found.values())


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(NotSignedInError("Invalid access token.", status=403), "fail", 1), (UnreachableError("no answer"), "unknown", 3)],
)
async def test_a_refused_token_is_told_beside_the_others(cloud, error, status, code):
    token = Secret("dapi" + "0" * 32)
    cloud.session.secrets.put("DATABRICKS_TOKEN@dev", token)
    await cloud.knows_token(token.reveal())

    def refuse():
        raise error

    cloud.by_token.me = refuse
    assert await whoami(cloud.session, {}) == code
    by_token = next(each for (_, credential), each in told(cloud).items() if credential.startswith("token"))
    assert by_token.status == status
    assert by_token.message
    assert [each.status for each in told(cloud).values()].count("ok") == 2
    assert token.reveal() not in str(cloud.said)


async def test_every_place_is_named_before_it_answers_so_that_a_screen_can_show_what_it_waits_for(cloud):
    token = Secret("dapi" + "0" * 32)
    cloud.session.secrets.put("DATABRICKS_TOKEN@dev", token)
    await cloud.knows_token(token.reveal())
    await whoami(cloud.session, {})
    kinds = [type(each) for each in cloud.said if isinstance(each, Identity | IdentityAsked)]
    assert kinds[:3] == [IdentityAsked] * 3
    answered = [each for each in cloud.said if isinstance(each, Identity)]
    asked = [each for each in cloud.said if isinstance(each, IdentityAsked)]
    assert {(each.place, each.credential) for each in asked} == {(each.place, each.credential) for each in answered}
    assert {each.kind for each in answered} == {"sign-in", "token"}
