"""The Files API with databricks-sdk: artifacts of MLflow runs by path, whole or in parts, never beyond them."""

import io
import os
import time

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import AlreadyExists, NotFound, PermissionDenied

from tests.sandbox.workspaces import http_client


@pytest.fixture(scope="module")
def client(in_workspace):
    return WorkspaceClient()


@pytest.fixture(scope="module")
def http(cloud, in_workspace):
    with http_client(cloud.environment) as client:
        client.headers["Authorization"] = f"Bearer {in_workspace.token}"
        client.base_url = in_workspace.host
        yield client


@pytest.fixture(scope="module")
def artifacts(http):
    """The Files API path of a new run's artifacts."""
    name = "/Shared/files"
    made = http.post("/api/2.0/mlflow/experiments/create", json={"name": name}).raise_for_status().json()
    run = {"experiment_id": made["experiment_id"], "start_time": int(time.time() * 1000)}
    info = http.post("/api/2.0/mlflow/runs/create", json=run).raise_for_status().json()["run"]["info"]
    return f"/WorkspaceInternal/Mlflow/Artifacts/{made['experiment_id']}/Runs/{info['run_id']}/artifacts"


def test_a_file_comes_back_as_it_was_put(client, artifacts):
    content = os.urandom(100_000)
    client.files.upload(f"{artifacts}/some folder/data.bin", io.BytesIO(content), overwrite=True)
    assert client.files.download(f"{artifacts}/some folder/data.bin").contents.read() == content
    about = client.files.get_metadata(f"{artifacts}/some folder/data.bin")
    assert about.content_length == len(content)


def test_an_existing_file_is_kept_unless_overwritten(client, artifacts):
    path = f"{artifacts}/kept.txt"
    client.files.upload(path, io.BytesIO(b"first"), overwrite=True)
    with pytest.raises(AlreadyExists):
        client.files.upload(path, io.BytesIO(b"second"), overwrite=False)
    assert client.files.download(path).contents.read() == b"first"


def test_folders_list_in_pages_and_go_when_empty(client, artifacts):
    for name in ("a", "b", "c"):
        client.files.upload(f"{artifacts}/listed/{name}", io.BytesIO(b"x"), overwrite=True)
    found = list(client.files.list_directory_contents(f"{artifacts}/listed", page_size=2))
    assert [(entry.name, entry.file_size, entry.is_directory) for entry in found] == [
        ("a", 1, False),
        ("b", 1, False),
        ("c", 1, False),
    ]
    for entry in found:
        client.files.delete(entry.path)
    client.files.delete_directory(f"{artifacts}/listed")
    with pytest.raises(NotFound):
        client.files.get_directory_metadata(f"{artifacts}/listed")


def test_a_large_file_is_uploaded_in_parts(client, artifacts):
    large = WorkspaceClient()
    large.files._config.files_ext_multipart_upload_min_stream_size = 1024
    content = os.urandom(700_000)
    large.files.upload(f"{artifacts}/large.bin", io.BytesIO(content), overwrite=True, part_size=100_000)
    assert client.files.download(f"{artifacts}/large.bin").contents.read() == content


def test_nothing_is_uploaded_for_a_run_that_does_not_exist(client):
    path = "/WorkspaceInternal/Mlflow/Artifacts/1/Runs/00000000000000000000000000000000/artifacts/a"
    with pytest.raises(NotFound, match="not found"):
        client.files.upload(path, io.BytesIO(b"x"), overwrite=True)


def test_there_are_no_volumes(client):
    with pytest.raises(NotFound):
        client.files.upload("/Volumes/main/default/v/a", io.BytesIO(b"x"), overwrite=True)


@pytest.mark.parametrize("climb", ["%2e%2e/%2e%2e/%2e%2e/mlflow.db", "..%2f..%2f..%2fmlflow.db", "a%00b"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_path_leads_out_of_the_artifacts(http, artifacts, climb, method):
    refused = http.request(method, f"/api/2.0/fs/files{artifacts}/{climb}", content=b"x" if method == "PUT" else None)
    assert refused.status_code in (400, 404)
    assert refused.json()["error_code"] in ("INVALID_PARAMETER_VALUE", "NOT_FOUND")


def test_a_signed_address_is_good_for_one_file_one_purpose_and_some_time(cloud, http, client, artifacts):
    client.files.upload(f"{artifacts}/one.txt", io.BytesIO(b"one"), overwrite=True)
    client.files.upload(f"{artifacts}/two.txt", io.BytesIO(b"two"), overwrite=True)

    def signed(expiry):
        query = {"path": f"{artifacts}/one.txt", "expire_time": expiry}
        return http.post("/api/2.0/fs/create-download-url", params=query).raise_for_status().json()["url"]

    address = signed("2099-01-01T00:00:00Z")
    with http_client(cloud.environment) as anybody:
        assert anybody.get(address).content == b"one"
        assert anybody.get(address.replace("one.txt", "two.txt")).status_code == 403
        assert anybody.put(address, content=b"other").status_code == 403
        expired = anybody.get(signed("2020-01-01T00:00:00Z"))
        assert expired.status_code == 403
        assert "Signature not valid in the specified time frame" in expired.text


def test_a_wrong_token_is_refused(in_workspace):
    stranger = WorkspaceClient(host=in_workspace.host, token="dapi" + "0" * 32)
    with pytest.raises(PermissionDenied, match="Invalid access token"):
        stranger.files.download("/WorkspaceInternal/Mlflow/Artifacts/1/Runs/1/artifacts/a")
