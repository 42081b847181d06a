"""Clusters and their life, computed from stored times so that it goes on while the sandbox is not running."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.cluster_failures import start_failure
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.wire import optional, required
from wizard.sandbox.store import Document

KIND = "databricks.cluster"
START_SECONDS = 240.0  # what a start really takes on Azure
STOP_SECONDS = 30.0

Busy = Callable[[str, str], bool]
Ended = Callable[[str, str], None]
Begun = Callable[[str], object]


class Clusters:
    """All clusters of all workspaces, keyed "<workspace id>/<cluster id>".

    Times in a document are Unix seconds. A document's phase changes only in `_settle`, when its times say so.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._store = cloud.store
        self._busy: list[Busy] = []
        self._ended: list[Ended] = []
        self._begun: list[Begun] = []

    def counts_as_activity(self, busy: Busy) -> None:
        """Register a question (workspace id, cluster id): does something run there that postpones termination?"""
        self._busy.append(busy)

    def when_ended(self, ended: Ended) -> None:
        """Register what to do when a cluster (workspace id, cluster id) has lost its driver."""
        self._ended.append(ended)

    def when_begun(self, begun: Begun) -> None:
        """Register what to do when a cluster of a workspace (its id) begins to start. It must be quick."""
        self._begun.append(begun)

    def create(
        self, workspace_id: str, caller: Principal, spec: dict[str, Any], *, source: str, token: str = ""
    ) -> str:
        """Create a cluster and start it; return its id. The same idempotency token means the same cluster."""
        with self._store.transaction():
            if token:
                for existing in self.all(workspace_id):
                    if existing["idempotency_token"] == token:
                        return str(existing["cluster_id"])
            now = time.time()
            cluster_id = f"{datetime.fromtimestamp(now, UTC):%m%d-%H%M%S}-{secrets.token_hex(4)}"
            cluster = self._new(cluster_id, spec, user_name(caller), source, now)
            cluster["idempotency_token"] = token
            self._put(workspace_id, cluster)
        self._tell_begun(workspace_id)
        return cluster_id

    def adopt(self, workspace_id: str, spec: dict[str, Any], row: dict[str, Any]) -> None:
        """Take over a cluster that another cloud listed as `row`: terminated, whatever it was doing there."""
        created, ended = (
            optional(row, name, int, 0) / 1000 or time.time() for name in ("start_time", "terminated_time")
        )
        creator, source = optional(row, "creator_user_name", str, ""), optional(row, "cluster_source", str, "API")
        cluster = self._new(required(row, "cluster_id"), spec, creator, source, created)
        why = optional(row, "termination_reason", dict, {})
        parameters = optional(why, "parameters", dict, {})
        reason, kind = optional(why, "code", str, "USER_REQUEST"), optional(why, "type", str, "SUCCESS")
        self._end(cluster, max(created, ended), reason, parameters, kind)
        cluster["state"] = "TERMINATED"
        self._put(workspace_id, cluster)

    def _new(self, cluster_id: str, spec: dict[str, Any], creator: str, source: str, now: float) -> Document:
        """A cluster whose creation begins now."""
        cluster: Document = {
            "cluster_id": cluster_id,
            "spec": spec,
            "creator": creator,
            "source": source,
            "idempotency_token": "",
            "created": now,
            "pinned": False,
            "spark_context_id": secrets.randbits(62),
            "events": [],
        }
        self._begin(cluster, "CREATING", "PENDING", now)
        return cluster

    def get(self, workspace_id: str, cluster_id: str) -> Document:
        """One cluster as it is now. Raises DatabricksFault 400 when the workspace has none of that id."""
        cluster = self._store.get(KIND, f"{workspace_id}/{cluster_id}")
        if cluster is None:
            raise invalid(f"Cluster {cluster_id} does not exist")
        return self._settle(workspace_id, cluster)

    def all(self, workspace_id: str) -> list[Document]:
        """Every cluster of a workspace as it is now, newest first."""
        found = [self._settle(workspace_id, item) for _, item in self._store.items(KIND, f"{workspace_id}/")]
        return sorted(found, key=lambda cluster: -float(cluster["created"]))

    def edit(self, workspace_id: str, cluster_id: str, spec: dict[str, Any]) -> None:
        """Replace a cluster's attributes; a running cluster restarts to take them on."""
        cluster = self.get(workspace_id, cluster_id)
        if cluster["state"] not in ("RUNNING", "TERMINATED"):
            raise _wrong_state(cluster)
        cluster["spec"] = spec
        _event(cluster, "EDITED", time.time())
        if cluster["state"] == "RUNNING":
            self._begin(cluster, "RESTARTING", "RESTARTING", time.time())
        self._put(workspace_id, cluster)
        if cluster["state"] == "RESTARTING":
            self._tell_ended(workspace_id, cluster_id)

    def start(self, workspace_id: str, cluster_id: str) -> None:
        """Start a terminated cluster."""
        cluster = self.get(workspace_id, cluster_id)
        if cluster["state"] != "TERMINATED":
            raise _wrong_state(cluster)
        self._begin(cluster, "STARTING", "PENDING", time.time())
        self._put(workspace_id, cluster)
        self._tell_begun(workspace_id)

    def restart(self, workspace_id: str, cluster_id: str) -> None:
        """Restart a running cluster; its drivers are lost."""
        cluster = self.get(workspace_id, cluster_id)
        if cluster["state"] != "RUNNING":
            raise _wrong_state(cluster)
        self._begin(cluster, "RESTARTING", "RESTARTING", time.time())
        self._put(workspace_id, cluster)
        self._tell_ended(workspace_id, cluster_id)

    def terminate(self, workspace_id: str, cluster_id: str, reason: str, user: str = "") -> None:
        """End a cluster for a reason (a termination code); it can be started again. Nothing if already ended."""
        cluster = self.get(workspace_id, cluster_id)
        if cluster["state"] in ("TERMINATING", "TERMINATED"):
            return
        self._end(cluster, time.time(), reason, {"username": user} if user else {})
        self._put(workspace_id, cluster)
        self._tell_ended(workspace_id, cluster_id)

    def remove(self, workspace_id: str, cluster_id: str) -> None:
        """Delete a cluster for good."""
        cluster = self.get(workspace_id, cluster_id)
        if cluster["pinned"]:
            raise invalid(f"Cluster {cluster_id} is pinned and cannot be permanently deleted")
        self._store.delete(KIND, f"{workspace_id}/{cluster_id}")
        self._tell_ended(workspace_id, cluster_id)

    def pin(self, workspace_id: str, cluster_id: str) -> None:
        """Keep a cluster's configuration for good."""
        cluster = self.get(workspace_id, cluster_id)
        if not cluster["pinned"]:
            cluster["pinned"] = True
            _event(cluster, "PINNED", time.time())
            self._put(workspace_id, cluster)

    def touch(self, workspace_id: str, cluster_id: str) -> None:
        """Note that the cluster is in use now, which postpones its termination by inactivity."""
        cluster = self.get(workspace_id, cluster_id)
        cluster["last_activity"] = time.time()
        self._put(workspace_id, cluster)

    def _begin(self, cluster: Document, event: str, state: str, now: float) -> None:
        cluster.update(
            state=state,
            started=now,
            ready_at=self._cloud.ready_at(START_SECONDS),
            last_activity=now,
            termination=None,
            driver_number=secrets.randbelow(200) + 4,
        )
        _event(cluster, event, now)

    def _end(
        self, cluster: Document, at: float, reason: str, parameters: dict[str, str], kind: str = "SUCCESS"
    ) -> None:
        ended_at = at + STOP_SECONDS / self._cloud.speed
        cluster.update(
            state="TERMINATING",
            ended_at=ended_at,
            termination={"code": reason, "type": kind, "parameters": parameters},
        )
        _event(cluster, "TERMINATING", at, reason=dict(cluster["termination"]))

    def _settle(self, workspace_id: str, cluster: Document) -> Document:
        """Let the times that have passed take effect, and keep the result."""
        now, before = time.time(), cluster["state"]
        if cluster["state"] in ("PENDING", "RESTARTING") and now >= cluster["ready_at"]:
            self._come_up(workspace_id, cluster)
        if cluster["state"] == "RUNNING":
            self._end_if_idle(workspace_id, cluster, now)
        if cluster["state"] == "TERMINATING" and now >= cluster["ended_at"]:
            cluster["state"] = "TERMINATED"
        if cluster["state"] != before:
            with self._store.transaction():
                if self._store.get(KIND, f"{workspace_id}/{cluster['cluster_id']}") is not None:  # not deleted since
                    self._put(workspace_id, cluster)
            if before == "RUNNING":
                self._tell_ended(workspace_id, cluster["cluster_id"])
        return cluster

    def _come_up(self, workspace_id: str, cluster: Document) -> None:
        """A start is over: the cluster runs, or Azure did not give it its machines."""
        failure = start_failure(self._cloud, workspace_id, cluster["spec"])
        if failure is not None:
            self._end(cluster, cluster["ready_at"], failure.code, failure.parameters, failure.kind)
            return
        cluster["state"] = "RUNNING"
        cluster["last_activity"] = max(cluster["last_activity"], cluster["ready_at"])
        _event(cluster, "RUNNING", cluster["ready_at"])

    def _end_if_idle(self, workspace_id: str, cluster: Document, now: float) -> None:
        minutes = cluster["spec"].get("autotermination_minutes", 0)
        idle_until = cluster["last_activity"] + minutes * 60
        if minutes == 0 or now < idle_until:
            return
        if any(busy(workspace_id, cluster["cluster_id"]) for busy in self._busy):
            cluster["last_activity"] = now
            return
        self._end(cluster, idle_until, "INACTIVITY", {"inactivity_duration_min": str(minutes)})

    def _tell_begun(self, workspace_id: str) -> None:
        for begun in self._begun:
            begun(workspace_id)

    def _tell_ended(self, workspace_id: str, cluster_id: str) -> None:
        for ended in self._ended:
            ended(workspace_id, cluster_id)

    def _put(self, workspace_id: str, cluster: Document) -> None:
        self._store.put(KIND, f"{workspace_id}/{cluster['cluster_id']}", cluster)


def _event(cluster: Document, kind: str, at: float, **details: Any) -> None:
    cluster["events"].append(
        {"cluster_id": cluster["cluster_id"], "timestamp": int(at * 1000), "type": kind, "details": details}
    )


def _wrong_state(cluster: Document) -> DatabricksFault:
    state = str(cluster["state"]).capitalize()
    message = f"Cluster {cluster['cluster_id']} is in unexpected state {state}."
    return DatabricksFault(400, "INVALID_STATE", message)
