"""Registered models in Unity Catalog, their versions, aliases and tags: one memory behind two APIs.

A version's files are written while it is PENDING_REGISTRATION, and never again once it is READY.
"""

import re
import shutil
import uuid
from pathlib import Path

from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.grants import Access, grants_on, put_grants
from wizard.sandbox.databricks.metastore import (
    GRANTS,
    MODEL,
    SCHEMA,
    SECURABLES,
    VERSIONS,
    changed_by,
    now_ms,
    version_key,
    version_of,
)
from wizard.sandbox.store import Document

PENDING, READY = "PENDING_REGISTRATION", "READY"
_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,255}")
_NOT_AN_ALIAS = re.compile(r"v\d+|latest", re.IGNORECASE)
# What MLflow's client knows this refusal by (mlflow/store/_unity_catalog/registry/rest_store.py).
_THREE_LEVELS = (
    "Bad model name: please specify all three levels of the model in the form `catalog_name.schema_name.model_name`"
)


class CatalogModels:
    """The models of a metastore as one caller may use them. Names are full: catalog.schema.model."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.metastore = access.metastore
        self._store = access.metastore.cloud.store

    def create(self, name: str, comment: str, tags: dict[str, str]) -> Document:
        """Register a model. Raises DatabricksFault."""
        catalog, schema, last = split(name)
        self.access.enter(SCHEMA, f"{catalog}.{schema}")
        self.access.need("USE_SCHEMA", SCHEMA, f"{catalog}.{schema}")
        self.access.need("CREATE_MODEL", SCHEMA, f"{catalog}.{schema}")
        number = str(uuid.uuid4())
        body = {
            "name": last,
            "catalog_name": catalog,
            "schema_name": schema,
            "full_name": name,
            "id": number,
            "storage_location": self.metastore.storage(f"models/{number}"),
            "comment": comment,
            "tags": tags,
            "aliases": {},
            "last_version": 0,
        }
        return self.metastore.create(MODEL, self.access.name, name, body)

    def get(self, name: str) -> Document:
        """A model that the caller may see. Raises DatabricksFault."""
        split(name)
        found = self.access.enter(MODEL, name)
        self.access.need("EXECUTE", MODEL, name)
        return found

    def owned(self, name: str) -> Document:
        """A model that the caller may change. Raises DatabricksFault."""
        split(name)
        found = self.access.enter(MODEL, name)
        self.access.need_ownership(MODEL, name)
        return found

    def below(self, parent: str = "") -> list[Document]:
        """The models of a metastore, catalog or schema that the caller may see."""
        found = self.metastore.below(MODEL, parent)
        return [model for model in found if self.access.sees(MODEL, model["full_name"])]

    def change(self, model: Document, **more: object) -> Document:
        """Keep a model with other values."""
        changed = model | more | changed_by(self.access.caller)
        self.metastore.put(MODEL, changed)
        return changed

    def rename(self, model: Document, new_name: str) -> Document:
        """Give a model another last level, with all that hangs on it. Raises DatabricksFault."""
        last = new_name.rpartition(".")[2]
        name = f"{model['catalog_name']}.{model['schema_name']}.{last}"
        if new_name not in (last, name):
            raise invalid(f"A model stays in its schema: '{new_name}' is in another.")
        made = self.metastore.create(MODEL, model["owner"], name, model | {"name": last, "full_name": name})
        kept = {field: model[field] for field in ("created_at", "created_by")}
        put_grants(self.metastore, MODEL, name, grants_on(self.metastore, MODEL, model["full_name"]))
        for held in (SECURABLES, GRANTS):
            self._store.delete(held, self.metastore.key(MODEL, model["full_name"]))
        return self.change(made | kept)

    def delete(self, name: str) -> None:
        """Delete a model with all its versions."""
        self.metastore.delete(MODEL, self.owned(name)["full_name"], force=True)

    def create_version(self, name: str, about: Document, tags: dict[str, str]) -> Document:
        """Begin the next version of a model: its files come next. Raises DatabricksFault."""
        split(name)
        model = self.access.enter(MODEL, name)
        if not self.access.has("MANAGE", MODEL, name):
            self.access.need("CREATE_MODEL_VERSION", MODEL, name)
        with self._store.transaction():
            model = self.metastore.get(MODEL, name)
            number, now = int(model["last_version"]) + 1, now_ms()
            self.metastore.put(MODEL, model | {"last_version": number})
            identity = str(uuid.uuid4())
            version = about | {
                "id": identity,
                "version": number,
                "status": PENDING,
                "tags": tags,
                "storage_location": f"{model['storage_location']}/versions/{identity}",
                "created_at": now,
                "created_by": self.access.name,
                "updated_at": now,
                "updated_by": self.access.name,
            }
            self._put_version(model, version)
        self.folder(model, version).mkdir(parents=True)
        return version

    def begun(self, name: str, number: str) -> Document:
        """A version that the caller has begun, or may change as its model's owner. Raises DatabricksFault."""
        split(name)
        version = self.version(self.access.enter(MODEL, name), number)
        if version["created_by"] != self.access.name:
            self.access.need_ownership(MODEL, name)
        return version

    def version(self, model: Document, number: str) -> Document:
        """One version. Raises DatabricksFault 404."""
        found = version_of(self.metastore, model, number)
        if found is None:
            raise missing(f"Model version '{model['full_name']}' version {number} does not exist.")
        return found

    def versions(self, model: Document) -> list[Document]:
        """All versions, the newest first."""
        found = self._store.items(VERSIONS, f"{self.metastore.id}/{model['id']}/")
        return [version for _, version in reversed(found)]

    def by_alias(self, model: Document, alias: str) -> Document:
        """The version that an alias points to. Raises DatabricksFault 404."""
        number = model["aliases"].get(alias)
        if number is None:
            raise missing(f"Model alias '{alias}' of '{model['full_name']}' does not exist.")
        return self.version(model, str(number))

    def change_version(self, model: Document, version: Document, **more: object) -> Document:
        """Keep a version with other values."""
        changed = version | more | changed_by(self.access.caller)
        self._put_version(model, changed)
        return changed

    def finalize(self, name: str, number: str) -> Document:
        """Declare a version's files complete. Raises DatabricksFault 400 where there are none."""
        version, model = self.begun(name, number), self.metastore.get(MODEL, name)
        if not any(self.folder(model, version).iterdir()):
            raise invalid(f"Version {number} of '{name}' has no files yet.")
        return self.change_version(model, version, status=READY)

    def delete_version(self, model: Document, number: str) -> None:
        """Delete a version; one that an alias points to loses the alias."""
        version = self.version(model, number)
        kept = {alias: each for alias, each in model["aliases"].items() if each != version["version"]}
        self.change(model, aliases=kept)
        shutil.rmtree(self.folder(model, version), ignore_errors=True)
        self._store.delete(VERSIONS, version_key(self.metastore, model, version["version"]))

    def set_alias(self, model: Document, alias: str, number: str) -> None:
        """Let an alias point to a version, and no longer to another. Raises DatabricksFault."""
        if not _ALIAS.fullmatch(alias) or _NOT_AN_ALIAS.fullmatch(alias):
            raise invalid(f"'{alias}' is not a valid alias of a model version.")
        version = self.version(model, number)
        self.change(model, aliases=model["aliases"] | {alias: version["version"]})

    def delete_alias(self, model: Document, alias: str) -> None:
        """Forget an alias, if there is one of that name."""
        self.change(model, aliases={each: number for each, number in model["aliases"].items() if each != alias})

    def folder(self, model: Document, version: Document) -> Path:
        """Where a version's files lie on this machine."""
        return self.metastore.model_folder(model["id"]) / str(version["id"])

    def _put_version(self, model: Document, version: Document) -> None:
        self._store.put(VERSIONS, version_key(self.metastore, model, int(version["version"])), version)


def split(name: str) -> tuple[str, str, str]:
    """The three levels of a model's name. Raises DatabricksFault 400 where there are not three."""
    parts = name.split(".")
    if len(parts) != 3 or not all(parts):
        raise DatabricksFault(400, "INVALID_PARAMETER_VALUE", _THREE_LEVELS)
    return parts[0], parts[1], parts[2]
