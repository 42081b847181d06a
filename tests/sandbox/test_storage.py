"""Blob storage of the sandbox cloud, through azure-storage-blob: contents, and who may do what."""

import base64
import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.identity import ClientSecretCredential
from azure.storage.blob import (
    AccountSasPermissions,
    BlobBlock,
    BlobClient,
    BlobServiceClient,
    ContainerClient,
    ContentSettings,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

from tests.sandbox.workspaces import entra_token, http_client

ARM = "https://management.azure.com"
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"  # Storage Blob Data Contributor
WRONG_KEY = base64.b64encode(b"x" * 64).decode()


class Account:
    """A storage account made for these tests, changed through Resource Manager with plain HTTP."""

    def __init__(self, environment):
        self.environment = environment
        self.name = f"st{uuid.uuid4().hex[:12]}"
        self.url = f"https://{self.name}.blob.core.windows.net"
        self.subscription = f"/subscriptions/{environment['AZURE_SUBSCRIPTION_ID']}"
        self.id = f"{self.subscription}/resourceGroups/rg-blobs/providers/Microsoft.Storage/storageAccounts/{self.name}"

    def create(self):
        group = f"{self.subscription}/resourceGroups/rg-blobs"
        self.arm("PUT", group, "2021-04-01", {"location": "eastus"})
        self.arm("POST", f"{self.subscription}/providers/Microsoft.Storage/register", "2021-04-01")
        provider = f"{self.subscription}/providers/Microsoft.Storage"
        while self.arm("GET", provider, "2021-04-01")["registrationState"] != "Registered":
            pass
        body = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        self.arm("PUT", self.id, "2023-05-01", body)
        while self.arm("GET", self.id, "2023-05-01")["properties"]["provisioningState"] != "Succeeded":
            pass
        return self

    def arm(self, method, path, version, body=None):
        with http_client(self.environment) as http:
            headers = {"Authorization": f"Bearer {entra_token(http, self.environment, ARM)}"}
            answer = http.request(method, f"{ARM}{path}", params={"api-version": version}, json=body, headers=headers)
            answer.raise_for_status()
            return answer.json() if answer.content else None

    @property
    def key(self):
        return self.arm("POST", f"{self.id}/listKeys", "2023-05-01")["keys"][0]["value"]


@pytest.fixture(scope="module")
def account(cloud):
    return Account(cloud.environment).create()


@pytest.fixture
def service(inside, account):
    return BlobServiceClient(account.url, credential=account.key, retry_total=0)


@pytest.fixture
def container(service):
    return service.create_container(f"c-{uuid.uuid4().hex[:8]}")


def refused(call, *arguments, **named):
    with pytest.raises(HttpResponseError) as refusal:
        call(*arguments, **named)
    return refusal.value.status_code, refusal.value.error_code


def later(**time):
    return datetime.now(UTC) + timedelta(**time)


class TestBlobs:
    """What is put in comes out."""

    def test_a_blob_with_an_awkward_name(self, container):
        name = "folder with space/ü#%3F?&=+.csv"
        settings = ContentSettings(content_type="text/csv", cache_control="no-cache")
        container.upload_blob(name, b"a;b\n1;2\n", metadata={"source": "x_y"}, content_settings=settings)
        blob = container.get_blob_client(name)
        about = blob.get_blob_properties()
        assert blob.download_blob().readall() == b"a;b\n1;2\n"
        assert (about.size, about.metadata, about.content_settings.content_type) == (8, {"source": "x_y"}, "text/csv")
        assert [b.name for b in container.list_blobs()] == [name]

    def test_ranges(self, container):
        blob = container.upload_blob("digits", b"0123456789")
        assert blob.download_blob(offset=3, length=4).readall() == b"3456"
        assert blob.download_blob(offset=8, length=40).readall() == b"89"
        assert refused(blob.download_blob, offset=10, length=1) == (416, "InvalidRange")

    def test_an_empty_blob(self, container):
        assert container.upload_blob("nothing", b"").download_blob().readall() == b""

    def test_a_large_blob_in_blocks_from_several_threads(self, inside, account, container):
        content = os.urandom(9 * 1024 * 1024)
        client = BlobClient(
            account.url, container.container_name, "large", credential=account.key,
            max_single_put_size=1024 * 1024, max_block_size=1024 * 1024, max_single_get_size=1024 * 1024,
            max_chunk_get_size=1024 * 1024,
        )  # fmt: skip
        client.upload_blob(content, max_concurrency=4)
        assert client.download_blob(max_concurrency=4).readall() == content

    def test_block_lists(self, container):
        blob = container.get_blob_client("blocks")
        for name in ("one1", "two2"):
            blob.stage_block(name, name.encode() * 2)
        committed, waiting = blob.get_block_list("all")
        assert (committed, [b.id for b in waiting]) == ([], ["one1", "two2"])
        assert not blob.exists()
        blob.commit_block_list([BlobBlock("two2"), BlobBlock("one1")])
        assert blob.download_blob().readall() == b"two2two2one1one1"
        blob.commit_block_list([BlobBlock("one1")])  # from what is committed
        assert blob.download_blob().readall() == b"one1one1"
        assert refused(blob.commit_block_list, [BlobBlock("none")]) == (400, "InvalidBlockList")

    def test_a_damaged_upload_is_refused(self, inside, account, container):
        sas = generate_container_sas(
            account.name, container.container_name, account_key=account.key, permission="cw", expiry=later(hours=1)
        )
        with http_client(inside.environment) as http:
            answer = http.put(
                f"{account.url}/{container.container_name}/damaged?{sas}",
                content=b"content",
                headers={"x-ms-blob-type": "BlockBlob", "Content-MD5": base64.b64encode(b"0" * 16).decode()},
            )
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, "Md5Mismatch")
        assert list(container.list_blobs()) == []

    def test_conditions(self, container):
        blob = container.upload_blob("once", b"1")
        with pytest.raises(ResourceExistsError) as exists:
            container.upload_blob("once", b"2")
        assert exists.value.error_code == "BlobAlreadyExists"
        first = blob.get_blob_properties().etag
        container.upload_blob("once", b"2", overwrite=True)
        overwrite = {"overwrite": True, "etag": first, "match_condition": MatchConditions.IfNotModified}
        assert refused(blob.upload_blob, b"3", **overwrite) == (412, "ConditionNotMet")
        unchanged = {"etag": blob.get_blob_properties().etag, "match_condition": MatchConditions.IfModified}
        assert refused(blob.download_blob, **unchanged)[0] == 304

    def test_lists(self, container):
        for name in ("a/1", "a/2", "b", "c/d/3"):
            container.upload_blob(name, b"")
        assert sorted(b.name for b in container.walk_blobs()) == ["a/", "b", "c/"]
        assert [b.name for b in container.list_blobs(name_starts_with="a/")] == ["a/1", "a/2"]
        pages = [[b.name for b in page] for page in container.list_blobs(results_per_page=3).by_page()]
        assert pages == [["a/1", "a/2", "b"], ["c/d/3"]]

    def test_properties_and_deletion(self, container):
        blob = container.upload_blob("one", b"1")
        blob.set_blob_metadata({"k": "v"})
        blob.set_http_headers(ContentSettings(content_type="text/plain"))
        about = blob.get_blob_properties()
        assert (about.metadata, about.content_settings.content_type) == ({"k": "v"}, "text/plain")
        blob.delete_blob()
        assert refused(blob.get_blob_properties) == (404, "BlobNotFound")
        assert refused(blob.download_blob) == (404, "BlobNotFound")

    def test_containers(self, service, container):
        assert container.container_name in {c.name for c in service.list_containers()}
        assert refused(service.create_container, container.container_name) == (409, "ContainerAlreadyExists")
        assert refused(service.create_container, "No--Good") == (400, "InvalidResourceName")
        container.upload_blob("one", b"1")
        container.delete_container()
        assert refused(container.get_container_properties) == (404, "ContainerNotFound")
        service.create_container(container.container_name)
        assert list(container.list_blobs()) == []


