"""DBFS, workspace files and secrets with databricks-sdk."""

import base64
import io

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, DatabricksError, InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.workspace import (
    AclPermission,
    AzureKeyVaultSecretScopeMetadata,
    ImportFormat,
    Language,
    ObjectType,
    ScopeBackendType,
)

from tests.sandbox.workspaces import http_client


@pytest.fixture(scope="module")
def client(in_workspace):
    return WorkspaceClient()


@pytest.fixture
def http(cloud, in_workspace):
    with http_client(cloud.environment) as client:
        client.headers["Authorization"] = f"Bearer {in_workspace.token}"
        client.base_url = in_workspace.host
        yield client


def test_a_large_file_goes_up_in_blocks_and_comes_back(client):
    content = bytes(range(256)) * 10_000
    client.dbfs.upload("/blocks/large.bin", io.BytesIO(content))
    assert client.dbfs.download("/blocks/large.bin").read() == content
    status = client.dbfs.get_status("/blocks/large.bin")
    assert (status.file_size, status.is_dir) == (len(content), False)
    with pytest.raises(ResourceAlreadyExists):
        client.dbfs.upload("/blocks/large.bin", io.BytesIO(b""))


def test_dbfs_folders(client):
    client.dbfs.put("/folders/a/one.txt", contents=base64.b64encode(b"1").decode())
    client.dbfs.mkdirs("/folders/b")
    assert [item.path for item in client.dbfs.list("/folders")] == ["/folders/a", "/folders/b"]
    assert list(client.dbfs.list("/folders/b")) == []
    with pytest.raises(BadRequest, match="not empty"):
        client.api_client.do("POST", "/api/2.0/dbfs/delete", body={"path": "/folders/a"})
    client.dbfs.move("/folders/a", "/folders/c")
    assert client.dbfs.read("/folders/c/one.txt", length=10).data == base64.b64encode(b"1").decode()
    client.dbfs.delete("/folders", recursive=True)
    with pytest.raises(NotFound, match="No file or directory exists on path dbfs:/folders"):
        client.dbfs.get_status("/folders")


def test_the_raw_address_takes_what_mlflow_sends(http, client):
    path = "/dbfs/databricks/mlflow/tmp-external-source//run/model.bin"
    assert http.post(path, content=b"weights").status_code == 200
    assert http.get(path).content == b"weights"
    listed = list(client.dbfs.list("/databricks/mlflow/tmp-external-source//run"))
    assert [item.file_size for item in listed] == [7]
    assert http.get("/dbfs/nothing").json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("path", ["/../../../../etc/passwd", "relative", "/a/../../b"])
def test_no_path_leads_out_of_dbfs(http, path):
    for address in ("get-status", "list", "read"):
        answer = http.get(f"/api/2.0/dbfs/{address}", params={"path": path})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_no_path_leads_out_of_the_workspace_tree(http):
    answer = http.get("/api/2.0/workspace/export", params={"path": "/Shared/../../../state.sqlite"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_homes_are_there(client):
    me = client.current_user.me().user_name
    assert {"/Users", "/Shared"} <= {item.path for item in client.workspace.list("/")}
    assert client.workspace.get_status(f"/Users/{me}").object_type is ObjectType.DIRECTORY
    with pytest.raises(BadRequest, match="protected"):
        client.workspace.delete(f"/Users/{me}", recursive=True)


def test_files_and_notebooks(client):
    folder = "/Shared/project"
    with pytest.raises(NotFound, match="parent folder"):
        client.workspace.upload(f"{folder}/train.py", b"print(1)\n", format=ImportFormat.AUTO)
    client.workspace.mkdirs(folder)
    client.workspace.upload(f"{folder}/train.py", b"print(1)\n", format=ImportFormat.AUTO)
    client.workspace.upload(f"{folder}/book.py", b"# Databricks notebook source\n2\n", format=ImportFormat.AUTO)
    client.workspace.upload(f"{folder}/old", b"3\n", language=Language.PYTHON)
    kinds = {item.path.rpartition("/")[2]: item.object_type for item in client.workspace.list(f"/Workspace{folder}")}
    assert kinds == {"train.py": ObjectType.FILE, "book": ObjectType.NOTEBOOK, "old": ObjectType.NOTEBOOK}
    assert client.workspace.download(f"{folder}/train.py").read() == b"print(1)\n"
    exported = client.workspace.export(f"{folder}/old")
    assert base64.b64decode(exported.content) == b"# Databricks notebook source\n3\n"
    before = client.workspace.get_status(f"{folder}/train.py").object_id
    with pytest.raises(ResourceAlreadyExists):
        client.workspace.upload(f"{folder}/train.py", b"", format=ImportFormat.AUTO)
    client.workspace.upload(f"{folder}/train.py", b"print(2)\n", format=ImportFormat.AUTO, overwrite=True)
    assert client.workspace.get_status(f"{folder}/train.py").object_id == before
    with pytest.raises(DatabricksError, match="type mismatch"):
        client.workspace.upload(f"{folder}/train.py", b"4", language=Language.PYTHON, overwrite=True)
    with pytest.raises(BadRequest, match="not empty"):
        client.workspace.delete(folder)
    client.workspace.delete(folder, recursive=True)
    with pytest.raises(NotFound, match="doesn't exist"):
        client.workspace.get_status(folder)


def test_a_json_import_of_a_file(client):
    client.workspace.import_(
        "/Shared/note.txt", content=base64.b64encode(b"hello").decode(), format=ImportFormat.AUTO, overwrite=True
    )
    assert client.workspace.download("/Shared/note.txt").read() == b"hello"


def test_secrets(client):
    client.secrets.create_scope("things")
    with pytest.raises(ResourceAlreadyExists):
        client.secrets.create_scope("things")
    client.secrets.put_secret("things", "password", string_value="s3cret")
    assert client.dbutils.secrets.get("things", "password") == "s3cret"
    assert [item.key for item in client.secrets.list_secrets("things")] == ["password"]
    client.secrets.put_acl("things", "users", AclPermission.READ)
    assert {item.principal: item.permission for item in client.secrets.list_acls("things")}[
        "users"
    ] is AclPermission.READ
    with pytest.raises(NotFound, match="Secret does not exist with scope: things and key: other"):
        client.secrets.get_secret("things", "other")
    client.secrets.delete_scope("things")
    with pytest.raises(NotFound):
        list(client.secrets.list_secrets("things"))


def test_a_vault_backed_scope_needs_an_entra_token(client):
    vault = AzureKeyVaultSecretScopeMetadata(resource_id="/subscriptions/x", dns_name="https://kv.vault.azure.net/")
    with pytest.raises(InvalidParameterValue, match="Scope with Azure KeyVault must have userAADToken defined!"):
        client.secrets.create_scope(
            "vault", scope_backend_type=ScopeBackendType.AZURE_KEYVAULT, backend_azure_keyvault=vault
        )
