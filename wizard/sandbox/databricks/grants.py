"""Who may do what in Unity Catalog: owners, privileges that are granted, and the catalog of a workspace's own.

Privileges are inherited downward from catalog to schema to what is in it, never from the metastore. Sources:
https://learn.microsoft.com/azure/databricks/data-governance/unity-catalog/manage-privileges and its part on workspace
catalogs, with which a workspace comes that was enabled for Unity Catalog by itself.
"""

from collections.abc import Iterator

from starlette.requests import Request

from wizard.sandbox.arm.inventory import Inventory
from wizard.sandbox.arm.workspaces import TYPE, Workspace
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks import administrators
from wizard.sandbox.databricks.administrators import is_administrator
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.metastore import CATALOG, GRANTS, LABELS, METASTORE, SCHEMA, WELCOMED, Metastore
from wizard.sandbox.databricks.wire import caller_of, workspace_of
from wizard.sandbox.databricks.workspace_files import WorkspaceTree
from wizard.sandbox.settings import setting
from wizard.sandbox.store import Document

EVERYBODY = "account users"
ALL, MANAGE = "ALL_PRIVILEGES", "MANAGE"
_OF_ADMINISTRATORS = ["CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_STORAGE_CREDENTIAL"]
_OF_USERS = [
    "CREATE_FUNCTION",
    "CREATE_MATERIALIZED_VIEW",
    "CREATE_MODEL",
    "CREATE_TABLE",
    "CREATE_VOLUME",
    "USE_SCHEMA",
]


class Access:
    """The metastore of a workspace as one caller may use it."""

    def __init__(self, cloud: Cloud, workspace: Workspace, caller: Principal) -> None:
        self.metastore = Metastore(cloud, workspace)
        self.caller = caller
        self.name = user_name(caller)
        self._workspace = workspace
        self._store = cloud.store
        self._names = {self.name.lower(), EVERYBODY, *_groups(cloud, workspace, caller)}

    @classmethod
    def of(cls, cloud: Cloud, request: Request) -> "Access":
        """That of a request's caller. Raises DatabricksFault 404 where the workspace has no metastore."""
        if setting(cloud.store, "databricks.metastore") is False:
            message = "No metastore assigned for the current workspace."
            raise DatabricksFault(404, "METASTORE_DOES_NOT_EXIST", message)
        _welcome(Metastore(cloud, workspace_of(request)))
        return cls(cloud, workspace_of(request), caller_of(request))

    def enter(self, kind: str, full_name: str) -> Document:
        """Something that is there and whose catalog and schema the caller may use. Raises DatabricksFault."""
        parts = full_name.split(".")
        catalog = self.metastore.get(CATALOG, parts[0])
        if not is_bound(catalog, self._workspace):
            raise denied(f"Catalog '{parts[0]}' is not accessible in current workspace")
        if kind == CATALOG:
            return catalog
        self.need("USE_CATALOG", CATALOG, parts[0])
        schema = self.metastore.get(SCHEMA, ".".join(parts[:2]))
        if kind == SCHEMA:
            return schema
        self.need("USE_SCHEMA", SCHEMA, ".".join(parts[:2]))
        return self.metastore.get(kind, full_name)

    def need(self, privilege: str, kind: str, full_name: str) -> None:
        """Raise DatabricksFault 403 unless the caller has a privilege on something."""
        if not self.has(privilege, kind, full_name):
            words = privilege.replace("_", " ")
            about = {"principalName": "User", "msg": words, "resourceType": LABELS[kind], "resourceName": full_name}
            raise denied(f"User does not have {words} on {LABELS[kind]} '{full_name}'.", about)

    def need_ownership(self, kind: str, full_name: str) -> None:
        """Raise DatabricksFault 403 unless the caller owns something, what it is in, or may manage it."""
        if not self.has(MANAGE, kind, full_name):
            raise denied(f"User is not an owner of {LABELS[kind]} '{full_name}'.")

    def has(self, privilege: str, kind: str, full_name: str) -> bool:
        """Whether the caller has a privilege on something: by owning it, by a grant, or by what it is in."""
        wanted = {privilege} if privilege == MANAGE else {privilege, ALL}
        for level, name in levels(kind, full_name):
            if level != METASTORE and str(self.metastore.get(level, name)["owner"]).lower() in self._names:
                return True
            granted = grants_on(self.metastore, level, name)
            if any(wanted & set(held) for principal, held in granted.items() if principal.lower() in self._names):
                return True
        return False

    def sees(self, kind: str, full_name: str) -> bool:
        """Whether a list shows something to the caller: where they have any privilege on it."""
        return any(
            str(self.metastore.get(level, name)["owner"]).lower() in self._names
            or any(principal.lower() in self._names for principal in grants_on(self.metastore, level, name))
            for level, name in levels(kind, full_name)
        )


