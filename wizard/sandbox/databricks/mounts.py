"""The mount points of a workspace: where in DBFS which container of which storage account appears, and its key.

Sources and configuration names: https://learn.microsoft.com/azure/databricks/dbfs/mounts
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from wizard.sandbox.store import Store

KIND = "databricks.mount"

# What every Azure workspace has from the start; they show in a listing and hold nothing here.
BUILT_IN = (
    ("/databricks-datasets", "databricks-datasets"),
    ("/Volumes", "UnityCatalogVolumes"),
    ("/databricks/mlflow-tracking", "databricks/mlflow-tracking"),
    ("/databricks-results", "databricks-results"),
    ("/databricks/mlflow-registry", "databricks/mlflow-registry"),
    ("/", "DatabricksRoot"),
)

_SOURCE = re.compile(
    r"(?P<scheme>wasbs?|abfss?)://(?P<container>[^@/]+)@(?P<account>[a-z0-9]{3,24})"
    r"\.(?P<endpoint>blob|dfs)\.core\.windows\.net(?P<path>/.*)?"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A storage location as a mount's source names it."""

    scheme: str
    account: str
    endpoint: str  # "blob" or "dfs"
    container: str
    path: str  # within the container, without slashes around it

    @property
    def host(self) -> str:
        """The account's host name for this scheme."""
        return f"{self.account}.{self.endpoint}.core.windows.net"

    def key(self, configuration: Mapping[str, str]) -> str | None:
        """The account key among a mount's extra configuration, if it is there."""
        return configuration.get(f"fs.azure.account.key.{self.host}")


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A mount: everything below `path` in DBFS is below `prefix` in a container."""

    path: str
    source: str
    account: str
    container: str
    prefix: str
    key: str
    encryption_type: str = ""


def parse_source(uri: str) -> Source | None:
    """What a source URI names, or None when it is not one of Azure storage."""
    found = _SOURCE.fullmatch(uri)
    if found is None or found["scheme"].startswith("wasb") != (found["endpoint"] == "blob"):
        return None
    return Source(
        found["scheme"], found["account"], found["endpoint"], found["container"], (found["path"] or "").strip("/")
    )


class MountTable:
    """The mounts of one workspace, kept in the cloud's store and shared with its drivers."""

    def __init__(self, store: Store, workspace_id: str) -> None:
        self._store = store
        self._prefix = f"{workspace_id}/"

    def all(self) -> list[MountPoint]:
        """Every mount that somebody made, by path."""
        return [MountPoint(**document) for _, document in self._store.items(KIND, self._prefix)]

    def get(self, path: str) -> MountPoint | None:
        """The mount at exactly this path."""
        document = self._store.get(KIND, self._prefix + path)
        return MountPoint(**document) if document else None

    def covering(self, path: str) -> MountPoint | None:
        """The mount that a path lies in."""
        for mount in self.all():
            if path == mount.path or path.startswith(mount.path + "/"):
                return mount
        return None

    def put(self, mount: MountPoint) -> None:
        """Add or replace a mount."""
        self._store.put(KIND, self._prefix + mount.path, asdict(mount))

    def remove(self, path: str) -> bool:
        """Forget a mount; False when there is none."""
        return self._store.delete(KIND, self._prefix + path)
