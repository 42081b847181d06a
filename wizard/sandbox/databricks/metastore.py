"""Unity Catalog: one metastore for all workspaces of a region, with catalogs, schemas, volumes and models.

A volume's files are real ones: what clusters and the Files API call /Volumes/<catalog>/<schema>/<volume> is a folder
below the metastore's own. Who may do what is asked in grants.py, not here.
"""

import shutil
import time
import uuid
from pathlib import Path
from typing import Any

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.store import Document

METASTORE, CATALOG, SCHEMA, VOLUME, MODEL = "metastore", "catalog", "schema", "volume", "model"
SECURABLES = "databricks.securable"  # keyed "<metastore id>/<kind>/<full name in lower case>"
GRANTS = "databricks.grant"  # keyed as the securable is: principal -> privileges
VERSIONS = "databricks.model_version"  # keyed "<metastore id>/<model's id>/<number, with leading zeros>"
WELCOMED = "databricks.workspace_catalog"  # keyed by the workspace's id
_INSIDE = {CATALOG: (SCHEMA,), SCHEMA: (VOLUME, MODEL)}
LABELS = {
    METASTORE: "Metastore",
    CATALOG: "Catalog",
    SCHEMA: "Schema",
    VOLUME: "Volume",
    MODEL: "Routine or Model",  # a model is a function to Unity Catalog, and it says so
}


