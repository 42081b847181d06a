"""What scenarios change about Unity Catalog: who owns it, what is granted, from where it can be reached."""

from collections.abc import Callable, Iterator

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.control import SandboxError
from wizard.sandbox.databricks.grants import ALL, EVERYBODY, MANAGE
from wizard.sandbox.databricks.metastore import CATALOG, GRANTS, MODEL, SCHEMA, SECURABLES
from wizard.sandbox.scenarios.record import Record
from wizard.sandbox.store import Document

_SOMEBODY_ELSE = "platform-team"
_LEFT_TO_ALL = ("CREATE_MODEL", "USE_CATALOG", "USE_SCHEMA")


def take_privilege(cloud: Cloud, record: Record, *, privilege: str) -> None:
    """Leave all catalogs and schemas to somebody else, and everybody else without this one privilege on them."""
    for key, securable in [*_all(cloud, CATALOG), *_all(cloud, SCHEMA)]:
        record.put(SECURABLES, key, securable | {"owner": _SOMEBODY_ELSE})
        held = cloud.store.get(GRANTS, key) or {}
        if _kind(key) == CATALOG:
            held = held | {EVERYBODY: [*held.get(EVERYBODY, []), *_LEFT_TO_ALL]}
        gone = {privilege, ALL, MANAGE}
        kept = {principal: [each for each in names if each not in gone] for principal, names in held.items()}
        record.put(GRANTS, key, kept)


def give_models_away(cloud: Cloud, record: Record) -> None:
    """Leave all models, and the catalogs and schemas that they are in, to somebody else; everybody may load them."""
    take_privilege(cloud, record, privilege="CREATE_MODEL_VERSION")
    for key, model in _all(cloud, MODEL):
        record.put(SECURABLES, key, model | {"owner": _SOMEBODY_ELSE})
        record.put(GRANTS, key, {EVERYBODY: ["EXECUTE"]})


def drop_catalogs(cloud: Cloud, record: Record) -> None:
    """Drop all catalogs with what is in them, of which clearing gives back everything."""
    _all(cloud, CATALOG)
    for kind in (SECURABLES, GRANTS):
        for key, _ in cloud.store.items(kind):
            record.delete(kind, key)


def unbind_catalogs(cloud: Cloud, record: Record) -> None:
    """Let no catalog be reached from any workspace that there is."""
    for key, catalog in _all(cloud, CATALOG):
        record.put(SECURABLES, key, catalog | {"isolation_mode": "ISOLATED", "workspaces": []})


def _all(cloud: Cloud, kind: str) -> list[tuple[str, Document]]:
    """All catalogs, schemas or models. Raises SandboxError."""
    found = list(_of_kind(cloud, kind))
    if not found:
        raise SandboxError(f"Unity Catalog has no {kind} yet; make one, then play this")
    return found


def _of_kind(cloud: Cloud, kind: str) -> Iterator[tuple[str, Document]]:
    yield from ((key, body) for key, body in cloud.store.items(SECURABLES) if _kind(key) == kind)


def _kind(key: str) -> str:
    return key.split("/")[1]


CATALOG_CHANGES: dict[str, Callable[..., None]] = {
    change.__name__: change for change in (take_privilege, give_models_away, drop_catalogs, unbind_catalogs)
}
