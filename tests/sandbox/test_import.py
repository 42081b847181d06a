"""A tenant of a good size, taken into a sandbox cloud that runs, and read back with the vendors' own clients."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.benchmarks.tenant import tenant
from tests.sandbox.conftest import enter
from tests.sandbox.devops_access import basic
from tests.sandbox.workspaces import WorkspaceAccess, new_workspace
from wizard.engine.secrets import Secret
from wizard.sandbox import control

pytestmark = pytest.mark.xdist_group("import")

WORKSPACE = "dbw-large"
GROUPS = "resource_groups"
SECONDS = 10.0  # for the whole import; it takes about one
GROUP = {"name": "rg-new", "location": "westeurope"}
CLUSTER = {
    "cluster_id": "0101-000000-new",
    "spark_version": "15.4.x-scala2.12",
    "node_type_id": "Standard_DS3_v2",
    "num_workers": 0,
}
REPOSITORY = {"name": "new", "project": {"name": "mlops"}}


@dataclass(frozen=True)
class Large:
    """A running cloud into which the large tenant was imported."""

    folder: Path
    environment: dict[str, str]
    workspace: WorkspaceAccess
    said: subprocess.CompletedProcess
    seconds: float


def imported(folder: Path, *arguments: object) -> subprocess.CompletedProcess:
    """Run the command."""
    command = [sys.executable, "-m", "wizard.sandbox.command", "import", "--folder", str(folder), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    folder = tmp_path_factory.mktemp("large")
    control.start(folder, 600)
    try:
        environment = control.environment(folder)
        workspace = new_workspace(environment, WORKSPACE)
        file = folder / "tenant.json"
        file.write_text(json.dumps(tenant(WORKSPACE)))
        started = time.monotonic()
        said = imported(folder, file, "--json")
        yield Large(folder, environment, workspace, said, time.monotonic() - started)
    finally:
        control.stop(folder)


@pytest.fixture
def inside(large: Large, monkeypatch: pytest.MonkeyPatch) -> Large:
    """This process in that cloud for one test."""
    enter(large.environment, monkeypatch)
    return large


def clusters_of(large: Large):
    """The wizard's own client of the workspace."""
    from wizard.clients.databricks import Databricks, TokenSignIn

    host = large.workspace.host.removeprefix("https://")
    return Databricks(host, TokenSignIn(Secret(large.workspace.token))).clusters


def devops_of(large: Large):
    """The wizard's own client of the organisation."""
    from wizard.clients.devops import DevOps
    from wizard.clients.devops_sign_in import TokenSignIn

    environment = large.environment
    return DevOps(environment["AZURE_DEVOPS_ORG_URL"], TokenSignIn(Secret(environment["AZURE_DEVOPS_EXT_PAT"])))


