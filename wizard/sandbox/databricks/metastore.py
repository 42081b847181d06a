"""Unity Catalog: one metastore for all workspaces of a region, with catalogs, schemas and volumes.

A volume's files are real ones: what clusters and the Files API call /Volumes/<catalog>/<schema>/<volume> is a folder
below the metastore's own.
"""

import shutil
import time
import uuid
from pathlib import Path

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.store import Document

CATALOG, SCHEMA, VOLUME = "catalog", "schema", "volume"
_KIND = "databricks.securable"  # keyed "<metastore id>/<catalog, schema or volume>/<full name in lower case>"


class Metastore:
    """The metastore that a workspace is attached to."""

    def __init__(self, cloud: Cloud, workspace: Workspace) -> None:
        self._cloud = cloud
        self._workspace = workspace
        self.id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{workspace.location}.{workspace.tenant_id}"))

    @property
    def files(self) -> Path:
        """The folder that appears as /Volumes."""
        return volumes_folder(self._cloud, self._workspace)

    @property
    def default_catalog(self) -> str:
        """The catalog that the workspace was given when it was made."""
        return self._workspace.name.replace("-", "_").lower()

    def welcome(self, owner: Principal) -> None:
        """Make the workspace's own catalog, with its schema `default`, unless it is there."""
        if self._get(CATALOG, self.default_catalog) is None:
            self.create_catalog(owner, self.default_catalog, "")
            self.create_schema(owner, self.default_catalog, "default", "")

    def create_catalog(self, owner: Principal, name: str, comment: str) -> Document:
        """Make a catalog. Raises DatabricksFault."""
        body = {"name": name, "full_name": name, "catalog_type": "MANAGED_CATALOG", "isolation_mode": "OPEN"}
        return self._create(CATALOG, owner, name, body | {"comment": comment})

    def create_schema(self, owner: Principal, catalog: str, name: str, comment: str) -> Document:
        """Make a schema in a catalog. Raises DatabricksFault."""
        self.get(CATALOG, catalog)
        full = f"{catalog}.{name}"
        body = {"name": name, "catalog_name": catalog, "full_name": full, "catalog_type": "MANAGED_CATALOG"}
        return self._create(SCHEMA, owner, full, body | {"comment": comment})

    def create_volume(self, owner: Principal, catalog: str, schema: str, name: str, comment: str) -> Document:
        """Make a managed volume in a schema. Raises DatabricksFault."""
        self.get(SCHEMA, f"{catalog}.{schema}")
        full, number = f"{catalog}.{schema}.{name}", str(uuid.uuid4())
        store = f"abfss://unity-catalog-storage@dbstorage{self.id[:13].replace('-', '')}.dfs.core.windows.net"
        body = {
            "name": name,
            "catalog_name": catalog,
            "schema_name": schema,
            "full_name": full,
            "volume_type": "MANAGED",
            "volume_id": number,
            "storage_location": f"{store}/{self.id}/__unitystorage/volumes/{number}",
        }
        return self._create(VOLUME, owner, full, body | {"comment": comment})

    def get(self, kind: str, full_name: str) -> Document:
        """A catalog, schema or volume by its full name. Raises DatabricksFault 404."""
        found = self._get(kind, full_name)
        if found is None:
            code = f"{kind.upper()}_DOES_NOT_EXIST"
            raise DatabricksFault(404, code, f"{kind.capitalize()} '{full_name}' does not exist.")
        return found

    def below(self, kind: str, parent: str = "") -> list[Document]:
        """The catalogs, or the schemas or volumes in something, by name."""
        prefix = f"{self.id}/{kind}/" + (f"{parent.lower()}." if parent else "")
        return [body for _, body in self._cloud.store.items(_KIND, prefix)]

    def delete(self, kind: str, full_name: str, *, force: bool) -> None:
        """Delete something; what is in a catalog or schema goes with it, but only by force."""
        found = self.get(kind, full_name)
        inside = {CATALOG: SCHEMA, SCHEMA: VOLUME}.get(kind)
        for each in self.below(inside, full_name) if inside else []:
            if not force and each["name"] not in ("default", "information_schema"):
                code = f"{kind.upper()}_NOT_EMPTY"
                message = f"{kind.capitalize()} '{full_name}' is not empty. The {kind} has {inside}(s)."
                raise DatabricksFault(400, code, message)
            self.delete(str(inside), each["full_name"], force=True)
        shutil.rmtree(self._folder(found["full_name"]), ignore_errors=True)
        self._cloud.store.delete(_KIND, self._key(kind, full_name))

    def _create(self, kind: str, owner: Principal, full_name: str, body: Document) -> Document:
        name = str(body["name"])
        if not name or any(letter in name for letter in " ./") or len(name) > 255:
            raise invalid(
                f"'{name}' is not a valid name for a {kind}: names cannot contain spaces, periods or slashes."
            )
        if self._get(kind, full_name) is not None:
            code = f"{kind.upper()}_ALREADY_EXISTS"
            raise DatabricksFault(400, code, f"{kind.capitalize()} '{full_name}' already exists")
        now, by = int(time.time() * 1000), user_name(owner)
        common = {"owner": by, "metastore_id": self.id, "created_at": now, "created_by": by, "updated_at": now}
        document = body | common | {"updated_by": by}
        if not document["comment"]:
            del document["comment"]
        self._folder(full_name).mkdir(parents=True, exist_ok=True)
        self._cloud.store.put(_KIND, self._key(kind, full_name), document)
        return document

    def _folder(self, full_name: str) -> Path:
        return self.files.joinpath(*full_name.lower().split("."))

    def _get(self, kind: str, full_name: str) -> Document | None:
        return self._cloud.store.get(_KIND, self._key(kind, full_name))

    def _key(self, kind: str, full_name: str) -> str:
        return f"{self.id}/{kind}/{full_name.lower()}"


def volumes_folder(cloud: Cloud, workspace: Workspace) -> Path:
    """Where the volumes of a workspace's region lie on this machine."""
    return cloud.folder / "databricks" / f"volumes-{workspace.location}"
