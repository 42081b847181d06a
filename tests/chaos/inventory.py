"""What a finished mission leaves in the cloud: each thing by name or number, so that one too many shows."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from azure.mgmt.resource import ResourceManagementClient
from azureml.core.webservice import Webservice

from tests.rehearsal import Rehearsal
from tests.sandbox.devops_access import connection
from tests.sandbox.machine_learning_access import only_workspace

FOUNDERS = 2  # the sandbox's user and service principal own its subscription


def expected(*, whole: bool) -> dict:
    """What stands there at the end; not `whole`: of a mission without the pipeline's runs and what comes of them."""
    return {
        "groups": ["rg-wine-cmr", "rg-wine-dev", "rg-wine-prod", "rg-wine-test"],
        "tokens": 1, "clusters": 1, "mounts": 1, "runs": 1, "versions": 1, "workspaces": 4, "accounts": 3,
        "vaults": 4, "ml workspaces": 3, "computes": ["Succeeded"], "insights": 3, "own roles": 1,
        "repositories": ["mlops", "wine-mlops"], "pull requests": ["completed"], "commits": 2,
        "identities": 2,
        "library": (["prod-env", "test-env"], ["mlops-wizard-prod", "mlops-wizard-test"], ["wine-mlops"], ["prod"]),
        "pipeline runs": ["succeeded", "succeeded"] if whole else [], "releases": ["refs/tags/v1.0.0"] if whole else [],
        "services": {"test": ["Healthy"], "prod": ["Healthy"]} if whole else {"test": [], "prod": []},
        "prod": {"tokens": 1, "clusters": 1, "scopes": ["cmr"], "models": []},
        "registry": {"tokens": 1, "versions": int(whole), "secrets": ["cmr-host", "cmr-token", "cmr-workspace-id"]},
    }  # fmt: skip


