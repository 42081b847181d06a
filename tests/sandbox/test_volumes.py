"""Unity Catalog volumes: made by databricks-sdk, filled over the Files API, read by code on a cluster."""

import io
from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, DatabricksError, NotFound
from databricks.sdk.service import catalog, compute, settings

from tests.sandbox.workspaces import WorkspaceAccess

pytestmark = pytest.mark.xdist_group("volumes")

CLUSTER = {"spark_version": "15.4.x-cpu-ml-scala2.12", "node_type_id": "Standard_DS3_v2", "num_workers": 0}


@pytest.fixture(scope="module")
def client(in_workspace: WorkspaceAccess) -> WorkspaceClient:
    return WorkspaceClient(host=in_workspace.host, token=in_workspace.token)


@pytest.fixture(scope="module")
def volume(client: WorkspaceClient) -> Iterator[str]:
    """The path of a volume of the tests' own."""
    client.catalogs.create("wine", comment="made by tests")
    client.schemas.create("raw", "wine")
    made = client.volumes.create("wine", "raw", "data", catalog.VolumeType.MANAGED)
    yield f"/Volumes/{(made.full_name or '').replace('.', '/')}"
    client.catalogs.delete("wine", force=True)


def test_a_workspace_has_a_metastore_and_a_catalog_of_its_own(client: WorkspaceClient) -> None:
    assigned = client.metastores.current()
    assert assigned.default_catalog_name in [each.name for each in client.catalogs.list()]
    assert [each.name for each in client.schemas.list(assigned.default_catalog_name or "")] == ["default"]
    assert client.metastores.summary().metastore_id == assigned.metastore_id


def test_what_was_made_is_listed(client: WorkspaceClient, volume: str) -> None:
    assert [each.full_name for each in client.volumes.list("wine", "raw")] == ["wine.raw.data"]
    assert client.volumes.read("wine.raw.data").volume_type == catalog.VolumeType.MANAGED
    with pytest.raises(BadRequest, match=r"Volume 'wine\.raw\.data' already exists"):
        client.volumes.create("wine", "raw", "data", catalog.VolumeType.MANAGED)


@pytest.mark.parametrize("missing", ["wine.nothing.data", "wine.raw.nothing"])
def test_what_is_not_there_is_not_found(client: WorkspaceClient, volume: str, missing: str) -> None:
    with pytest.raises(NotFound):
        client.volumes.read(missing)


def test_a_filled_catalog_goes_only_by_force(client: WorkspaceClient, volume: str) -> None:
    with pytest.raises(BadRequest, match="not empty"):
        client.catalogs.delete("wine")


def test_files_go_in_and_out(client: WorkspaceClient, volume: str) -> None:
    client.files.upload(f"{volume}/folder/wine.csv", io.BytesIO(b"a;b\n1;2\n"), overwrite=True)
    assert client.files.download(f"{volume}/folder/wine.csv").contents.read() == b"a;b\n1;2\n"
    assert client.files.get_metadata(f"{volume}/folder/wine.csv").content_length == 8
    assert [entry.path for entry in client.files.list_directory_contents(volume)] == [f"{volume}/folder"]
    client.files.delete(f"{volume}/folder/wine.csv")
    with pytest.raises(NotFound):
        client.files.get_metadata(f"{volume}/folder/wine.csv")


def test_a_volume_must_be_made_before_it_is_filled(client: WorkspaceClient, volume: str) -> None:
    with pytest.raises(NotFound, match=r"wine\.raw\.other"):
        client.files.upload("/Volumes/wine/raw/other/a.txt", io.BytesIO(b"a"))
    with pytest.raises(DatabricksError):
        client.files.upload(f"{volume}/../../../../escaped.txt", io.BytesIO(b"a"))


def test_code_on_a_cluster_sees_the_files(client: WorkspaceClient, volume: str) -> None:
    client.files.upload(f"{volume}/wine.csv", io.BytesIO(b"a;b\n1;2\n3;4\n"), overwrite=True)
    cluster = client.clusters.create(cluster_name="volumes", **CLUSTER).result()
    code = f"""
import os, pandas
print(len(pandas.read_csv("{volume}/wine.csv", sep=";")))
print([entry.name for entry in dbutils.fs.ls("{volume}")])
dbutils.fs.put("dbfs:{volume}/by-dbutils.txt", "text")
with open("{volume}/by-python.txt", "w") as out:
    out.write(open("{volume}/by-dbutils.txt").read())
try:
    os.makedirs("/Volumes/wine/raw/other/folder")
except OSError as error:
    print(error.errno)
"""
    said = run(client, cluster.cluster_id or "", code)
    client.clusters.permanent_delete(cluster.cluster_id or "")
    assert said.splitlines()[0] == "2"
    assert "'wine.csv'" in said.splitlines()[1]
    assert said.splitlines()[-1] == "95"
    assert client.files.download(f"{volume}/by-python.txt").contents.read() == b"text"


def run(client: WorkspaceClient, cluster_id: str, code: str) -> str:
    context = client.command_execution.create(cluster_id=cluster_id, language=compute.Language.PYTHON).result()
    done = client.command_execution.execute(
        cluster_id=cluster_id, context_id=context.id, language=compute.Language.PYTHON, command=code
    ).result()
    client.command_execution.destroy(cluster_id, context.id or "")
    assert done.results is not None
    return str(done.results.data or done.results.cause)


class TestLegacyFeatures:
    def test_both_are_on_in_a_new_workspace(self, client: WorkspaceClient) -> None:
        assert client.settings.disable_legacy_dbfs.get().disable_legacy_dbfs.value is False
        assert client.settings.disable_legacy_access.get().disable_legacy_access.value is False

    def test_switching_dbfs_off_leaves_only_volumes(self, client: WorkspaceClient, volume: str) -> None:
        before = client.settings.disable_legacy_dbfs.get()
        assert client.dbfs.exists("/")
        self._set(client, True, before.etag)
        try:
            assert client.settings.disable_legacy_dbfs.get().disable_legacy_dbfs.value is True
            with pytest.raises(DatabricksError, match=r"Public DBFS root is disabled\. Access is denied on path: /"):
                list(client.dbfs.list("/"))
            client.files.upload(f"{volume}/still.txt", io.BytesIO(b"a"), overwrite=True)
        finally:
            self._set(client, False, None)
        assert client.dbfs.exists("/")

    def _set(self, client: WorkspaceClient, value: bool, etag: str | None) -> None:
        wanted = settings.DisableLegacyDbfs(
            disable_legacy_dbfs=settings.BooleanMessage(value), etag=etag, setting_name="default"
        )
        client.settings.disable_legacy_dbfs.update(True, wanted, "disable_legacy_dbfs.value")

    def test_tokens_can_be_switched_off(self, client: WorkspaceClient, workspace: WorkspaceAccess) -> None:
        keys = "enableTokensConfig,maxTokenLifetimeDays"
        assert client.workspace_conf.get_status(keys) == {"enableTokensConfig": "true", "maxTokenLifetimeDays": None}
        with pytest.raises(BadRequest):
            client.workspace_conf.get_status("nonsense")
