"""Python packages on a cluster. API: https://docs.databricks.com/api/azure/workspace/libraries"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.compute import Library, PythonPyPiLibrary

from wizard.clients.databricks_faults import translated


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """A package on a cluster: `INSTALLED`, `PENDING`, `FAILED`..., and what the cluster says about it."""

    package: str
    status: str
    message: str


class Libraries:
    """Reads, installs and removes packages from the Python package index."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def status(self, cluster_id: str) -> dict[str, LibraryStatus]:
        """All packages of the cluster, by the name they were asked for."""
        with translated():
            found = list(self._sdk.libraries.cluster_status(cluster_id))
        rows = [
            LibraryStatus(
                each.library.pypi.package,
                str(getattr(each.status, "value", each.status) or ""),
                " ".join(each.messages or []),
            )
            for each in found
            if each.library and each.library.pypi
        ]
        return {row.package: row for row in rows}

    def install(self, cluster_id: str, packages: Sequence[str]) -> None:
        """Begin to install packages; those that are there stay as they are."""
        with translated():
            self._sdk.libraries.install(cluster_id, _wanted(packages))

    def uninstall(self, cluster_id: str, packages: Sequence[str]) -> None:
        """Take packages off the cluster, at its next restart."""
        with translated():
            self._sdk.libraries.uninstall(cluster_id, _wanted(packages))


def _wanted(packages: Sequence[str]) -> list[Library]:
    return [Library(pypi=PythonPyPiLibrary(package=package)) for package in packages]
