"""What a cluster may look like: every rule that the Clusters API holds a create or edit request against."""

from typing import Any

from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.node_types import NODE_TYPES
from wizard.sandbox.databricks.runtimes import SPARK_VERSIONS
from wizard.sandbox.databricks.wire import Body, malformed, optional, required

# The attributes that a request may set and that the service gives back.
ATTRIBUTES: dict[str, type] = {
    "autotermination_minutes": int,
    "azure_attributes": dict,
    "cluster_log_conf": dict,
    "cluster_name": str,
    "custom_tags": dict,
    "data_security_mode": str,
    "driver_node_type_id": str,
    "enable_elastic_disk": bool,
    "enable_local_disk_encryption": bool,
    "init_scripts": list,
    "is_single_node": bool,
    "kind": str,
    "node_type_id": str,
    "policy_id": str,
    "runtime_engine": str,
    "single_user_name": str,
    "spark_conf": dict,
    "spark_env_vars": dict,
    "spark_version": str,
    "ssh_public_keys": list,
    "use_ml_runtime": bool,
    "workload_type": dict,
}

_CHOICES = {
    "data_security_mode": {
        "DATA_SECURITY_MODE_AUTO",
        "DATA_SECURITY_MODE_DEDICATED",
        "DATA_SECURITY_MODE_STANDARD",
        "LEGACY_PASSTHROUGH",
        "LEGACY_SINGLE_USER",
        "LEGACY_SINGLE_USER_STANDARD",
        "LEGACY_TABLE_ACL",
        "NONE",
        "SINGLE_USER",
        "USER_ISOLATION",
    },
    "runtime_engine": {"NULL", "PHOTON", "STANDARD"},
    "kind": {"CLASSIC_PREVIEW"},
}
_DEDICATED = {"SINGLE_USER", "LEGACY_SINGLE_USER", "LEGACY_SINGLE_USER_STANDARD", "DATA_SECURITY_MODE_DEDICATED"}
_LONGEST_NAME = 100
_MOST_TAGS = 45
_MOST_WORKERS = 100_000


def cluster_spec(body: Body) -> dict[str, Any]:
    """The attributes and the size that a create or edit request asks for, checked.

    Raises DatabricksFault 400 MALFORMED_REQUEST for a field of the wrong type, INVALID_PARAMETER_VALUE for a
    value against the service's rules.
    """
    spec = kept_spec(body)
    check_offered(spec)
    return spec


def kept_spec(body: Body) -> dict[str, Any]:
    """The same of a cluster that was made some time ago: of a runtime or on machines that may be offered no more."""
    required(body, "spark_version")
    spec = {name: optional(body, name, kind, None) for name, kind in ATTRIBUTES.items() if body.get(name) is not None}
    required(spec, "node_type_id")
    _check_choices(spec)
    _check_names(spec)
    spec.update(_size(body, spec))
    return spec


def _check_choices(spec: dict[str, Any]) -> None:
    for field, choices in _CHOICES.items():
        if field in spec and spec[field] not in choices:
            raise malformed(f"Could not parse request object: '{spec[field]}' is not a valid value for '{field}'")
    minutes = spec.get("autotermination_minutes", 0)
    if minutes != 0 and not 10 <= minutes <= 10_000:
        raise invalid("autotermination_minutes must be 0 or between 10 and 10000 minutes")
    if "single_user_name" in spec and spec.get("data_security_mode", "NONE") not in _DEDICATED:
        raise invalid("single_user_name can only be set if data_security_mode is SINGLE_USER")


def _check_names(spec: dict[str, Any]) -> None:
    if len(spec.get("cluster_name", "")) > _LONGEST_NAME:
        raise invalid(f"Cluster name must not be longer than {_LONGEST_NAME} characters")
    tags = spec.get("custom_tags", {})
    if len(tags) > _MOST_TAGS:
        raise invalid(f"Too many custom tags: at most {_MOST_TAGS} are allowed")
    for field in ("custom_tags", "spark_conf", "spark_env_vars"):
        if not all(isinstance(value, str) for value in spec.get(field, {}).values()):
            raise malformed(f"Could not parse request object: Expected 'STRING' values in field '{field}'")


def check_offered(spec: dict[str, Any]) -> None:
    """Raise DatabricksFault unless the workspace offers the runtime and the machines, and they fit together."""
    version = spec["spark_version"]
    if version not in SPARK_VERSIONS:
        raise invalid(f"Invalid spark version {version}.")
    for field in ("node_type_id", "driver_node_type_id"):
        if field in spec and spec[field] not in NODE_TYPES:
            supported = ", ".join(NODE_TYPES)
            raise invalid(f"Node type {spec[field]} is not supported. Supported node types: {supported}")
    if "-gpu-" in version and not NODE_TYPES[spec["node_type_id"]].gpus:
        raise invalid(f"Spark version {version} requires a GPU node type, got {spec['node_type_id']}.")
    if "-photon-" in version and not NODE_TYPES[spec["node_type_id"]].photon:
        raise invalid(f"Node type {spec['node_type_id']} does not support Photon.")


def _size(body: Body, spec: dict[str, Any]) -> dict[str, Any]:
    """Either a fixed number of workers or a range of them; a single node has none."""
    if spec.get("is_single_node"):
        if "kind" not in spec:
            raise invalid("is_single_node can only be used with kind = CLASSIC_PREVIEW")
        return {"num_workers": 0}
    if body.get("autoscale") is not None:
        return {"autoscale": _autoscale(optional(body, "autoscale", dict, {}))}
    if body.get("num_workers") is None:
        raise invalid("Missing required field: size")
    workers = optional(body, "num_workers", int, 0)
    if not 0 <= workers <= _MOST_WORKERS:
        raise invalid(f"num_workers must be between 0 and {_MOST_WORKERS}, got {workers}")
    single_node = spec.get("spark_conf", {}).get("spark.databricks.cluster.profile") == "singleNode"
    if single_node and workers > 0:
        raise invalid("A cluster with spark.databricks.cluster.profile singleNode cannot have workers.")
    return {"num_workers": workers}


def _autoscale(size: Body) -> dict[str, int]:
    smallest, largest = optional(size, "min_workers", int, 0), optional(size, "max_workers", int, 0)
    if largest < 1:
        raise invalid("Missing required field: autoscale.max_workers")
    if not 0 <= smallest <= largest:
        raise invalid(f"autoscale.min_workers ({smallest}) must not exceed autoscale.max_workers ({largest})")
    return {"min_workers": smallest, "max_workers": largest}
