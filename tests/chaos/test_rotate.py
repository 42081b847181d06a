"""Tokens are rotated: no copy is ever dead, whoever is killed when, and in the end one token of each is left."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from azure.identity import EnvironmentCredential
from azure.keyvault.secrets import SecretClient
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors.base import DatabricksError

from tests.chaos.killing import Killer
from tests.rehearsal import BUT_THE_RUN, Rehearsal, new_project
from tests.sandbox.conftest import enter
from tests.sandbox.devops_access import connection
from wizard.engine.secrets import read_exports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("rotate")]

SCRIPTS = {"dev": "env.sh", "test": "env.test.sh", "prod": "env.prod.sh", "cmr": "env.cmr.sh"}
ACTIONS = 3
PARTS = 4  # of which one is killed, another each day, but for the most telling moment; `make chaos` kills all
MOST_ATTEMPTS = 3 * ACTIONS * len(SCRIPTS)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("rotate") / "project"))
    rehearsal.start(600)
    first = rehearsal.walk("apply", "--yes", *BUT_THE_RUN)
    assert first.exit_code == 0, first.explain()
    yield rehearsal
    rehearsal.stop()


@pytest.fixture
def entered(rehearsal, monkeypatch) -> Rehearsal:
    enter(rehearsal.environment(), monkeypatch)
    return rehearsal


def exports(folder: Path, environment: str) -> dict[str, str]:
    return read_exports(folder / SCRIPTS[environment])


def client(folder: Path, environment: str) -> WorkspaceClient:
    held = exports(folder, environment)
    return WorkspaceClient(host=held["DATABRICKS_HOST"], token=held["DATABRICKS_TOKEN"])


def vault(rehearsal: Rehearsal) -> SecretClient:
    proofs = rehearsal.walk("check", "--step", "keyvault.vault").of("step.checked")[-1]["proof"]
    return SecretClient(f"https://{proofs.split()[0]}", EnvironmentCredential())


def refusal(held: Callable[[], WorkspaceClient]) -> str:
    """What the workspace says to whoever uses a copy, "" when it answers.

    One that was read before it was replaced, and used after that, is not held by the copy any more.
    """
    used = held()
    try:
        used.current_user.me()
    except DatabricksError as error:
        return str(error) if held().config.token == used.config.token else ""
    return ""


@contextmanager
def used_all_the_time(rehearsal: Rehearsal) -> Iterator[list[str]]:
    """Whoever reads a copy calls its workspace with it, again and again; gives the refusals."""
    refused: list[str] = []
    secrets, host = vault(rehearsal), exports(rehearsal.folder, "cmr")["DATABRICKS_HOST"]
    copies = {name: partial(client, rehearsal.folder, name) for name in SCRIPTS}
    copies["vault"] = lambda: WorkspaceClient(host=host, token=secrets.get_secret("cmr-token").value)
    ended = threading.Event()

    def use() -> None:
        while not ended.wait(0.2):
            refused.extend(f"{name}: {said}" for name, held in copies.items() if (said := refusal(held)))

    user = threading.Thread(target=use)
    user.start()
    try:
        yield refused
    finally:
        ended.set()
        user.join()


def state(rehearsal: Rehearsal) -> dict:
    """The tokens there are by environment, and the ids that the groups name."""
    environment = rehearsal.environment()
    tasks = connection(environment, environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1.get_task_agent_client()
    groups = {each.name: each.variables for each in tasks.get_variable_groups(environment["AZURE_DEVOPS_PROJECT"])}
    return {
        "listed": {name: [each.token_id for each in client(rehearsal.folder, name).tokens.list()] for name in SCRIPTS},
        "named": {
            "test": groups["test-env"]["DATABRICKS_TOKEN_ID"].value,
            "prod": groups["prod-env"]["DATABRICKS_TOKEN_ID"].value,
            "cmr": groups["prod-env"]["REGISTRY_TOKEN_ID"].value,
        },
    }


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_killed_at_every_action_all_copies_live_and_one_token_is_left(entered, moment):
    before = state(entered)["listed"]
    parts = 1 if moment == "during" or os.environ.get("CHAOS") == "all" else PARTS
    killer = Killer(entered, moment, verb="rotate", parts=parts)
    with used_all_the_time(entered) as refused:
        for _ in range(MOST_ATTEMPTS):
            attempt = killer.attempt()
            if attempt.ended:
                break
            assert attempt.killed_in, attempt.events[-5:]
    assert attempt.ended
    assert attempt.events[-1]["exit_code"] == 0, attempt.events[-10:]
    assert refused == []
    print(f"killed {moment} {len(killer.done)} actions")
    assert parts > 1 or {step for step, _ in killer.done} == {f"token.rotation@{name}" for name in SCRIPTS}
    after = state(entered)
    assert all(len(listed) == 1 for listed in after["listed"].values())
    assert {name: [named] for name, named in after["named"].items()} == {
        name: after["listed"][name] for name in after["named"]
    }
    assert not any(set(before[name]) & set(after["listed"][name]) for name in SCRIPTS)
    tokens = {name: exports(entered.folder, name)["DATABRICKS_TOKEN"] for name in SCRIPTS}
    assert vault(entered).get_secret("cmr-token").value == tokens["cmr"]
    assert not any(token in str(attempt.events) for token in tokens.values())


def test_all_steps_are_as_before(entered):
    again = entered.walk("apply", "--yes", *BUT_THE_RUN)
    assert again.exit_code == 0, again.explain()
    assert again.summary["actions"] == 0


def test_one_environment_can_be_rotated_alone_and_an_unknown_one_is_refused(entered):
    before = state(entered)["listed"]
    done = entered.walk("rotate", "dev", "--yes")
    assert done.exit_code == 0, done.explain()
    after = state(entered)["listed"]
    assert [name for name in SCRIPTS if before[name] != after[name]] == ["dev"]
    refused = entered.walk("rotate", "nowhere", "--yes")
    assert refused.exit_code == 2
    assert "nowhere has no token" in refused.of("problem")[-1]["message"]
