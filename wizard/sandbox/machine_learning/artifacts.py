"""Artifacts: files in the workspace's own storage account, which clients write and read by signed addresses."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning.call import Call
from wizard.sandbox.machine_learning.errors import MlError, answer
from wizard.sandbox.storage.accounts import Account, account_of_host
from wizard.sandbox.storage.blobs import Blobs
from wizard.sandbox.storage.containers import Containers, new_etag
from wizard.sandbox.storage.sas import blob_address

CONTAINER = "azureml"
_KIND = "ml_artifact"
_WRITE = timedelta(days=1)
_READ = timedelta(hours=8)
_AT_ONCE = 50  # empty artifacts that one request may make


class Artifacts:
    """The artifacts of one workspace. Their names have an origin, a container and a path."""

    def __init__(self, cloud: Cloud, workspace: Resource) -> None:
        self._cloud = cloud
        self._workspace = workspace

    @property
    def account(self) -> Account:
        """The workspace's storage account; raises MlError when it is gone."""
        name = str(self._workspace.properties["storageAccount"]).rpartition("/")[2]
        found = account_of_host(self._cloud, f"{name}.blob.core.windows.net")
        if found is None:
            raise MlError(400, "StorageAccountNotFound", f"The storage account {name} of the workspace was not found.")
        return found

    def create(self, name: str) -> dict[str, Any]:
        """Note an artifact that is about to be written."""
        containers = Containers(self._cloud, self.account.uid)
        if containers.get(CONTAINER) is None:
            containers.create(CONTAINER, {})
        made = {"etag": new_etag(), "createdTime": moment()}
        self._cloud.store.put(_KIND, self._key(name), made)
        return _split(name) | {"artifactId": name} | made

    def names(self, prefix: str) -> list[str]:
        """The artifacts that are one of this name, or stand below it."""
        start = self._key("")
        keys = [key.removeprefix(start) for key, _ in self._cloud.store.items(_KIND, start + prefix)]
        return [name for name in keys if name == prefix or prefix.endswith("/") or name.startswith(f"{prefix}/")]

    def write_address(self, name: str) -> str:
        """Where an artifact can be written."""
        return blob_address(self.account, CONTAINER, name, "rcw", _WRITE)

    def read_address(self, name: str) -> str:
        """Where an artifact can be read."""
        return blob_address(self.account, CONTAINER, name, "r", _READ)

    def files(self, prefix: str) -> Iterator[tuple[str, Path]]:
        """The written artifacts of this name or below it, each with the file that holds its content."""
        blobs = Blobs(self._cloud, self.account.uid, CONTAINER)
        for blob in blobs.all(prefix):
            if blob.name == prefix or blob.name.startswith(f"{prefix}/"):
                yield blob.name, blobs.file(blob)

    def _key(self, name: str) -> str:
        return f"{self._workspace.uid}/{name}"


def _split(name: str) -> dict[str, str]:
    origin, container, path = name.split("/", 2)
    return {"origin": origin, "container": container, "path": path}


async def create_empty(call: Call, origin: str, container: str) -> Response:
    """POST batch/metadata: artifacts to be written, each with an address for that."""
    paths = [each.get("path") for each in call.body().get("paths") or [] if isinstance(each, dict)]
    if not paths or len(paths) > _AT_ONCE or not all(isinstance(path, str) and path for path in paths):
        raise MlError(400, "InvalidRequest", f"Between 1 and {_AT_ONCE} paths are needed.")
    artifacts = Artifacts(call.cloud, call.workspace)
    made = {path: artifacts.create(f"{origin}/{container}/{path}") for path in paths}
    addresses = {
        path: _split(each["artifactId"]) | {"contentUri": artifacts.write_address(each["artifactId"])}
        for path, each in made.items()
    }
    return answer({"artifacts": made, "artifactContentInformation": addresses, "errors": {}})


async def content_information(call: Call, origin: str, container: str, path: str) -> Response:
    """GET contentinfo: where one artifact can be read."""
    artifacts, name = Artifacts(call.cloud, call.workspace), f"{origin}/{container}/{path}"
    if name not in artifacts.names(name):
        raise MlError(404, "NotFound", f"Artifact {name} was not found.")
    return answer(_split(name) | {"contentUri": artifacts.read_address(name)})


async def content_below(call: Call, origin: str, container: str, path: str = "") -> Response:
    """GET prefix/contentinfo: where the artifacts below a path can be read."""
    artifacts = Artifacts(call.cloud, call.workspace)
    found = artifacts.names(f"{origin}/{container}/{path}".rstrip("/"))
    values = [_split(name) | {"contentUri": artifacts.read_address(name)} for name in found]
    return answer({"value": values, "continuationToken": None, "nextLink": None})


async def list_in_container(call: Call, origin: str, container: str, path: str = "") -> Response:
    """GET the artifacts of a container, or below a path of it."""
    found = Artifacts(call.cloud, call.workspace).names(f"{origin}/{container}/{path}".rstrip("/"))
    values = [_split(name) | {"artifactId": name} for name in found]
    return answer({"value": values, "continuationToken": None, "nextLink": None})