class TestKeys:
    """Shared Key and shared access signatures."""

    def test_a_wrong_key(self, inside, account):
        wrong = BlobServiceClient(account.url, credential=WRONG_KEY, retry_total=0)
        assert refused(wrong.get_service_properties) == (403, "AuthenticationFailed")

    def test_an_old_key_stops_working(self, account, service):
        service.get_service_properties()
        account.arm("POST", f"{account.id}/regenerateKey", "2023-05-01", {"keyName": "key1"})
        assert refused(service.get_service_properties) == (403, "AuthenticationFailed")

    def test_keys_can_be_forbidden(self, account, service):
        key = account.key
        account.arm("PATCH", account.id, "2023-05-01", {"properties": {"allowSharedKeyAccess": False}})
        try:
            assert refused(service.get_service_properties) == (403, "KeyBasedAuthenticationNotPermitted")
            sas = generate_container_sas(account.name, "c", account_key=key, permission="l", expiry=later(hours=1))
            listed = ContainerClient(account.url, "c", credential=sas, retry_total=0).list_blobs()
            assert refused(list, listed) == (403, "KeyBasedAuthenticationNotPermitted")
        finally:
            account.arm("PATCH", account.id, "2023-05-01", {"properties": {"allowSharedKeyAccess": True}})

    def test_nobody(self, inside, account, container):
        anonymous = ContainerClient(account.url, container.container_name, retry_total=0)
        assert refused(list, anonymous.list_blobs()) == (409, "PublicAccessNotPermitted")
        assert refused(anonymous.upload_blob, "x", b"")[0] == 401

    def test_an_account_signature(self, account, container):
        sas = generate_account_sas(
            account.name,
            account.key,
            ResourceTypes(container=True, object=True),
            AccountSasPermissions(read=True, list=True),
            later(hours=1),
        )
        container.upload_blob("one", b"1")
        reader = BlobServiceClient(account.url, credential=sas, retry_total=0)
        there = reader.get_container_client(container.container_name)
        assert there.download_blob("one").readall() == b"1"
        assert refused(there.upload_blob, "two", b"2") == (403, "AuthorizationPermissionMismatch")
        assert refused(list, reader.list_containers()) == (403, "AuthorizationResourceTypeMismatch")

    def test_a_blob_signature_is_for_that_blob(self, account, container):
        container.upload_blob("mine", b"1")
        container.upload_blob("yours", b"2")
        sas = generate_blob_sas(
            account.name,
            container.container_name,
            "mine",
            account_key=account.key,
            permission="r",
            expiry=later(hours=1),
        )
        mine = BlobClient(account.url, container.container_name, "mine", credential=sas, retry_total=0)
        yours = BlobClient(account.url, container.container_name, "yours", credential=sas, retry_total=0)
        assert mine.download_blob().readall() == b"1"
        assert refused(yours.download_blob) == (403, "AuthenticationFailed")
        assert refused(mine.upload_blob, b"3", overwrite=True) == (403, "AuthorizationPermissionMismatch")

    @pytest.mark.parametrize(
        "times",
        [{"expiry": later(hours=-1)}, {"start": later(hours=1), "expiry": later(hours=2)}],
        ids=["over", "early"],
    )
    def test_a_signature_has_its_time(self, account, container, times):
        sas = generate_container_sas(
            account.name, container.container_name, account_key=account.key, permission="l", **times
        )
        client = ContainerClient(account.url, container.container_name, credential=sas, retry_total=0)
        assert refused(list, client.list_blobs()) == (403, "AuthenticationFailed")

    def test_a_signature_that_is_none(self, inside, account):
        with http_client(inside.environment) as http:
            query = f"sv=2021-12-02&sr=b&sp=r&se={later(hours=1):%Y-%m-%d}&sig=%C3%BC"
            answer = http.get(f"{account.url}/c/b?{query}")
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")

    def test_a_signature_of_a_wrong_key(self, account, container):
        sas = generate_container_sas(
            account.name, container.container_name, account_key=WRONG_KEY, permission="l", expiry=later(hours=1)
        )
        client = ContainerClient(account.url, container.container_name, credential=sas, retry_total=0)
        assert refused(list, client.list_blobs()) == (403, "AuthenticationFailed")


