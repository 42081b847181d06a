"""A tenant of a good size, in the forms in which the vendors' own tools list one."""

from __future__ import annotations

from typing import Any

GROUPS, CLUSTERS, REPOSITORIES = 2000, 500, 300
SUBSCRIPTION = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
BEGINNING = 1_700_000_000_000  # milliseconds; the first cluster is the oldest, which the service lists last


def tenant(workspace: str) -> dict[str, Any]:
    """The whole listing. Two clusters go by the name of twin; every fiftieth is a job's."""
    return {
        "resource_groups": [_group(number) for number in range(GROUPS)],
        "clusters": {workspace: [_cluster(number) for number in range(CLUSTERS)]},
        "repositories": [_repository(number) for number in range(REPOSITORIES)],
    }


def _group(number: int) -> dict[str, Any]:
    name = f"rg-team-{number:04}"
    return {
        "id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}",
        "location": "westeurope",
        "managedBy": None,
        "name": name,
        "properties": {"provisioningState": "Succeeded"},
        "tags": {"owner": f"team-{number % 7}"} if number % 3 else None,
        "type": "Microsoft.Resources/resourceGroups",
    }


def _cluster(number: int) -> dict[str, Any]:
    return {
        "cluster_id": f"0101-{number:06}-team{number:04}",
        "cluster_name": "twin" if number in (1, 498) else f"team-{number:04}",
        "cluster_source": "JOB" if number % 50 == 49 else "UI",
        "creator_user_name": f"person{number % 40}@contoso.com",
        "spark_version": "15.4.x-scala2.12",
        "node_type_id": "Standard_DS3_v2",
        "driver_node_type_id": "Standard_DS3_v2",
        "num_workers": number % 4,
        "autotermination_minutes": 30,
        "spark_conf": {"spark.databricks.delta.preview.enabled": "true"},
        "custom_tags": {"owner": f"team-{number % 7}"},
        "default_tags": {"Vendor": "Databricks", "ClusterName": f"team-{number:04}"},
        "start_time": BEGINNING + number,
        "state": "RUNNING" if number % 2 else "TERMINATED",
        "terminated_time": BEGINNING + number + 3_600_000,
        "termination_reason": {
            "code": "INACTIVITY",
            "type": "SUCCESS",
            "parameters": {"inactivity_duration_min": "30"},
        },
    }


def _repository(number: int) -> dict[str, Any]:
    name = f"repository-{number:03}"
    return {
        "defaultBranch": "refs/heads/main",
        "id": f"00000000-0000-0000-0000-{number:012}",
        "isDisabled": False,
        "name": name,
        "project": {"name": "mlops", "state": "wellFormed"},
        "remoteUrl": f"https://contoso@dev.azure.com/contoso/mlops/_git/{name}",
        "size": 0,
    }