def write(folder: Path, document: object, name: str = "listing.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(document))
    return file


class TestLargeTenant:
    """2,000 resource groups, 500 clusters, 300 repositories."""

    def test_it_is_imported_within_seconds(self, large):
        assert large.said.returncode == 0, large.said.stderr
        assert json.loads(large.said.stdout)["made"] == {"resource_groups": 2000, "clusters": 500, "repositories": 300}
        print(f"imported in {large.seconds:.1f} s")
        assert large.seconds < SECONDS

    def test_importing_again_makes_nothing(self, large):
        said = imported(large.folder, large.folder / "tenant.json", "--json")
        counts = json.loads(said.stdout)
        assert set(counts["made"].values()) == {0}
        assert counts["there"] == {"resource_groups": 2000, "clusters": 500, "repositories": 300}

    def test_resource_groups_come_in_pages_of_a_thousand(self, inside):
        from azure.identity import EnvironmentCredential
        from azure.mgmt.resource import ResourceManagementClient

        client = ResourceManagementClient(EnvironmentCredential(), inside.environment["AZURE_SUBSCRIPTION_ID"])
        pages = [[group.name for group in page] for page in client.resource_groups.list().by_page()]
        assert [len(page) for page in pages] == [1000, 1000, 2]  # the workspace's own two are there as well
        assert "rg-team-1999" in {name for page in pages for name in page}
        one = client.resource_groups.get("rg-team-1999")
        assert (one.location, one.tags, one.properties.provisioning_state) == (
            "westeurope",
            {"owner": "team-4"},
            "Succeeded",
        )

    def test_clusters_come_in_pages_of_twenty_or_a_hundred_at_most(self, inside):
        from databricks.sdk import WorkspaceClient

        client = WorkspaceClient(host=inside.workspace.host, token=inside.workspace.token, auth_type="pat")
        for asked, given in ((None, 20), (7, 7), (100, 100), (1000, 100)):
            query = {"page_size": asked} if asked else {}
            page = client.api_client.do("GET", "/api/2.1/clusters/list", query=query)
            assert len(page["clusters"]) == given
            assert page["next_page_token"]

    def test_the_wizard_finds_the_last_cluster_and_both_of_a_name(self, inside):
        found = clusters_of(inside).list()
        assert len(found) == 490  # ten are of jobs
        assert {each.state for each in found} == {"TERMINATED"}
        oldest = next(each for each in found if each.id == "0101-000000-team0000")
        assert oldest.tags == {"owner": "team-0"}
        twins = {each.id for each in found if each.name == "twin"}
        assert twins == {"0101-000001-team0001", "0101-000498-team0498"}

    def test_all_repositories_come_at_once_and_git_opens_the_last(self, inside):
        found = devops_of(inside).repositories("mlops")
        assert {f"repository-{number:03}" for number in range(300)} <= {each.name for each in found}
        last = next(each for each in found if each.name == "repository-299")
        header = "http.extraHeader=Authorization: " + basic(inside.environment["AZURE_DEVOPS_EXT_PAT"])
        listed = subprocess.run(["git", "-c", header, "ls-remote", last.url], capture_output=True, text=True)
        assert (listed.returncode, listed.stdout) == (0, ""), listed.stderr

    def test_an_imported_cluster_can_be_started(self, inside):
        clusters = clusters_of(inside)
        clusters.start("0101-000400-team0400")
        assert _ended(clusters, "0101-000400-team0400").state == "RUNNING"
        clusters.delete("0101-000400-team0400")
        imported(inside.folder, inside.folder / "tenant.json")  # as it was, for the other tests

    def test_one_on_machines_that_are_not_offered_here_ends_with_the_services_reason(self, inside, tmp_path):
        old = CLUSTER | {"cluster_id": "0101-000000-old", "spark_version": "7.3.x-scala2.12", "cluster_source": "JOB"}
        assert imported(inside.folder, write(tmp_path, [old]), "--workspace", WORKSPACE).returncode == 0
        clusters = clusters_of(inside)
        clusters.start("0101-000000-old")
        ended = _ended(clusters, "0101-000000-old")
        assert (ended.state, ended.reason_code) == ("TERMINATED", "INVALID_ARGUMENT")
        assert "7.3.x-scala2.12" in ended.reason

    def test_the_wizard_follows_the_pages_of_projects(self, inside, tmp_path):
        homes = {f"project {number:03}": [{"name": "code"}] for number in range(120)}
        assert imported(inside.folder, write(tmp_path, {"repositories": homes})).returncode == 0
        assert set(homes) <= {each.name for each in devops_of(inside).projects()}


class TestForms:
    """What the vendors' tools print is taken as it is."""

    def test_bare_lists_in_any_form(self, large, tmp_path):
        files = [
            write(
                tmp_path, {"value": [GROUP | {"name": "rg-form", "tags": None, "type": "x", "managedBy": None}]}, "g"
            ),
            write(tmp_path, [CLUSTER | {"cluster_id": "0101-1-form", "cluster_source": "JOB"}], "c"),
            write(tmp_path, [REPOSITORY | {"name": "form"}], "r"),
            write(tmp_path, [], "empty"),
        ]
        said = imported(large.folder, *files, "--workspace", WORKSPACE, "--json")
        assert said.returncode == 0, said.stderr
        assert json.loads(said.stdout)["made"] == {"resource_groups": 1, "clusters": 1, "repositories": 1}

    def test_a_file_as_powershell_writes_it(self, large, tmp_path):
        file = tmp_path / "groups.json"
        file.write_bytes(json.dumps([GROUP | {"name": "rg-shell"}]).encode("utf-16"))
        assert imported(large.folder, file).returncode == 0


class TestRefusals:
    """An entry that breaks a rule is named with the rule, and nothing at all is imported."""

    @pytest.mark.parametrize(
        ("section", "entry", "place", "rule"),
        [
            (GROUPS, {"location": "eastus"}, "resource_groups[1] ''", "'name' must be a text"),
            (GROUPS, GROUP | {"name": "a b"}, "resource_groups[1] 'a b'", "invalid characters: ' '"),
            (GROUPS, GROUP | {"name": "x" * 91}, "resource_groups[1]", "must not exceed '90' characters"),
            (GROUPS, GROUP | {"name": "x", "location": "mars"}, "[1] 'x'", "'mars' is not available"),
            (GROUPS, GROUP | {"name": "x", "tags": {"a": 1}}, "resource_groups[1] 'x'", "tags must be a map"),
            (GROUPS, GROUP | {"name": "RG-NEW"}, "resource_groups[1] 'RG-NEW'", "'RG-NEW' is listed twice"),
            (GROUPS, "rg", "resource_groups[1]", "not an object"),
            ("clusters", {"nowhere": [CLUSTER]}, "clusters.nowhere[0]", "no workspace 'nowhere'"),
            ("clusters", {WORKSPACE: [CLUSTER | {"cluster_id": "a/b"}]}, "[0]", "'a/b' is no id of a cluster"),
            ("clusters", {WORKSPACE: [CLUSTER | {"num_workers": "two"}]}, "[0]", "for field 'num_workers'"),
            ("clusters", {WORKSPACE: [CLUSTER | {"start_time": "today"}]}, "[0]", "for field 'start_time'"),
            ("clusters", [CLUSTER], "clusters[0]", "name it with --workspace"),
            ("repositories", [{"name": "x"}], "repositories[0] 'x'", "no project is named for it"),
            ("repositories", {"mlops": [{"name": "a:b"}]}, "repositories.mlops[0] 'a:b'", "TF401025"),
            ("repositories", {"a:b": [{"name": "x"}]}, "repositories.a:b[0] 'x'", "TF50316"),
            ("vaults", [], "listing.json", "it has 'vaults'"),
        ],
    )  # fmt: skip
    def test_an_entry_against_a_rule(self, large, tmp_path, section, entry, place, rule):
        before = _memory(large)
        document = {GROUPS: [GROUP], "repositories": [REPOSITORY]}
        document[section] = [*document[GROUPS], entry] if section == GROUPS else entry
        said = imported(large.folder, write(tmp_path, document))
        assert (said.returncode, said.stdout) == (2, "")
        assert place in said.stderr
        assert rule in said.stderr
        assert said.stderr.endswith("Nothing was imported.\n")
        assert _memory(large) == before

    @pytest.mark.parametrize(
        ("content", "rule"),
        [("{", "this is not JSON"), ("3", "neither a list nor"), ('[{"a": 1}]', "its first entry is")],
    )
    def test_a_file_that_is_no_listing(self, large, tmp_path, content, rule):
        file = tmp_path / "listing.json"
        file.write_text(content)
        said = imported(large.folder, file)
        assert (said.returncode, rule in said.stderr) == (2, True), said.stderr

    def test_a_file_that_is_not_there(self, large, tmp_path):
        said = imported(large.folder, tmp_path / "none.json")
        assert (said.returncode, "No such file" in said.stderr) == (2, True)

    def test_names_cannot_write_on_the_terminal(self, large, tmp_path):
        said = imported(large.folder, write(tmp_path, [GROUP | {"name": "\x1b[31mred\u202e"}]))
        assert said.returncode == 2
        assert all(letter.isprintable() or letter == "\n" for letter in said.stderr)

    def test_without_a_sandbox(self, tmp_path):
        said = imported(tmp_path / "none", write(tmp_path, []))
        assert (said.returncode, "mlops-wizard sandbox start" in said.stderr) == (1, True)


def _ended(clusters, cluster_id: str):
    """The cluster once it runs or has ended."""
    deadline = time.monotonic() + 20
    while (found := clusters.get(cluster_id)).state not in ("RUNNING", "TERMINATED"):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def _memory(large: Large) -> tuple[list[tuple], list[str]]:
    """What imports write to: the documents, and the folders of repositories."""
    query = "SELECT * FROM documents WHERE kind LIKE 'arm%' OR kind LIKE 'databricks.cluster' OR kind LIKE 'devops%'"
    with sqlite3.connect(large.folder / "state.sqlite") as store:
        rows = store.execute(query + " ORDER BY kind, key").fetchall()
    return rows, sorted(each.name for each in (large.folder / "git").iterdir())
