"""What git says when a command on a remote fails, as an engine error."""

import os
import select

import pytest

from wizard.clients import git_remote
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
    (
        "fatal: protocol error: bad line length character: <!DO\nunexpected disconnect",
        UnreachableError,
        "no git service",
    ),
    (f"fatal: Authentication failed for '{URL}/'", NotSignedInError, "Authentication failed"),
    (
        "fatal: could not read Username for 'https://dev.azure.com': terminal prompts disabled",
        NotSignedInError,
        "could not read Username",
    ),
    (
        "fatal: could not read Username for 'https://dev.azure.com'\nsend-pack: unexpected disconnect",
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


@pytest.mark.parametrize(("status", "fix"), [(500, "wait a minute"), (429, "wait a minute"), (401, "sign in again")])
def test_a_status_tells_more_than_gits_guess(status, fix):
    said = f"error: RPC failed; HTTP {status} curl 22 The requested URL returned error: {status}\nhung up unexpectedly"
    error = refusal("push", said)
    assert error.status == status
    assert fix in error.fix


def test_who_was_overtaken_is_told_to_take_it_in():
    assert "git pull --rebase" in refusal("push", "!\tabc:refs/heads/main\t[rejected] (fetch first)").fix


def test_the_credential_goes_by_environment_and_beside_what_others_hand_over(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    variables = GitRemote(tmp_path, URL, Secret("Bearer x"))._variables()
    assert variables["GIT_CONFIG_COUNT"] == "6"
    assert variables["GIT_CONFIG_KEY_3"] == f"http.{URL}.extraHeader"
    assert variables["GIT_CONFIG_VALUE_3"] == "Authorization: Bearer x"
    assert variables["GIT_CONFIG_KEY_2"] == "credential.helper"


def test_a_git_that_never_ends_is_ended_with_its_helpers(tmp_path, monkeypatch):
    script = tmp_path / "git"
    script.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > {tmp_path}/helper\nwait\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(git_remote, "LONGEST_SECONDS", 1.0)
    with pytest.raises(UnreachableError) as caught:
        GitRemote(tmp_path, URL, Secret("Bearer x")).fetch("origin")
    assert "git fetch has not ended" in caught.value.message
    assert caught.value.fix
    assert has_ended(int((tmp_path / "helper").read_text()))


def has_ended(pid):
    """Whether a process is gone, or goes within seconds."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    return bool(select.select([process], [], [], 10)[0])
