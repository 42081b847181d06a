"""Makes what listings name in a sandbox cloud, as its services would have made it: all of it, or nothing.

What is there already (a group or repository of that name, a cluster of that id) stays as it is, so that importing
twice is importing once. Clusters come terminated, repositories empty.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

from wizard.sandbox.arm import groups
from wizard.sandbox.arm.call import Call
from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.arm.inventory import Inventory
from wizard.sandbox.arm.workspaces import TYPE as WORKSPACES
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.cluster_rules import kept_spec
from wizard.sandbox.databricks.clusters import KIND as CLUSTER_KIND
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.processes import BASIC
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.repositories import Repositories
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.imports.listings import CLUSTERS, GROUPS, REPOSITORIES, Entry, ListingError, Listings

_GROUP_FIELDS = ("location", "tags", "managedBy")
_GROUP_VERSION = "2021-04-01"
_CLUSTER_ID = re.compile(r"[A-Za-z0-9-]+")


@dataclass(slots=True)
class Imported:
    """How many things were made, and how many were there already."""

    made: dict[str, int] = field(default_factory=lambda: dict.fromkeys((GROUPS, CLUSTERS, REPOSITORIES), 0))
    there: dict[str, int] = field(default_factory=lambda: dict.fromkeys((GROUPS, CLUSTERS, REPOSITORIES), 0))


def take_over(cloud: Cloud, listings: Listings) -> Imported:
    """Make what the listings name; raises ListingError, and has made nothing, when an entry breaks a rule."""
    importer = _Importer(cloud)
    try:
        with cloud.store.transaction():
            importer.take(listings)
    except BaseException:
        for folder in importer.folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return importer.imported


class _Importer:
    """One import on its way: what it has made so far, and which entries it cannot take."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._user = Directory(cloud).user()
        self.imported = Imported()
        self.problems: list[str] = []
        self._seen: set[tuple[str, str, str]] = set()
        self.folders: list[Path] = []

    def take(self, listings: Listings) -> None:
        """Make everything; raises ListingError with all problems at once."""
        self._groups(listings.groups)
        self._clusters(listings.clusters)
        self._repositories(listings.repositories)
        if self.problems:
            raise ListingError(self.problems)

    def _groups(self, entries: Iterable[Entry]) -> None:
        """Resource groups, all into the sandbox's one subscription."""
        subscription, _ = self._cloud.store.items("subscription")[0]
        inventory = Inventory(self._cloud)

        def make(entry: Entry, name: str) -> bool:
            if inventory.get(groups.group_id(subscription, name)) is not None:
                return False
            body = {key: entry.body[key] for key in _GROUP_FIELDS if entry.body.get(key) is not None}
            path, raw = groups.group_id(subscription, name), json.dumps(body).encode()
            groups.put(Call(self._cloud, self._user, "PUT", path, {}, raw, _GROUP_VERSION), subscription, name)
            return True

        self._each(GROUPS, entries, "name", make)

    def _clusters(self, entries: Iterable[Entry]) -> None:
        """Clusters, into workspaces that exist."""
        known = {each.name.lower(): each for each in Inventory(self._cloud).all(resource_type=WORKSPACES)}
        ready = {name: each.private["workspace_id"] for name, each in known.items() if each.ready and not each.deleting}
        clusters = Clusters(self._cloud)

        def make(entry: Entry, cluster_id: str) -> bool:
            workspace_id = ready.get(entry.home.lower())
            if workspace_id is None:
                there = ", ".join(each.name for each in known.values()) or "none"
                raise ListingError(
                    [f"{entry.place}: the sandbox has no workspace '{entry.home}'; make it first. There is: {there}."]
                )
            if not _CLUSTER_ID.fullmatch(cluster_id):
                raise ListingError([f"{entry.place}: '{cluster_id}' is no id of a cluster."])
            if self._cloud.store.get(CLUSTER_KIND, f"{workspace_id}/{cluster_id}") is not None:
                return False
            clusters.adopt(workspace_id, kept_spec(entry.body), entry.body)
            return True

        self._each(CLUSTERS, entries, "cluster_id", make)

    def _repositories(self, entries: Iterable[Entry]) -> None:
        """Repositories, into their projects; a project that is missing is made."""
        tenancy = Tenancy(self._cloud)
        repositories = Repositories(tenancy)
        projects: dict[str, Project] = {}

        def make(entry: Entry, name: str) -> bool:
            home = entry.home.lower()
            if home not in projects:
                projects[home] = _project(tenancy, entry.home, self._user)
            if repositories.find(name, projects[home].id) is not None:
                return False
            made = repositories.create(projects[home], name, like=self.folders[0] if self.folders else None)
            self.folders.append(repositories.folder(made))
            if entry.body.get("isDisabled") is True:
                repositories.put(replaced(made, disabled=True))
            return True

        self._each(REPOSITORIES, entries, "name", make)

    def _each(self, kind: str, entries: Iterable[Entry], key: str, make: Callable[[Entry, str], bool]) -> None:
        """Make each entry, known by its text field `key`; what a service refuses becomes a problem."""
        for entry in entries:
            try:
                counts = self.imported.made if make(entry, self._name(kind, entry, key)) else self.imported.there
                counts[kind] += 1
            except ListingError as error:
                self.problems += error.problems
            except (ArmError, DatabricksFault, DevOpsFault) as refusal:
                self.problems.append(f"{entry.place}: {refusal.message}")

    def _name(self, kind: str, entry: Entry, key: str) -> str:
        """What an entry is known by; raises ListingError when another one is too."""
        name = entry.text(key)
        mark = (kind, entry.home.lower(), name.lower())
        if mark in self._seen:
            raise ListingError([f"{entry.place}: '{name}' is listed twice."])
        self._seen.add(mark)
        return name


def _project(tenancy: Tenancy, name: str, user: Any) -> Project:
    """The project of that name, made where it is missing."""
    projects = Projects(tenancy)
    details = {"name": name, "description": "", "visibility": "private", "template_id": BASIC}
    return projects.find(name) or projects.create(details, tenancy.identities.admit(user), seconds=0)
