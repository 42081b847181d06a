"""Clusters, runtimes and node types. API: https://docs.databricks.com/api/azure/workspace/clusters"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.compute import (
    ClusterDetails,
    ClustersAPI,
    ClusterSource,
    DataSecurityMode,
    ListClustersFilterBy,
)

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError, ServiceError

# The mark of a single-node cluster: https://docs.databricks.com/api/azure/workspace/clusters/create
SINGLE_NODE_CONF = {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"}
SINGLE_NODE_TAG = {"ResourceClass": "SingleNode"}
MADE_BY_PEOPLE = ListClustersFilterBy(cluster_sources=[ClusterSource.UI, ClusterSource.API])
LARGEST_PAGE = 100  # the service's own limit; unasked it gives 20, and a workspace of 500 clusters takes 25 requests
# What may be changed afterwards, by the names of `Cluster`: the service's own name, and what kind of value it is.
CHANGEABLE: Mapping[str, tuple[str, type]] = {
    "runtime": ("spark_version", str),
    "node_type": ("node_type_id", str),
    "workers": ("num_workers", int),
    "autotermination_minutes": ("autotermination_minutes", int),
}
_SPEC = inspect.signature(ClustersAPI.edit).parameters.keys() - {"self", "cluster_id"}
_CPU_ML = re.compile(r"(\d+)\.(\d+)\.x-cpu-ml-scala")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as the workspace has it. `reason` says why it is not running, "" where there is nothing to say.

    `started` and `ended` are Unix time in seconds, 0 where it was not.
    """

    id: str
    name: str
    state: str
    reason: str
    reason_code: str
    runtime: str
    node_type: str
    workers: int
    autotermination_minutes: int
    tags: Mapping[str, str]
    started: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, slots=True)
class NodeType:
    """A size of machine."""

    id: str
    cores: float
    memory_gb: int