class TestEntra:
    """Tokens and data roles."""

    @pytest.fixture
    def credential(self, inside):
        names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
        return ClientSecretCredential(*(inside.environment[name] for name in names))

    def test_an_owner_has_no_data_until_he_has_a_data_role(self, account, container, credential):
        container.upload_blob("one", b"1")
        theirs = ContainerClient(account.url, container.container_name, credential=credential, retry_total=0)
        assert refused(list, theirs.list_blobs()) == (403, "AuthorizationPermissionMismatch")
        assert refused(theirs.download_blob, "one") == (403, "AuthorizationPermissionMismatch")
        roles = f"{account.id}/providers/Microsoft.Authorization/roleAssignments"
        every = account.arm("GET", roles, "2022-04-01")["value"]
        me = next(a["properties"] for a in every if a["properties"]["principalType"] == "ServicePrincipal")
        name = uuid.uuid4()
        body = {"properties": {"roleDefinitionId": CONTRIBUTOR, "principalId": me["principalId"]}}
        account.arm("PUT", f"{roles}/{name}", "2022-04-01", body)
        try:
            assert theirs.download_blob("one").readall() == b"1"
            theirs.upload_blob("two", b"2")
        finally:
            account.arm("DELETE", f"{roles}/{name}", "2022-04-01")
        assert refused(theirs.upload_blob, "three", b"3") == (403, "AuthorizationPermissionMismatch")

    def test_a_token_for_something_else(self, inside, account, container):
        with http_client(inside.environment) as http:
            token = entra_token(http, inside.environment, ARM)
            url = f"{account.url}/{container.container_name}?restype=container"
            answer = http.get(url, headers={"Authorization": f"Bearer {token}", "x-ms-version": "2021-12-02"})
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (401, "InvalidAuthenticationInfo")
        assert "resource_id=https://storage.azure.com" in answer.headers["www-authenticate"]
        assert "Audience validation failed" in answer.text
