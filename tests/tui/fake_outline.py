"""A checklist as long as the real one gets: over 40 steps in four environments. Used by the fake engine (`wide`)."""

FOUR, THREE = ("dev", "test", "prod", "cmr"), ("dev", "test", "prod")

# stage, id, title, environments, needs
LINES = (
    (0, "signin.azure", "Sign in to Azure", ("",), ()),
    (0, "signin.devops", "Sign in to Azure DevOps", ("",), ()),
    (0, "local.tools", "Tools on this machine", ("",), ()),
    (0, "plan.names", "Region and names", ("",), ("signin.azure",)),
    (0, "azure.providers", "Resource providers", ("",), ("signin.azure",)),
    (0, "azure.quota", "Quota of cores", ("",), ("signin.azure",)),
    (0, "azure.groups", "Resource group", FOUR, ("plan.names",)),
    (0, "azure.rbac", "Your rights on the resource group", FOUR, ("azure.groups",)),
    (0, "devops.rights", "Rights in the Azure DevOps project", ("",), ("signin.devops",)),
    (0, "databricks.workspaces", "Databricks workspace", FOUR, ("azure.groups",)),
    (0, "aml.workspaces", "Azure ML workspace", THREE, ("azure.groups",)),
    (0, "storage.accounts", "Storage account", THREE, ("azure.groups",)),
    (0, "keyvault.vault", "Key vault of the registry", ("",), ("azure.groups@cmr",)),
    (0, "devops.parallelism", "Agents for the pipeline", ("",), ("signin.devops",)),
    (1, "repo.devops", "Repository in Azure DevOps", ("",), ("devops.rights",)),
    (1, "repo.clone", "Clone on this machine", ("",), ("repo.devops",)),
    (1, "repo.branch", "Branch of your own", ("",), ("repo.clone",)),
    (1, "databricks.token", "Access token for the workspace", ("dev",), ("databricks.workspaces",)),
    (1, "local.install-script", "Install script", ("dev",), ("databricks.token",)),
    (1, "databricks.cluster", "Cluster", ("dev",), ("databricks.token",)),
    (1, "databricks.libraries", "Libraries on the cluster", ("dev",), ("databricks.cluster",)),
    (1, "storage.container", "Blob container", ("dev",), ("storage.accounts",)),
    (1, "storage.dataset", "Wine data set", ("dev",), ("storage.container",)),
    (1, "databricks.mount", "Data visible on the cluster", ("dev",), ("storage.dataset", "databricks.cluster")),
    (1, "jobs.train-from-local", "Train from this machine", ("dev",), ("databricks.mount",)),
    (1, "repo.push", "Push the branch", ("",), ("repo.clone",)),
)
# the second environment, and the third, whose last steps do the same by other ids
IN_TEST = (
    *((2, step, title, ("test",), needs) for _, step, title, _, needs in LINES[17:24]),
    (2, "devops.variables", "Variable group", ("test",), ("databricks.token",)),
    (2, "devops.run-test", "Pipeline run", ("test",), ("devops.variables",)),
    (2, "service.test", "Service answers", ("test",), ("devops.run-test",)),
)
IN_PROD = (
    *((3, step, title, ("prod",), needs) for _, step, title, _, needs in IN_TEST[:-2]),
    (3, "cmr.scope", "Secret scope of the registry", ("cmr",), ("keyvault.vault",)),
    (3, "devops.run-prod", "Pipeline run", ("prod",), ("devops.variables",)),
    (3, "service.prod", "Service answers", ("prod",), ("devops.run-prod",)),
)
REPLICA = (
    ("Variables", "DATABRICKS_HOST", "https://adb-7405607170254123.3.azuredatabricks.net",
     "https://adb-7405607170254199.19.azuredatabricks.net", "expected", "a host of its own"),
    ("Variables", "RESOURCE_GROUP", "rg-wine-test", "rg-wine-prod", "expected", "a name of its own"),
    ("Registry route", "REGISTRY_URI", "databricks", "databricks://cmr:cmr", "expected", "the registry that it uses"),
    ("Registry route", "REGISTRY_TOKEN", "—", "secret", "expected", "the registry that it uses"),
    ("Variables", "DATABRICKS_TOKEN", "secret", "secret", "same", ""),
    ("Cluster", "node type", "Standard_DS3_v2", "Standard_DS3_v2", "same", ""),
)  # fmt: skip
DIFFERENCES = (
    ("Variables", "MODEL", "sk-learn-linear-reg-model", "sk-learn-model", "surprise", "it should be the same model"),
    ("Cluster", "runtime", "17.3.x-cpu-ml-scala2.13", "16.4.x-cpu-ml-scala2.12", "surprise", "it should be the same"),
    ("Kubernetes", "", "set up", "not set up yet: there is no Kubernetes cluster aks-wine", "not set up", ""),
    ("Roles", "", "set up", "management.azure.com does not answer [bold]", "unread", ""),
    *REPLICA,
)
OPTIONAL = frozenset({"repo.branch"})
NAMED = {"resource_group": ("Resource group", FOUR), "workspace": ("Databricks workspace", FOUR),
         "aml_workspace": ("Azure ML workspace", THREE), "storage_account": ("Storage account", THREE),
         "key_vault": ("Key vault", ("cmr",))}  # fmt: skip


def steps(*, whole: bool = False) -> tuple[tuple[int, str, str, str, tuple[str, ...]], ...]:
    """Every instance: stage, id, environment, title, keys of what it needs; `whole` with test and prod."""
    lines = (*LINES, *IN_TEST, *IN_PROD) if whole else LINES
    spread: dict[str, tuple[str, ...]] = {}
    for _, step, _, places, _ in lines:
        spread[step] = (*spread.get(step, ()), *places)

    def key(need: str, environment: str) -> str:
        return need if "@" in need or environment not in spread[need] or not environment else f"{need}@{environment}"

    return tuple(
        (stage, step, place, title, tuple(key(need, place) for need in needs))
        for stage, step, title, places, needs in lines
        for place in places
    )


def questions() -> dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]]:
    """About 20 questions: names in every environment, and those of Azure DevOps."""
    names = [(f"{each}.{key}", f"{title} ({each})", ()) for key, (title, places) in NAMED.items() for each in places]
    return {
        "plan.names": (("prefix", "Prefix of all names", ()), ("region", "Azure region", ()), *names),
        "repo.devops": (("devops.repository", "Name of the repository", ()),),
        "repo.branch": (("repo.branch.skip", "Leave this step out? Why?", ()),),
        "databricks.cluster": (("dev.cluster", "Name of the cluster", ()),),
    }
