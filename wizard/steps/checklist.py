"""The checklist: every step in the order of the outline, which also gives titles and environments."""

from __future__ import annotations

from dataclasses import replace

from wizard.engine.arming import Guard
from wizard.engine.checklist import Checklist, Stage
from wizard.engine.step import Step
from wizard.steps import (
    aks_compute,
    azure_access,
    azure_groups,
    azure_providers,
    azure_quota,
    central_registry,
    clusters,
    data_path,
    databricks_tokens,
    databricks_workspaces,
    devops_approval,
    devops_connection,
    devops_pipeline,
    devops_rights,
    devops_signin,
    devops_variables,
    install_script,
    libraries,
    local_tools,
    ml_service,
    ml_workspaces,
    names,
    parallelism,
    pipeline_model,
    pipeline_run,
    registry_scope,
    registry_secrets,
    registry_vault,
    release,
    repository_branch,
    repository_clone,
    repository_devops,
    repository_push,
    signin,
    storage_accounts,
    storage_data,
    training,
)
from wizard.steps.outline import GUARDED, OUTLINE

STEPS: tuple[Step, ...] = (
    signin.AZURE,
    devops_signin.DEVOPS,
    local_tools.TOOLS,
    names.NAMES,
    azure_providers.PROVIDERS,
    azure_quota.QUOTA,
    azure_groups.GROUPS,
    azure_access.RBAC,
    devops_rights.RIGHTS,
    databricks_workspaces.WORKSPACES,
    storage_accounts.ACCOUNTS,
    ml_workspaces.WORKSPACES,
    registry_vault.VAULT,
    parallelism.PARALLELISM,
    repository_devops.DEVOPS,
    repository_clone.CLONE,
    repository_branch.BRANCH,
    databricks_tokens.TOKEN,
    install_script.SCRIPT,
    clusters.CLUSTER,
    libraries.LIBRARIES,
    storage_data.CONTAINER,
    storage_data.DATASET,
    data_path.DATA,
    training.TRAIN,
    repository_push.PUSH,
    devops_variables.VARIABLES,
    devops_connection.CONNECTION,
    devops_pipeline.PIPELINE,
    aks_compute.COMPUTE,
    pipeline_run.RUN_TEST,
    pipeline_model.MODEL_TEST,
    ml_service.SERVICE_TEST,
    registry_secrets.SECRETS,
    registry_scope.SCOPE,
    central_registry.REGISTRY,
    devops_approval.APPROVAL,
    release.RELEASE,
    pipeline_run.RUN_PROD,
    pipeline_model.MODEL_CMR,
    ml_service.SERVICE_PROD,
)


def in_outline() -> tuple[Stage, ...]:
    """The stages of the outline, each line joined with the step of its id; KeyError when one has no counterpart."""
    known = {step.id: step for step in STEPS}
    missing = known.keys() - {id_ for _, _, lines in OUTLINE for id_, _, _ in lines}
    if missing:
        raise KeyError(f"not in the outline: {', '.join(sorted(missing))}")
    return tuple(
        Stage(
            number,
            title,
            tuple(replace(known[id_], title=name, environments=environments) for id_, name, environments in lines),
        )
        for number, title, lines in OUTLINE
    )


CHECKLIST = Checklist(in_outline(), tuple(Guard(*each) for each in GUARDED), named_by="prefix")
