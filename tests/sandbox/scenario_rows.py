"""How each scenario is met in the wizard: what is taken back first, which command meets it, and what it must say."""

from dataclasses import dataclass

YOU = "you"
PROJECT = "an administrator of the Azure DevOps project"
GROUP = "an owner of the resource group"
SUBSCRIPTION = "an owner of the subscription"


@dataclass(frozen=True)
class Row:
    """One scenario. The `step` ends in `status`, with the scenario's own failure as diagnosis, and `who` must act.

    `undo` are steps taken back before, so that what fails is done again; they are applied afterwards. `leaves`: what
    failed stays there and has to be taken back before. `afresh`: an engine that holds no token and no connection.
    `only_token`: Azure DevOps knows us by the personal access token alone.
    """

    step: str
    status: str
    who: str
    verb: str = "check"
    undo: tuple[str, ...] = ()
    leaves: bool = False
    afresh: bool = False
    only_token: bool = False


CLUSTER, LIBRARIES = "databricks.cluster@dev", "databricks.libraries@dev"
KUBERNETES = "aks.compute@test"
WORKSPACE, RBAC = "databricks.workspaces@dev", "azure.rbac@cmr"
SCOPE = "cmr.scope@prod"
ACCOUNT, VAULT, GROUPS = "storage.accounts@test", "keyvault.vault@cmr", "azure.groups@test"


def _vault() -> Row:
    return Row("plan.names", "fail", YOU, undo=(VAULT,))


def _apply(step: str, who: str) -> Row:
    return Row(step, "fail", who, "apply", (step,))


