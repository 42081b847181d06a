"""Stages and steps in order: (number, title, ((id, title, environments), ...)). Nothing is imported here, so that the
screen's skeleton can be drawn from it at once.
"""

OUTLINE = (
    (
        0,
        "Prerequisites",
        (
            ("signin.azure", "Sign in to Azure", ()),
            ("signin.devops", "Sign in to Azure DevOps", ()),
            ("local.tools", "Tools on this machine", ()),
            ("plan.names", "Region and names", ()),
            ("azure.providers", "Resource providers", ()),
            ("azure.quota", "Cores for clusters", ()),
            ("azure.groups", "Resource group", ("dev", "test", "prod", "cmr")),
            ("azure.rbac", "Your rights", ("dev", "test", "prod", "cmr")),
            ("devops.rights", "Rights in the Azure DevOps project", ()),
            ("databricks.workspaces", "Databricks workspace", ("dev", "test", "prod", "cmr")),
            ("storage.accounts", "Storage account", ("dev", "test", "prod")),
            ("aml.workspaces", "Azure ML workspace", ("dev", "test", "prod")),
            ("keyvault.vault", "Key vault of the registry", ("cmr",)),
            ("devops.parallelism", "Agents for the pipeline", ()),
        ),
    ),
    (
        1,
        "Local development",
        (
            ("repo.devops", "Repository in Azure DevOps", ()),
            ("repo.clone", "Clone on this machine", ()),
            ("repo.branch", "Feature branch", ()),
            ("databricks.token", "Access token for the workspace", ("dev",)),
            ("local.install-script", "Install script", ("dev",)),
            ("databricks.cluster", "Cluster", ("dev",)),
            ("databricks.libraries", "Libraries on the cluster", ("dev",)),
            ("storage.container", "Blob container", ("dev",)),
            ("storage.dataset", "Wine data set", ("dev",)),
            ("databricks.mount", "Data visible on the cluster", ("dev",)),
            ("jobs.train-from-local", "Train from this machine", ("dev",)),
            ("repo.push", "Code on the main branch", ()),
        ),
    ),
    (
        2,
        "Test environment",
        (
            ("databricks.token", "Access token for the workspace", ("test",)),
            ("local.install-script", "Install script", ("test",)),
            ("databricks.cluster", "Cluster", ("test",)),
            ("databricks.libraries", "Libraries on the cluster", ("test",)),
            ("storage.container", "Blob container", ("test",)),
            ("storage.dataset", "Wine data set", ("test",)),
            ("databricks.mount", "Data visible on the cluster", ("test",)),
            ("devops.variables", "Variable group", ("test",)),
            ("devops.connection", "Service connection", ("test",)),
            ("devops.pipeline", "Pipeline", ("test",)),
            ("aks.compute", "Kubernetes for the service", ("test",)),
            ("devops.run-test", "Pipeline run", ("test",)),
            ("registry.model-test", "Model in the registry", ("test",)),
            ("service.test", "Service answers", ("test",)),
        ),
    ),
    (
        3,
        "Prod and the central registry",
        (
            ("databricks.token", "Access token for the workspace", ("prod", "cmr")),
            ("local.install-script", "Install script", ("prod", "cmr")),
            ("databricks.cluster", "Cluster", ("prod",)),
            ("databricks.libraries", "Libraries on the cluster", ("prod",)),
            ("storage.container", "Blob container", ("prod",)),
            ("storage.dataset", "Wine data set", ("prod",)),
            ("databricks.mount", "Data visible on the cluster", ("prod",)),
            ("cmr.secrets", "Secrets of the registry", ("cmr",)),
            ("cmr.scope", "Secret scope of the registry", ("prod",)),
            ("cmr.registry", "Central registry works", ("prod",)),
            ("devops.variables", "Variable group", ("prod",)),
            ("devops.connection", "Service connection", ("prod",)),
            ("devops.approval", "Environment and approval", ("prod",)),
            ("devops.pipeline", "Pipeline", ("prod",)),
            ("aks.compute", "Kubernetes for the service", ("prod",)),
            ("repo.release", "Release", ("prod",)),
            ("devops.run-prod", "Pipeline run", ("prod",)),
            ("registry.model-cmr", "Model in the registry", ("prod",)),
            ("service.prod", "Service answers", ("prod",)),
        ),
    ),
)

# What runs only while a person has armed it: environment, the answer whose value they type for that, and the risks of
# the actions it is about (all actions where none is named).
GUARDED = (
    ("prod", "prod.resource_group", ()),
    ("cmr", "cmr.resource_group", ("hard to undo",)),
)
