"""What git says when a command on a remote fails, as an engine error."""

import pytest

from wizard.clients.git_remote import GitRemote, refusal
from wizard.engine.errors import NotFoundError, NotSignedInError, ServiceError, UnreachableError
from wizard.engine.secrets import Secret

URL = "https://dev.azure.com/contoso/wine/_git/wine"
SAID = [
    (
        f"fatal: unable to access '{URL}/': Could not resolve host: dev.azure.com",
        UnreachableError,
        "Could not resolve host",
    ),
    ("error: RPC failed; curl 92 HTTP/2 stream 5 was not closed", UnreachableError, "RPC failed"),
    (f"fatal: Authentication failed for '{URL}/'", NotSignedInError, "Authentication failed"),
    (
        "fatal: could not read Username for 'https://dev.azure.com': terminal prompts disabled",
        NotSignedInError,
        "could not read Username",
    ),
    (
        "remote: TF401019: The Git repository with name or identifier wine does not exist or you do not have "
        f"permissions for the operation you are attempting.\nfatal: repository '{URL}/' not found",
        NotFoundError,
        "TF401019: The Git repository",
    ),
    (
        "error: failed to push some refs\n!\tabc:refs/heads/main\t[remote rejected] (TF402455: Pushes to this branch "
        "are not permitted; you must use a pull request to update this branch.)",
        ServiceError,
        "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
    ),
    ("!\tabc:refs/heads/main\t[rejected] (fetch first)\nerror: failed to push", ServiceError, "git push: fetch first"),
]


@pytest.mark.parametrize(("said", "kind", "words"), SAID)
def test_gits_words_become_an_error_that_says_why(said, kind, words):
    error = refusal("push", said)
    assert type(error) is kind
    assert words in error.message
    assert error.fix
    assert error.body == said, "the rules of the diagnosis see all of it"


def test_who_was_overtaken_is_told_to_take_it_in():
    assert "git pull --rebase" in refusal("push", "!\tabc:refs/heads/main\t[rejected] (fetch first)").fix


def test_the_credential_goes_by_environment_and_beside_what_others_hand_over(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    variables = GitRemote(tmp_path, URL, Secret("Bearer x"))._variables()
    assert variables["GIT_CONFIG_COUNT"] == "6"
    assert variables["GIT_CONFIG_KEY_3"] == f"http.{URL}.extraHeader"
    assert variables["GIT_CONFIG_VALUE_3"] == "Authorization: Bearer x"
    assert variables["GIT_CONFIG_KEY_2"] == "credential.helper"
