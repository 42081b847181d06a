"""Clusters and their libraries with databricks-sdk."""

import time

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, DatabricksError, ResourceDoesNotExist
from databricks.sdk.service.compute import (
    AutoScale,
    ClusterSource,
    EventType,
    Library,
    LibraryInstallStatus,
    ListClustersFilterBy,
    PythonPyPiLibrary,
    State,
    TerminationReasonCode,
)

from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks import clusters as clusters_module
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.store import Store

RUNTIME = "17.3.x-cpu-ml-scala2.13"
NODE = "Standard_DS3_v2"
SOMEBODY = Principal("1", "t", "somebody@example.com", "User")


@pytest.fixture(scope="module")
def client(in_workspace):
    return WorkspaceClient()


@pytest.fixture(scope="module")
def cluster(client):
    made = client.clusters.create(
        cluster_name="libraries", spark_version=RUNTIME, node_type_id=NODE, num_workers=1, autotermination_minutes=20
    ).result()
    yield made
    client.clusters.permanent_delete(made.cluster_id)


def test_the_sdk_chooses_runtime_and_node_type(client):
    chosen = client.clusters.select_spark_version(latest=True, long_term_support=True, ml=True, scala="2.13")
    assert chosen.endswith("-cpu-ml-scala2.13")
    assert client.clusters.select_node_type(local_disk=True) == NODE
    assert client.clusters.list_zones().default_zone == "eastus"


def test_a_cluster_goes_through_its_life(client):
    made = client.clusters.create(
        cluster_name="life",
        spark_version=RUNTIME,
        node_type_id=NODE,
        autoscale=AutoScale(min_workers=1, max_workers=3),
        custom_tags={"team": "wine"},
    )
    assert client.clusters.get(made.cluster_id).state is State.PENDING
    running = made.result()
    assert (running.state, running.cluster_cores, running.custom_tags) == (State.RUNNING, 8, {"team": "wine"})
    assert running.driver.private_ip
    ended = client.clusters.delete(made.cluster_id).result()
    assert ended.termination_reason.code is TerminationReasonCode.USER_REQUEST
    assert client.clusters.start(made.cluster_id).result().state is State.RUNNING
    kinds = [event.type for event in client.clusters.events(made.cluster_id)]
    assert kinds[0] is EventType.RUNNING
    assert {EventType.CREATING, EventType.TERMINATING, EventType.STARTING} <= set(kinds)
    client.clusters.permanent_delete(made.cluster_id)
    with pytest.raises(ResourceDoesNotExist, match="does not exist"):
        client.clusters.get(made.cluster_id)


def test_names_repeat_and_idempotency_tokens_do_not(client):
    body = {"cluster_name": "twin", "spark_version": RUNTIME, "node_type_id": NODE, "num_workers": 0}
    ids = [
        client.api_client.do("POST", "/api/2.1/clusters/create", body={**body, "idempotency_token": token})[
            "cluster_id"
        ]
        for token in ("first", "first", "second")
    ]
    assert ids[0] == ids[1] != ids[2]
    named = [item.cluster_id for item in client.clusters.list() if item.cluster_name == "twin"]
    assert sorted(named) == sorted(set(ids))
    for cluster_id in set(ids):
        client.clusters.permanent_delete(cluster_id)


def test_listing_pages_and_filters(client, cluster):
    ids = [
        client.clusters.create(
            cluster_name=f"page {number}", spark_version=RUNTIME, node_type_id=NODE, num_workers=1
        ).cluster_id
        for number in range(3)
    ]
    assert set(ids) <= {item.cluster_id for item in client.clusters.list(page_size=2)}
    by_api = ListClustersFilterBy(cluster_sources=[ClusterSource.JOB])
    assert not set(ids) & {item.cluster_id for item in client.clusters.list(filter_by=by_api)}
    for cluster_id in ids:
        client.clusters.permanent_delete(cluster_id)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spark_version": "99.9.x-scala2.13"}, "Invalid spark version 99.9"),
        ({"node_type_id": "Standard_Nothing"}, "Node type Standard_Nothing is not supported. Supported node types"),
        ({"num_workers": None}, "Missing required field: size"),
        ({"num_workers": -1}, "num_workers"),
        ({"autotermination_minutes": 5}, "autotermination_minutes"),
        ({"num_workers": None, "autoscale": {"min_workers": 3, "max_workers": 2}}, "min_workers"),
        ({"cluster_name": "x" * 101}, "Cluster name"),
        ({"single_user_name": "a@b.c"}, "data_security_mode"),
        ({"spark_conf": {"spark.databricks.cluster.profile": "singleNode"}}, "singleNode"),
        ({"data_security_mode": "PUBLIC"}, "not a valid value"),
        ({"num_workers": "two"}, "Expected 'NUMBER'"),
        ({"spark_version": "17.3.x-gpu-ml-scala2.13"}, "GPU"),
    ],
)
def test_bad_clusters_are_refused_with_the_rule(client, change, message):
    body = {"cluster_name": "bad", "spark_version": RUNTIME, "node_type_id": NODE, "num_workers": 1} | change
    with pytest.raises(BadRequest, match=message):
        client.api_client.do("POST", "/api/2.1/clusters/create", body=body)
    assert "bad" not in {item.cluster_name for item in client.clusters.list()}


