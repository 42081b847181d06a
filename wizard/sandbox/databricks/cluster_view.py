"""A cluster as the Clusters API shows it."""

from typing import Any

from wizard.sandbox.databricks.node_types import NODE_TYPES
from wizard.sandbox.store import Document

_MESSAGES = {
    "PENDING": "Starting Spark",
    "RESTARTING": "Restarting Spark",
    "RUNNING": "",
    "TERMINATING": "Terminating",
    "USER_REQUEST": "Terminated by user",
    "INACTIVITY": "Inactivity",
    "JOB_FINISHED": "Job finished",
}


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def cluster_details(cluster: Document) -> dict[str, Any]:
    """The body of clusters/get, and one row of clusters/list."""
    spec, state = cluster["spec"], cluster["state"]
    node_type = spec["node_type_id"]
    dedicated = spec.get("data_security_mode") in ("SINGLE_USER", "DATA_SECURITY_MODE_DEDICATED")
    details: dict[str, Any] = {
        "cluster_id": cluster["cluster_id"],
        "cluster_name": "",
        "creator_user_name": cluster["creator"],
        "cluster_source": cluster["source"],
        "state": state,
        "state_message": _message(cluster),
        "start_time": _milliseconds(cluster["created"]),
        "last_state_loss_time": _milliseconds(cluster["started"]),
        "autotermination_minutes": 0,
        "enable_elastic_disk": True,
        "enable_local_disk_encryption": False,
        "azure_attributes": {"first_on_demand": 1, "availability": "ON_DEMAND_AZURE", "spot_bid_max_price": -1},
        "runtime_engine": "PHOTON" if "-photon-" in spec["spark_version"] else "STANDARD",
        "driver_node_type_id": node_type,
        **({"single_user_name": cluster["creator"]} if dedicated else {}),
        **spec,
        "default_tags": {
            "Vendor": "Databricks",
            "Creator": cluster["creator"],
            "ClusterName": spec.get("cluster_name", ""),
            "ClusterId": cluster["cluster_id"],
        },
        "spec": spec,
    }
    if "autoscale" in spec:
        details["num_workers"] = spec["autoscale"]["min_workers"]
    if state == "RUNNING":
        details.update(_running(cluster, details["num_workers"]))
    if cluster["termination"] and state in ("TERMINATING", "TERMINATED"):
        details["termination_reason"] = cluster["termination"]
        details["terminated_time"] = _milliseconds(cluster["ended_at"])
    return details


def _running(cluster: Document, workers: int) -> dict[str, Any]:
    """What only a running cluster has: its driver's address and its size in cores and memory."""
    spec, number = cluster["spec"], cluster["driver_number"]
    worker = NODE_TYPES[spec["node_type_id"]]
    driver = NODE_TYPES[spec.get("driver_node_type_id", spec["node_type_id"])]
    identity = f"{cluster['spark_context_id']:016x}{number:016x}"
    return {
        "driver": {
            "node_id": identity,
            "instance_id": identity[::-1],
            "start_timestamp": _milliseconds(cluster["started"]),
            "host_private_ip": f"10.139.0.{number}",
            "private_ip": f"10.139.64.{number}",
        },
        "spark_context_id": cluster["spark_context_id"],
        "jdbc_port": 10000,
        "cluster_memory_mb": driver.memory + workers * worker.memory,
        "cluster_cores": driver.cores + workers * worker.cores,
        "last_restarted_time": _milliseconds(cluster["ready_at"]),
    }


def _message(cluster: Document) -> str:
    if cluster["state"] == "TERMINATED":
        code, about = str(cluster["termination"]["code"]), cluster["termination"]["parameters"]
        if cluster["termination"]["type"] == "SUCCESS":
            return _MESSAGES.get(code, code)
        details = ",".join(f"{name}:{value}" for name, value in about.items())
        return f"{code}({cluster['termination']['type']}): {details}"
    return _MESSAGES[cluster["state"]]