class Metastore:
    """The metastore that a workspace is attached to."""

    def __init__(self, cloud: Cloud, workspace: Workspace) -> None:
        self.cloud = cloud
        self.workspace = workspace
        self.id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{workspace.location}.{workspace.tenant_id}"))

    @property
    def files(self) -> Path:
        """The folder that appears as /Volumes."""
        return volumes_folder(self.cloud, self.workspace)

    @property
    def default_catalog(self) -> str:
        """The catalog that the workspace was given when it was made."""
        held = self.cloud.store.get(WELCOMED, self.workspace.workspace_id)
        return str(held["name"]) if held else self.workspace.name.replace("-", "_").lower()

    def create_catalog(self, owner: str, name: str, comment: str, **more: Any) -> Document:
        """Make a catalog. Raises DatabricksFault."""
        body = {"name": name, "full_name": name, "catalog_type": "MANAGED_CATALOG", "isolation_mode": "OPEN"}
        return self.create(CATALOG, owner, name, body | {"comment": comment} | more)

    def create_schema(self, owner: str, catalog: str, name: str, comment: str) -> Document:
        """Make a schema in a catalog. Raises DatabricksFault."""
        self.get(CATALOG, catalog)
        full = f"{catalog}.{name}"
        body = {"name": name, "catalog_name": catalog, "full_name": full, "catalog_type": "MANAGED_CATALOG"}
        return self.create(SCHEMA, owner, full, body | {"comment": comment})

    def create_volume(self, owner: str, catalog: str, schema: str, name: str, comment: str) -> Document:
        """Make a managed volume in a schema. Raises DatabricksFault."""
        self.get(SCHEMA, f"{catalog}.{schema}")
        full, number = f"{catalog}.{schema}.{name}", str(uuid.uuid4())
        body = {
            "name": name,
            "catalog_name": catalog,
            "schema_name": schema,
            "full_name": full,
            "volume_type": "MANAGED",
            "volume_id": number,
            "storage_location": self.storage(f"volumes/{number}"),
        }
        return self.create(VOLUME, owner, full, body | {"comment": comment})

    def storage(self, path: str) -> str:
        """Where the metastore says that it keeps something."""
        account = f"dbstorage{self.id[:13].replace('-', '')}"
        return f"abfss://unity-catalog-storage@{account}.dfs.core.windows.net/{self.id}/__unitystorage/{path}"

    def get(self, kind: str, full_name: str) -> Document:
        """A catalog, schema, volume or model by its full name. Raises DatabricksFault 404."""
        found = self.find(kind, full_name)
        if found is None:
            code = "RESOURCE_DOES_NOT_EXIST" if kind == MODEL else f"{kind.upper()}_DOES_NOT_EXIST"
            raise DatabricksFault(404, code, f"{LABELS[kind]} '{full_name}' does not exist.")
        return found

    def find(self, kind: str, full_name: str) -> Document | None:
        """The same, or None."""
        return self.cloud.store.get(SECURABLES, self.key(kind, full_name))

    def below(self, kind: str, parent: str = "") -> list[Document]:
        """The catalogs, or what of a kind is in something, by name."""
        prefix = f"{self.id}/{kind}/" + (f"{parent.lower()}." if parent else "")
        return [body for _, body in self.cloud.store.items(SECURABLES, prefix)]

    def put(self, kind: str, body: Document) -> None:
        """Keep a changed document."""
        self.cloud.store.put(SECURABLES, self.key(kind, body["full_name"]), body)

    def delete(self, kind: str, full_name: str, *, force: bool) -> None:
        """Delete something; what is in a catalog or schema goes with it, but only by force."""
        found = self.get(kind, full_name)
        for inside in _INSIDE.get(kind, ()):
            for each in self.below(inside, full_name):
                if not force and not (inside == SCHEMA and self._is_plain(each)):
                    code = f"{kind.upper()}_NOT_EMPTY"
                    message = f"{LABELS[kind]} '{full_name}' is not empty. The {kind} has {inside}(s)."
                    raise DatabricksFault(400, code, message)
                self.delete(inside, each["full_name"], force=True)
        folder = self.model_folder(found["id"]) if kind == MODEL else self._folder(found["full_name"])
        shutil.rmtree(folder, ignore_errors=True)
        if kind == MODEL:
            for key, _ in self.cloud.store.items(VERSIONS, f"{self.id}/{found['id']}/"):
                self.cloud.store.delete(VERSIONS, key)
        for held in (SECURABLES, GRANTS):
            self.cloud.store.delete(held, self.key(kind, full_name))

    def _is_plain(self, schema: Document) -> bool:
        """Whether a schema is one that every catalog has, and empty."""
        is_given = schema["name"] in ("default", "information_schema")
        return is_given and not any(self.below(inside, schema["full_name"]) for inside in _INSIDE[SCHEMA])

    def model_folder(self, model_id: str) -> Path:
        """Where the files of a model's versions lie on this machine."""
        return self.cloud.folder / "databricks" / f"models-{self.workspace.location}" / model_id

    def create(self, kind: str, owner: str, full_name: str, body: Document) -> Document:
        """Keep a new document, completed by what all have. Raises DatabricksFault 400 for a bad name or a taken one."""
        name = str(body["name"])
        if not name or any(letter in name for letter in " ./") or not name.isprintable() or len(name.encode()) > 255:
            raise invalid(
                f"'{name}' is not a valid name for a {kind}: names cannot contain spaces, periods or slashes."
            )
        if self.find(kind, full_name) is not None:
            code = "RESOURCE_ALREADY_EXISTS" if kind == MODEL else f"{kind.upper()}_ALREADY_EXISTS"
            raise DatabricksFault(400, code, f"{LABELS[kind]} '{full_name}' already exists")
        now = now_ms()
        common = {"owner": owner, "metastore_id": self.id, "created_at": now, "created_by": owner, "updated_at": now}
        document = body | common | {"updated_by": owner}
        if not document.get("comment"):
            document.pop("comment", None)
        if kind != MODEL:
            self._folder(full_name).mkdir(parents=True, exist_ok=True)
        self.cloud.store.put(SECURABLES, self.key(kind, full_name), document)
        return document

    def key(self, kind: str, full_name: str) -> str:
        """By what something is kept."""
        return f"{self.id}/{kind}/{full_name.lower()}"

    def _folder(self, full_name: str) -> Path:
        return self.files.joinpath(*full_name.lower().split("."))


def version_of(metastore: Metastore, model: Document, number: str) -> Document | None:
    """A version of a model, or None where there is none of that number."""
    return (
        metastore.cloud.store.get(VERSIONS, version_key(metastore, model, int(number))) if number.isdecimal() else None
    )


def version_key(metastore: Metastore, model: Document, number: int) -> str:
    """By what a version is kept; in the order of their numbers."""
    return f"{metastore.id}/{model['id']}/{number:09d}"


def changed_by(caller: Principal) -> Document:
    """What a change leaves behind in a document."""
    return {"updated_at": now_ms(), "updated_by": user_name(caller)}


def now_ms() -> int:
    """The time, as Unity Catalog writes it."""
    return int(time.time() * 1000)


def volumes_folder(cloud: Cloud, workspace: Workspace) -> Path:
    """Where the volumes of a workspace's region lie on this machine."""
    return cloud.folder / "databricks" / f"volumes-{workspace.location}"
