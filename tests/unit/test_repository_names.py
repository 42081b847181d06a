"""Names of repositories and branches, and every spelling of a repository's address."""

import pytest

from wizard.steps import repository_names as names


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/contoso/Wine%20Project/_git/wine-mlops",
        "https://contoso@dev.azure.com/contoso/Wine%20Project/_git/wine-mlops",
        "https://rita:token@dev.azure.com/contoso/wine%20project/_git/WINE-MLOPS/",
        "https://contoso.visualstudio.com/Wine%20Project/_git/wine-mlops",
        "https://contoso.visualstudio.com/DefaultCollection/Wine%20Project/_git/wine-mlops",
        "git@ssh.dev.azure.com:v3/contoso/Wine%20Project/wine-mlops",
        "ssh://git@ssh.dev.azure.com:22/v3/contoso/Wine%20Project/wine-mlops",
        "contoso@vs-ssh.visualstudio.com:v3/contoso/Wine%20Project/wine-mlops",
    ],
)
def test_every_spelling_of_a_repository(url):
    found = names.address(url)
    assert found is not None
    assert found.means("Contoso", ("Wine Project", "id-p"), ("wine-mlops", "id-r"))
    assert not found.means("contoso", ("Wine Project",), ("wine",))
    assert not found.means("fabrikam", ("Wine Project",), ("wine-mlops",))
    assert found.by_ssh == ("@ssh." in url or "vs-ssh" in url)


def test_without_a_project_it_has_the_name_of_the_repository():
    found = names.address("https://dev.azure.com/contoso/_git/wine")
    assert found is not None
    assert found.means("contoso", ("wine",), ("wine",))


@pytest.mark.parametrize(
    "url", ["https://github.com/contoso/wine", "../elsewhere.git", "git@github.com:contoso/wine.git", ""]
)
def test_what_is_no_repository_of_azure_devops(url):
    assert names.address(url) is None


@pytest.mark.parametrize("name", ["wine-mlops", "Wine Mlops", "w", "ö" * 64])
def test_names_of_repositories(name):
    assert names.repository(name) is None


@pytest.mark.parametrize("name", ["", " ", "a/b", "_wine", ".wine", "wine.", "a" * 65, "a:b", "a..b", "a\\b", "a#b"])
def test_what_is_no_name_of_a_repository(name):
    assert "1 to 64 characters" in str(names.repository(name))


@pytest.mark.parametrize("name", ["initial", "feature/wine", "release-1.0"])
def test_names_of_branches(name):
    assert names.branch(name) is None


@pytest.mark.parametrize("name", ["", "-a", "a b", "a..b", "a.lock", "/a", "a/", "a//b", "@", "HEAD", "refs/heads/a"])
def test_what_is_no_name_of_a_branch(name):
    assert names.branch(name) is not None


def test_an_address_to_import_from_holds_no_credential():
    assert names.source("") is None
    assert names.source("https://github.com/contoso/wine") is None
    assert names.source("https://rita:token@github.com/contoso/wine") is not None
    assert names.source("git@github.com:contoso/wine.git") is not None