def test_states_are_minded(client, cluster):
    with pytest.raises(DatabricksError, match="is in unexpected state Running"):
        client.clusters.start(cluster.cluster_id)


def statuses(client, cluster_id, wanted):
    """The statuses of some packages, once none is on its way any more."""
    on_its_way = (LibraryInstallStatus.PENDING, LibraryInstallStatus.INSTALLING)
    deadline = time.monotonic() + 20
    while True:
        rows = {row.library.pypi.package: row for row in client.libraries.cluster_status(cluster_id)}
        if all(rows[name].status not in on_its_way for name in wanted):
            return rows
        assert time.monotonic() < deadline


def test_libraries_are_what_the_environment_holds(client, cluster):
    wanted = ["mlflow[extras]", "scikit-learn>=1", "numpy<1", "no-such-package-anywhere", "not a requirement"]
    client.libraries.install(
        cluster.cluster_id, [Library(pypi=PythonPyPiLibrary(package=package)) for package in wanted]
    )
    rows = statuses(client, cluster.cluster_id, wanted)
    installed = {name for name, row in rows.items() if row.status is LibraryInstallStatus.INSTALLED}
    assert installed == {"mlflow[extras]", "scikit-learn>=1"}
    assert "kubernetes" in rows["mlflow[extras]"].messages[0]
    assert "No matching distribution found for no-such-package-anywhere" in rows["no-such-package-anywhere"].messages[0]
    assert rows["numpy<1"].status is LibraryInstallStatus.FAILED
    client.libraries.uninstall(cluster.cluster_id, [Library(pypi=PythonPyPiLibrary(package="numpy<1"))])
    status = statuses(client, cluster.cluster_id, wanted)["numpy<1"].status
    assert status is LibraryInstallStatus.UNINSTALL_ON_RESTART


class Clock:
    """A time that the test moves."""

    def __init__(self):
        self.now = 1_000_000.0

    def time(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(clusters_module, "time", clock)
    monkeypatch.setattr("wizard.sandbox.cloud.time", clock)
    return clock


SPEC = {"spark_version": RUNTIME, "node_type_id": NODE, "num_workers": 0, "autotermination_minutes": 10}


def test_an_idle_cluster_ends_by_itself_and_its_life_survives_a_restart(tmp_path, clock):
    file = tmp_path / "state.sqlite"
    before = Clusters(Cloud(tmp_path, Store(file), speed=1.0))
    cluster_id = before.create("1", SOMEBODY, SPEC, source="API")
    clock.now += 239
    assert before.get("1", cluster_id)["state"] == "PENDING"
    clock.now += 2
    after = Clusters(Cloud(tmp_path, Store(file), speed=1.0))
    assert after.get("1", cluster_id)["state"] == "RUNNING"
    clock.now += 590
    assert after.get("1", cluster_id)["state"] == "RUNNING"
    clock.now += 10
    assert after.get("1", cluster_id)["state"] == "TERMINATING"
    clock.now += 60
    ended = after.get("1", cluster_id)
    assert (ended["state"], ended["termination"]["code"]) == ("TERMINATED", "INACTIVITY")


def test_a_busy_cluster_stays(tmp_path, clock):
    clusters = Clusters(Cloud(tmp_path, Store(tmp_path / "state.sqlite"), speed=1.0))
    cluster_id = clusters.create("1", SOMEBODY, SPEC, source="API")
    clusters.counts_as_activity(lambda workspace_id, on: on == cluster_id)
    clock.now += 240 + 3600
    clusters.get("1", cluster_id)
    clock.now += 3600
    assert clusters.get("1", cluster_id)["state"] == "RUNNING"