class Clusters:
    """Reads, creates, starts and deletes clusters."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def list(self) -> list[Cluster]:
        """The clusters that people made; those of jobs come and go with their runs, and may be thousands."""
        with translated():
            everything = self._sdk.clusters.list(filter_by=MADE_BY_PEOPLE, page_size=LARGEST_PAGE)
            return sorted(map(_row, everything), key=lambda each: each.name)

    def page(self, pages: int) -> Sequence[Cluster]:
        """The first of the clusters that people made: one request a page."""
        with translated():
            found = self._sdk.clusters.list(filter_by=MADE_BY_PEOPLE, page_size=LARGEST_PAGE)
            return list(map(_row, islice(found, pages * LARGEST_PAGE)))

    def get(self, cluster_id: str) -> Cluster | None:
        """The cluster of that id, or None."""
        try:
            with translated():
                return _row(self._sdk.clusters.get(cluster_id))
        except NotFoundError:
            return None
        except ServiceError as error:
            if error.code == "INVALID_PARAMETER_VALUE" and "does not exist" in error.message:
                return None
            raise

    def newest_runtime(self) -> str:
        """Key of the newest long-term-support runtime for machine learning, without GPU."""
        with translated():
            offered = self._sdk.clusters.spark_versions().versions or []
        fit = [each.key or "" for each in offered if _CPU_ML.match(each.key or "") and "LTS" in (each.name or "")]
        if not fit:
            raise ServiceError(
                "The workspace offers no long-term-support runtime for machine learning.", service="Databricks"
            )
        return max(fit, key=runtime_version)

    def smallest_node_type(self) -> NodeType:
        """The smallest general-purpose machine with at least 4 cores and 14 GB, as training needs."""
        with translated():
            found = self._sdk.clusters.list_node_types().node_types or []
        fit = [
            NodeType(each.node_type_id, each.num_cores, each.memory_mb // 1024)
            for each in found
            if each.num_cores >= 4
            and each.memory_mb >= 14 * 1024
            and not (each.num_gpus or each.is_deprecated or each.is_hidden or each.is_graviton)
        ]
        if not fit:
            raise ServiceError("The workspace offers no machine with 4 cores and 14 GB.", service="Databricks")
        return min(fit, key=lambda each: (each.cores, each.memory_gb, each.id))

    def create_single_node(
        self, name: str, runtime: str, node_type: str, minutes: int, tags: Mapping[str, str], user: str
    ) -> str:
        """Begin to create a single-node cluster that one user owns and that stops when idle; gives its id.

        Mounts need dedicated access (`SINGLE_USER`): shared clusters refuse them.
        """
        with translated():
            made = self._sdk.clusters.create(
                spark_version=runtime,
                cluster_name=name,
                node_type_id=node_type,
                num_workers=0,
                autotermination_minutes=minutes,
                spark_conf=SINGLE_NODE_CONF,
                custom_tags={**SINGLE_NODE_TAG, **tags},
                data_security_mode=DataSecurityMode.SINGLE_USER,
                single_user_name=user,
            )
        return str(made.cluster_id)

    def change(self, cluster_id: str, name: str, value: str) -> None:
        """Change `runtime`, `node_type`, `workers` or `autotermination_minutes`; all else stays as it is.

        A running cluster restarts for that. The service takes only whole descriptions, so the rest is said again.
        """
        field, kind = CHANGEABLE[name]
        with translated():
            spec = {key: held for key, held in self._sdk.clusters.get(cluster_id).as_dict().items() if key in _SPEC}
            spec |= {field: kind(value)}
            if name == "workers":
                spec.pop("autoscale", None)
            if name == "node_type":  # the driver's is that of the workers, unless it is said
                spec.pop("driver_node_type_id", None)
            self._sdk.api_client.do("POST", "/api/2.1/clusters/edit", body={"cluster_id": cluster_id, **spec})

    def start(self, cluster_id: str) -> None:
        """Begin to start a terminated cluster; one that is starting already is fine."""
        try:
            with translated():
                self._sdk.clusters.start(cluster_id)
        except ServiceError as error:
            if error.code != "INVALID_STATE":
                raise

    def stop(self, cluster_id: str) -> None:
        """Begin to stop a cluster; what it is stays, and it can be started again."""
        with translated():
            self._sdk.clusters.delete(cluster_id)

    def delete(self, cluster_id: str) -> None:
        """Delete the cluster for good; one that is gone already is fine."""
        try:
            with translated():
                self._sdk.clusters.permanent_delete(cluster_id)
        except NotFoundError:
            return


def runtime_version(key: str) -> tuple[int, int]:
    """`16.4.x-cpu-ml-scala2.12` -> (16, 4)."""
    found = _CPU_ML.match(key)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def _row(found: ClusterDetails) -> Cluster:
    return Cluster(
        id=found.cluster_id or "",
        name=found.cluster_name or "",
        state=str(getattr(found.state, "value", found.state) or "UNKNOWN"),
        reason=_reason(found),
        reason_code=str(getattr(getattr(found.termination_reason, "code", None), "value", "") or ""),
        runtime=found.spark_version or "",
        node_type=found.node_type_id or "",
        workers=found.num_workers or 0,
        autotermination_minutes=found.autotermination_minutes or 0,
        tags=dict(found.custom_tags or {}),
        started=(found.last_restarted_time or found.start_time or 0) / 1000,
        ended=(found.terminated_time or 0) / 1000,
    )


def _reason(found: ClusterDetails) -> str:
    """The termination code with Azure's own code and message, which say more than the state's text."""
    ended = found.termination_reason
    if ended is None:
        return found.state_message or ""
    parameters = ended.parameters or {}
    code = str(getattr(ended.code, "value", ended.code) or "")
    azure = parameters.get("azure_error_code", "")
    said = parameters.get("azure_error_message") or parameters.get("databricks_error_message") or ""
    return ": ".join(part for part in (f"{code} ({azure})" if azure else code, said or found.state_message) if part)
