"""The containers of a storage account."""

import re
import secrets
import time
from dataclasses import asdict, dataclass

from wizard.sandbox.cloud import Cloud

_KIND = "blob_container"
_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")
NAME_RULE = (
    "The specified resource name contains invalid characters, or its length is not between 3 and 63. Container names"
    " are lower-case letters, digits and single hyphens."
)


def is_container_name(name: str) -> bool:
    """Whether a name keeps the rules for containers.

    https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
    """
    return name in ("$root", "$logs", "$web") or _NAME.fullmatch(name) is not None


def new_etag() -> str:
    """A fresh entity tag in the service's form, quotes included."""
    return f'"0x8D{secrets.token_hex(6).upper()}"'


@dataclass(frozen=True, slots=True)
class Container:
    """A container and what is known of it."""

    name: str
    etag: str
    modified_at: float  # Unix time
    metadata: dict[str, str]


class Containers:
    """The containers filed under one account's uid."""

    def __init__(self, cloud: Cloud, uid: str) -> None:
        self._store = cloud.store
        self._uid = uid

    def get(self, name: str) -> Container | None:
        """One container."""
        body = self._store.get(_KIND, f"{self._uid}/{name}")
        return Container(**body) if body else None

    def all(self) -> list[Container]:
        """All of them, by name."""
        return [Container(**body) for _, body in self._store.items(_KIND, f"{self._uid}/")]

    def create(self, name: str, metadata: dict[str, str]) -> Container:
        """Make one (the name must be free), or replace the metadata of one."""
        made = Container(name, new_etag(), time.time(), metadata)
        self._store.put(_KIND, f"{self._uid}/{name}", asdict(made))
        return made

    def delete(self, name: str) -> bool:
        """Remove one and all its blobs; False when there was none. The files go when the service next starts."""
        with self._store.transaction():
            for kind in ("blob", "blob_block"):
                for key, _ in self._store.items(kind, f"{self._uid}\n{name}\n"):
                    self._store.delete(kind, key)
            return self._store.delete(_KIND, f"{self._uid}/{name}")