def inventory(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> dict:
    """What stands in the cloud, read with the vendors' own clients."""
    from azure.identity import EnvironmentCredential
    from azure.mgmt.authorization import AuthorizationManagementClient
    from databricks.sdk import WorkspaceClient

    from wizard.engine.secrets import read_exports

    for name, value in rehearsal.environment().items():
        monkeypatch.setenv(name, value)
    arm = ResourceManagementClient(EnvironmentCredential(), rehearsal.environment()["AZURE_SUBSCRIPTION_ID"])
    exports = read_exports(rehearsal.folder / "env.sh")
    databricks = WorkspaceClient(host=exports["DATABRICKS_HOST"], token=exports["DATABRICKS_TOKEN"])
    roles = AuthorizationManagementClient(EnvironmentCredential(), rehearsal.environment()["AZURE_SUBSCRIPTION_ID"])
    resources = [resource.type for resource in arm.resources.list()]
    clusters = list(databricks.clusters.list())
    with_cluster = WorkspaceClient(
        host=exports["DATABRICKS_HOST"], token=exports["DATABRICKS_TOKEN"], cluster_id=clusters[0].cluster_id
    )
    mounts = [mount for mount in with_cluster.dbutils.fs.mounts() if mount.mountPoint == "/mnt/data"]
    versions = databricks.model_registry.search_model_versions(filter="name='sk-learn-linear-reg-model'")
    return {
        "groups": sorted(group.name for group in arm.resource_groups.list() if not group.managed_by),
        "tokens": len(list(databricks.tokens.list())),
        "clusters": len(clusters),
        "mounts": len(mounts),
        "runs": len(list(databricks.jobs.list_runs())),
        "versions": len(list(versions)),
        "workspaces": resources.count("Microsoft.Databricks/workspaces"),
        "accounts": resources.count("Microsoft.Storage/storageAccounts"),
        "vaults": resources.count("Microsoft.KeyVault/vaults"),
        "ml workspaces": resources.count("Microsoft.MachineLearningServices/workspaces"),
        "computes": [each["properties"]["provisioningState"] for each in computes(arm)],
        "insights": resources.count("Microsoft.Insights/components"),
        "identities": resources.count("Microsoft.ManagedIdentity/userAssignedIdentities"),
        "own roles": len(list(roles.role_assignments.list_for_resource_group("rg-wine-cmr", "atScope()"))) - FOUNDERS,
        "library": library(rehearsal.environment()),
        "pipeline runs": pipeline_runs(rehearsal.environment()),
        "services": {
            place: [each.state for each in Webservice.list(only_workspace(rehearsal.environment(), f"rg-wine-{place}"))]
            for place in ("test", "prod")
        },
        "prod": prod(workspace(rehearsal, "prod")),
        "registry": registry(workspace(rehearsal, "cmr"), arm),
        **code(rehearsal.environment(), rehearsal.folder),
    }


def workspace(rehearsal: Rehearsal, environment: str) -> Any:
    """The vendor's client of an environment's workspace, by its install script."""
    from databricks.sdk import WorkspaceClient

    from wizard.engine.secrets import read_exports

    exports = read_exports(rehearsal.folder / f"env.{environment}.sh")
    return WorkspaceClient(host=exports["DATABRICKS_HOST"], token=exports["DATABRICKS_TOKEN"])


def prod(databricks: Any) -> dict:
    """What stands in prod's workspace."""
    return {
        "tokens": len(list(databricks.tokens.list())),
        "clusters": len(list(databricks.clusters.list())),
        "scopes": [scope.name for scope in databricks.secrets.list_scopes()],
        "models": [model.name for model in databricks.model_registry.list_models()],
    }


def registry(databricks: Any, arm: ResourceManagementClient) -> dict:
    """What stands in the central registry and its key vault."""
    from azure.identity import EnvironmentCredential
    from azure.keyvault.secrets import SecretClient

    (vault,) = arm.resources.list_by_resource_group("rg-wine-cmr", filter="resourceType eq 'Microsoft.KeyVault/vaults'")
    secrets = SecretClient(f"https://{vault.name}.vault.azure.net", EnvironmentCredential())
    versions = databricks.model_registry.search_model_versions(filter="name='sk-learn-linear-reg-model'")
    return {
        "tokens": len(list(databricks.tokens.list())),
        "versions": len(list(versions)),
        "secrets": sorted(each.name for each in secrets.list_properties_of_secrets()),
    }


def computes(arm: ResourceManagementClient) -> list[dict]:
    """The computes of test's Azure ML workspace."""
    workspaces = arm.resources.list_by_resource_group(
        "rg-wine-test", filter="resourceType eq 'Microsoft.MachineLearningServices/workspaces'"
    )
    listed = arm.resources.get_by_id(f"{next(iter(workspaces)).id}/computes", "2024-04-01")
    return listed.additional_properties["value"]


def devops_clients(environment: dict[str, str]) -> Any:
    """The vendor's clients of the organisation."""
    return connection(environment, environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1


def pipeline_runs(environment: dict[str, str]) -> list[str]:
    """How the runs of the project's pipelines ended."""
    builds = (
        connection(environment, environment["AZURE_DEVOPS_EXT_PAT"])
        .clients_v7_1.get_build_client()
        .get_builds(environment["AZURE_DEVOPS_PROJECT"])
    )
    return [build.result for build in builds]


def library(environment: dict[str, str]) -> tuple[list[str], ...]:
    """The names of the project's variable groups, service connections, pipelines and environments."""
    clients, project = (
        devops_clients(environment),
        environment["AZURE_DEVOPS_PROJECT"],
    )
    return (
        sorted(each.name for each in clients.get_task_agent_client().get_variable_groups(project)),
        sorted(each.name for each in clients.get_service_endpoint_client().get_service_endpoints(project)),
        [each.name for each in clients.get_build_client().get_definitions(project)],
        [each.name for each in clients.get_task_agent_client().get_environments(project)],
    )


def code(environment: dict[str, str], folder: Path) -> dict:
    """What stands in Azure DevOps, and how many commits went there besides merges."""
    from wizard.clients.devops import DevOps
    from wizard.clients.devops_sign_in import TokenSignIn
    from wizard.engine.secrets import Secret

    devops = DevOps(environment["AZURE_DEVOPS_ORG_URL"], TokenSignIn(Secret(environment["AZURE_DEVOPS_EXT_PAT"])))
    project = environment["AZURE_DEVOPS_PROJECT"]
    requests = devops.pull_requests(project, "wine-mlops", "refs/heads/initial", "refs/heads/main", "all")
    count = ["git", "rev-list", "--no-merges", "--count", "HEAD"]
    return {
        "repositories": [each.name for each in devops.repositories(project)],
        "pull requests": [each.status for each in requests],
        "releases": [each.name for each in devops.refs(project, "wine-mlops", "tags/")],
        "commits": int(subprocess.run(count, cwd=folder, capture_output=True, text=True, check=True).stdout),
    }