def levels(kind: str, full_name: str) -> list[tuple[str, str]]:
    """Something and what it is in, from the inside out; a metastore is in nothing, and nothing inherits from it."""
    if kind == METASTORE:
        return [(METASTORE, full_name)]
    parts = full_name.split(".")
    outer = [(CATALOG, parts[0]), (SCHEMA, ".".join(parts[:2])), (kind, full_name)][: len(parts)]
    return outer[::-1]


def grants_on(metastore: Metastore, kind: str, full_name: str) -> dict[str, list[str]]:
    """Principal -> privileges, as granted on something itself."""
    return metastore.cloud.store.get(GRANTS, metastore.key(kind, full_name)) or {}


def put_grants(metastore: Metastore, kind: str, full_name: str, granted: dict[str, list[str]]) -> None:
    """Keep who has what on something."""
    kept = {principal: sorted(held) for principal, held in granted.items() if held}
    metastore.cloud.store.put(GRANTS, metastore.key(kind, full_name), kept)


def denied(message: str, about: dict[str, str] | None = None) -> DatabricksFault:
    """403 PERMISSION_DENIED."""
    domain = "unity-catalog.databricks.com"
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "PERMISSION_DENIED", "domain": domain}
    return DatabricksFault(403, "PERMISSION_DENIED", message, [info | {"metadata": about}] if about else None)


def users_of(name: str, workspace_id: str) -> str:
    """The account's group of everybody in a workspace."""
    return f"_workspace_users_{name}_{workspace_id}".lower()


def administrators_of(name: str, workspace_id: str) -> str:
    """The account's group of a workspace's administrators."""
    return f"_workspace_admins_{name}_{workspace_id}".lower()


def workspaces(cloud: Cloud) -> list[tuple[str, str]]:
    """Name and id of each workspace."""
    found = Inventory(cloud).all(resource_type=TYPE)
    return [(resource.name, str(resource.private["workspace_id"])) for resource in found]


def _groups(cloud: Cloud, here: Workspace, caller: Principal) -> Iterator[str]:
    """The groups that a caller is in: of each workspace where they have been, whichever they call from."""
    is_administrator(cloud, here, caller)  # whoever may become one is one from now on
    for name, number in workspaces(cloud):
        if WorkspaceTree(cloud, number).find(f"/Users/{user_name(caller)}") is not None:
            yield users_of(name, number)
        if (cloud.store.get(administrators.KIND, f"{number}/{caller.object_id}") or {}).get("active"):
            yield administrators_of(name, number)


def is_bound(catalog: Document, workspace: Workspace) -> bool:
    """Whether a catalog can be reached from a workspace: an open one can from all."""
    open_to_all = catalog.get("isolation_mode", "OPEN") == "OPEN"
    return open_to_all or workspace.workspace_id in catalog.get("workspaces", [])


def _welcome(metastore: Metastore) -> None:
    """Give a new workspace its own catalog with a schema `default`, bound to it and usable by all in it."""
    workspace, store = metastore.workspace, metastore.cloud.store
    if store.get(WELCOMED, workspace.workspace_id) is not None:
        return
    with store.transaction():
        name, owner = metastore.default_catalog, administrators_of(workspace.name, workspace.workspace_id)
        users = users_of(workspace.name, workspace.workspace_id)
        if metastore.find(CATALOG, name) is not None:
            name = f"{name}_{workspace.workspace_id}"
        store.put(WELCOMED, workspace.workspace_id, {"name": name})
        bound = {"isolation_mode": "ISOLATED", "workspaces": [workspace.workspace_id]}
        metastore.create_catalog(owner, name, "", **bound)
        metastore.create_schema(owner, name, "default", "")
        put_grants(metastore, CATALOG, name, {users: ["USE_CATALOG"]})
        put_grants(metastore, SCHEMA, f"{name}.default", {users: _OF_USERS})
        held = grants_on(metastore, METASTORE, metastore.id)
        put_grants(metastore, METASTORE, metastore.id, held | {owner: _OF_ADMINISTRATORS})
