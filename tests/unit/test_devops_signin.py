"""The step signin.devops: whom it finds, by which credential, and what it says when something is missing."""

import pytest

from tests.unit.fake_cloud import fake_cloud
from wizard.clients.devops import Member, Project
from wizard.engine.errors import AnswerError, NotFoundError, NotSignedInError
from wizard.engine.secrets import Secret
from wizard.engine.step import Status
from wizard.steps import organisation

URL = "https://dev.azure.com/contoso"
TOKEN = "x" * 52


class FakeDevOps:
    """An organisation, or the error that it answers with."""

    def __init__(self, *projects, error=None):
        self.named = {name: Project(f"id-{name}", name, "wellFormed") for name in projects}
        self.error = error

    def me(self):
        if self.error:
            raise self.error
        return Member("id-rita", "Rita", "rita@contoso.example", "descriptor")

    def projects(self):
        return list(self.named.values())

    def project(self, name):
        return self.named.get(name)


@pytest.fixture
async def cloud(tmp_path, monkeypatch):
    for name in ("AZURE_DEVOPS_ORG_URL", "AZURE_DEVOPS_PROJECT", "AZURE_DEVOPS_EXT_PAT"):
        monkeypatch.delenv(name, raising=False)
    return await fake_cloud(tmp_path)


async def by_entra(cloud, devops):
    cloud.session.answers.set("devops.organisation", "contoso")
    await cloud.session.services.get(("devops", cloud.login.credential, URL), lambda: devops)


async def by_token(cloud, devops):
    await cloud.session.services.get(("devops with token", URL, Secret(TOKEN)), lambda: devops)


async def test_without_an_organisation_it_is_for_a_person_to_name_one(cloud):
    with pytest.raises(AnswerError, match="No Azure DevOps organisation is named"):
        await cloud.check("signin.devops")
    assert await cloud.plan("signin.devops") is None


async def test_the_project_is_read(cloud):
    await by_entra(cloud, FakeDevOps("mlops", "other"))
    cloud.session.answers.set("devops.project", "mlops")
    found = await cloud.check("signin.devops")
    assert (found.status, found.facts["project_id"], found.facts["by"]) == (Status.OK, "id-mlops", "the Azure sign-in")
    assert "Rita" in found.message


async def test_the_only_project_needs_no_choice(cloud):
    await by_entra(cloud, FakeDevOps("mlops"))
    assert (await cloud.check("signin.devops")).facts["project"] == "mlops"


async def test_several_projects_need_one(cloud):
    await by_entra(cloud, FakeDevOps("mlops", "other"))
    found = await cloud.check("signin.devops")
    assert (found.status, found.facts["projects"]) == (Status.TODO, "mlops\nother")


@pytest.mark.parametrize(("projects", "says"), [((), "sees no project"), (("other",), "sees no project mlops")])
async def test_a_project_that_cannot_be_seen(cloud, projects, says):
    await by_entra(cloud, FakeDevOps(*projects))
    cloud.session.answers.set("devops.project", "mlops")
    found = await cloud.check("signin.devops")
    assert (found.status, says in found.message) == (Status.FAIL, True)
    assert all(name in found.fix for name in projects)


async def test_a_token_helps_where_the_sign_in_is_not_accepted(cloud, monkeypatch):
    await by_entra(cloud, FakeDevOps(error=NotSignedInError("no")))
    await by_token(cloud, FakeDevOps("mlops"))
    with pytest.raises(NotSignedInError):
        await cloud.check("signin.devops")
    monkeypatch.setenv("AZURE_DEVOPS_EXT_PAT", TOKEN)
    found = await cloud.check("signin.devops")
    assert (found.status, found.facts["by"]) == (Status.OK, "the token in AZURE_DEVOPS_EXT_PAT")
    assert TOKEN not in str(found)


async def test_an_organisation_that_does_not_exist(cloud):
    await by_entra(cloud, FakeDevOps(error=NotFoundError("nothing")))
    found = await cloud.check("signin.devops")
    assert (found.status, URL in found.message) == (Status.FAIL, True)


@pytest.mark.parametrize(
    "spelling",
    [
        "contoso",
        " contoso ",
        "dev.azure.com/contoso",
        "https://dev.azure.com/contoso/",
        "https://contoso@dev.azure.com/contoso/mlops/_git/mlops",
        "HTTPS://DEV.AZURE.COM/contoso?x=1",
        "https://contoso.visualstudio.com",
        "https://contoso.visualstudio.com/DefaultCollection/mlops",
        "git@ssh.dev.azure.com:v3/contoso/mlops/mlops",
        "ssh://git@ssh.dev.azure.com:22/v3/contoso/mlops/mlops",
        "contoso@vs-ssh.visualstudio.com:v3/contoso/mlops/mlops",
    ],
)
def test_every_spelling_of_an_organisation(spelling):
    assert organisation.address(spelling) == URL
    assert organisation.complaint(spelling) is None


@pytest.mark.parametrize(
    "spelling",
    ["", "a b", "-contoso", "contoso-", "x" * 51, "https://github.com/contoso", "https://dev.azure.com/", "ö"],
)
def test_what_is_no_organisation(spelling):
    assert organisation.address(spelling) is None
    assert "dev.azure.com/NAME" in organisation.complaint(spelling)