ROWS = {
    # The first, because others take back what these steps need.
    "f29-vault-scopes-for-people": _apply(SCOPE, "a workspace admin"),
    "f30-directory-closed": _apply(SCOPE, "the tenant's administrator"),
    "f30-vault-closed-to-databricks": Row(SCOPE, "fail", GROUP),
    "f30-vault-firewall": Row(VAULT, "fail", GROUP),
    "f31-no-read-on-scope": Row(SCOPE, "fail", "a workspace admin"),
    "f31-scope-missing": Row(SCOPE, "todo", YOU),
    "f31-secret-missing": Row("cmr.secrets@cmr", "todo", YOU),
    "f31-token-refused": Row("cmr.secrets@cmr", "todo", YOU),
    "f20-not-authorized": Row("devops.pipeline@test", "todo", YOU),
    "f21-variable-group-missing": Row("devops.variables@test", "todo", YOU),
    "f24-secret-not-secret": Row("devops.variables@test", "todo", YOU),
    "f01-mfa-required": Row("signin.azure", "fail", YOU, afresh=True),
    "f01-mfa-expired": Row("signin.azure", "fail", YOU, afresh=True),
    "f01-login-idle": Row("signin.azure", "fail", YOU, afresh=True),
    "f01-blocked-by-conditional-access": Row("signin.azure", "fail", "the tenant's administrator", afresh=True),
    "f02-client-secret-expired": Row("signin.azure", "fail", "the owner of the app registration", afresh=True),
    "f02-client-secret-wrong": Row("signin.azure", "fail", YOU, afresh=True),
    "f03-tokens-disabled": Row("databricks.token@dev", "fail", "a workspace admin"),
    "f04-entra-token-expires": Row(WORKSPACE, "fail", YOU, afresh=True),
    "f04-token-expired": Row("databricks.token@dev", "todo", YOU),
    "f04-token-expires-soon": Row("databricks.token@dev", "warn", YOU),
    "f04-token-refused-as-page": Row(WORKSPACE, "fail", YOU),
    "f04-token-revoked": Row("databricks.token@dev", "todo", YOU),
    "f05-ip-access-list": Row(WORKSPACE, "fail", "a workspace admin"),
    "f05-private-link": Row(WORKSPACE, "fail", "your network's administrators"),
    "f06-condition": Row(RBAC, "fail", GROUP),
    "f06-contributor-only": Row(RBAC, "fail", GROUP),
    "f06-denied": Row(RBAC, "fail", "whoever made the deny assignment"),
    "f06-no-subscription": Row("signin.azure", "fail", "the subscription's owner", undo=(RBAC,)),
    "f06-principal-not-found": _apply(RBAC, YOU),
    "f06-reader-only": Row(RBAC, "fail", GROUP),
    "f06-role-not-activated": Row(RBAC, "todo", YOU),
    "f07-compute-not-registered": Row("azure.providers", "todo", YOU),
    "f07-provider-not-registered": Row("azure.providers", "todo", YOU),
    "f07-registration-forbidden": Row("azure.providers", "fail", SUBSCRIPTION, "apply"),
    "f08-storage-name-taken": Row("plan.names", "fail", YOU, undo=(ACCOUNT,)),
    "f09-vault-deleted-elsewhere": _vault(),
    "f09-vault-name-taken": _vault(),
    "f09-vault-purge-protected": _vault(),
    "f09-vault-soft-deleted": _vault(),
    "f10-ml-workspace-soft-deleted": _apply("aml.workspaces@test", YOU),
    "f11-region-not-allowed": _apply("aml.workspaces@test", "the owner of the policy"),
    "f12-family-quota": Row("azure.quota", "fail", SUBSCRIPTION),
    "f12-regional-quota": Row("azure.quota", "fail", SUBSCRIPTION),
    "f12-stockout": _apply(CLUSTER, YOU),
    "f16-bootstrap-timeout": _apply(CLUSTER, YOU),
    "f16-vnet-misconfigured": _apply(CLUSTER, "your network's administrators"),
    "f17-library-fails": _apply(LIBRARIES, YOU),
    "f34-package-not-found": _apply(LIBRARIES, YOU),
    "f13-mounts-off": Row("databricks.mount@dev", "todo", YOU),
    "f14-shared-clusters": _apply("databricks.mount@dev", YOU),
    "f15-account-keys-off": Row("storage.accounts@dev", "fail", YOU),
    "f18-two-clusters-of-a-name": Row(CLUSTER, "fail", YOU),
    "f19-not-a-member": Row("signin.devops", "fail", PROJECT),
    "f19-token-expired": Row("signin.devops", "fail", YOU, only_token=True),
    "f19-token-revoked": Row("signin.devops", "fail", YOU, only_token=True),
    "f19-no-project-rights": Row("devops.rights", "fail", PROJECT),
    "f22-no-hosted-parallelism": Row(
        "devops.parallelism", "fail", "an owner of the Azure DevOps organisation, by the request form"
    ),
    "f26-push-forbidden": Row("devops.rights", "fail", PROJECT),
    "f26-repository-not-visible": Row("devops.rights", "fail", PROJECT),
    "f27-aks-create-fails": Row(KUBERNETES, "fail", YOU, "apply", undo=(KUBERNETES,), leaves=True),
    "f32-legacy-registry-off": Row("jobs.train-from-local@dev", "todo", YOU),  # by the other route
    "f35-operation-in-progress": Row(ACCOUNT, "fail", YOU, "undo"),
    "f35-scope-locked": Row("storage.container@dev", "fail", "an owner of the locked scope"),
    "f36-azure-throttled": Row("signin.azure", "unknown", YOU),
    "f37-tls-intercepted": Row("signin.azure", "unknown", "your network's administrators", afresh=True),
    "x-connections-dropped": Row("signin.azure", "unknown", YOU),
    "x-page-instead-of-json": Row("signin.azure", "unknown", YOU),
    "x-service-unavailable": Row("signin.azure", "unknown", YOU),
    "x-slow": Row("signin.azure", "unknown", YOU),
    # The last, because a group goes with all that is in it; the workspace's vault is purged, to free its name.
    "f11-tag-required": Row(GROUPS, "fail", "the owner of the policy", "apply", undo=(GROUPS, "aml.workspaces@test")),
}

# Scenarios that the wizard gets over without a word, and why; and where else one is walked.
PATIENT = {"f36-databricks-throttled": "three requests are put off, and the client waits as long as it is asked to"}
ELSEWHERE = {
    "f30-no-rights-on-vault": "tests/sandbox/test_vault_scenarios.py",  # here your rights fail first
    "x-several-tenants": "tests/sandbox/test_tenants.py",
    "f26-pull-request-needed": "tests/sandbox/test_scenarios.py",
    "f27-service-crashes": "tests/sandbox/test_ml_services.py",
    "f28-service-answers-nonsense": "tests/sandbox/test_whole_way.py",
    "f33-catalog-missing": "tests/sandbox/test_catalog_scenarios.py",
    "f33-catalog-of-other-workspaces": "tests/sandbox/test_catalog_scenarios.py",
    "f33-model-of-somebody-else": "tests/sandbox/test_catalog_scenarios.py",
    "f33-no-create-model": "tests/sandbox/test_catalog_scenarios.py",
    "f33-no-metastore": "tests/sandbox/test_catalog_scenarios.py",
    "f33-no-storage-for-catalogs": "tests/sandbox/test_catalog_scenarios.py",
    "f33-no-use-catalog": "tests/sandbox/test_catalog_scenarios.py",
    "x-new-workspaces": "tests/sandbox/test_new_workspaces.py",
}
