"""The routing table of Azure Resource Manager: method, path, handler, action and whose api-versions count."""

from wizard.sandbox.arm import (
    authorization_routes,
    blob_containers,
    databricks,
    groups,
    identity_routes,
    keyvault_routes,
    ml_routes,
    operations,
    providers,
    resources,
    storage_accounts,
    subscriptions,
)
from wizard.sandbox.arm.route import Route

_S = "/subscriptions/{subscription}"
_G = _S + "/resourceGroups/{group}"
_STORAGE = _G + "/providers/Microsoft.Storage/storageAccounts"
_CONTAINERS = _STORAGE + "/{name}/blobServices/default/containers"
_DATABRICKS = _G + "/providers/Microsoft.Databricks/workspaces"
_GROUPS_ACTION = "Microsoft.Resources/subscriptions/resourceGroups"
_STORAGE_ACTION = "Microsoft.Storage/storageAccounts"
_CONTAINERS_ACTION = f"{_STORAGE_ACTION}/blobServices/containers"
_DATABRICKS_ACTION = "Microsoft.Databricks/workspaces"

ROUTES = [
    *authorization_routes.ROUTES,
    # subscriptions
    Route("GET", "/subscriptions", subscriptions.list_all, "", "Microsoft.Resources/subscriptions"),
    Route("GET", "/tenants", subscriptions.list_tenants, "", "Microsoft.Resources/tenants"),
    Route("GET", _S, subscriptions.get, "Microsoft.Resources/subscriptions/read", "Microsoft.Resources/subscriptions"),
    Route(
        "GET",
        _S + "/locations",
        subscriptions.list_locations,
        "Microsoft.Resources/subscriptions/locations/read",
        "Microsoft.Resources/subscriptions/locations",
    ),
    # resource providers
    Route(
        "GET",
        _S + "/providers",
        providers.list_providers,
        "Microsoft.Resources/subscriptions/providers/read",
        "Microsoft.Resources/subscriptions/providers",
    ),
    Route(
        "GET",
        _S + "/providers/{namespace}",
        providers.get_provider,
        "Microsoft.Resources/subscriptions/providers/read",
        "Microsoft.Resources/subscriptions/providers",
    ),
    Route(
        "POST",
        _S + "/providers/{namespace}/register",
        providers.register,
        "{namespace}/register/action",
        "Microsoft.Resources/subscriptions/providers",
    ),
    Route(
        "POST",
        _S + "/providers/{namespace}/unregister",
        providers.unregister,
        "{namespace}/unregister/action",
        "Microsoft.Resources/subscriptions/providers",
    ),
    # resource groups
    Route(
        "GET", _S + "/resourceGroups", groups.list_all, f"{_GROUPS_ACTION}/read", "Microsoft.Resources/resourceGroups"
    ),
    Route("HEAD", _G, groups.check_exists, f"{_GROUPS_ACTION}/read", "Microsoft.Resources/resourceGroups"),
    Route("GET", _G, groups.get, f"{_GROUPS_ACTION}/read", "Microsoft.Resources/resourceGroups"),
    Route("PUT", _G, groups.put, f"{_GROUPS_ACTION}/write", "Microsoft.Resources/resourceGroups"),
    Route("PATCH", _G, groups.patch, f"{_GROUPS_ACTION}/write", "Microsoft.Resources/resourceGroups"),
    Route("DELETE", _G, groups.delete, f"{_GROUPS_ACTION}/delete", "Microsoft.Resources/resourceGroups"),
    Route(
        "GET", _S + "/operationresults/{operation}", operations.plain_result, "", "Microsoft.Resources/operationResults"
    ),
    # resources of any type
    Route(
        "GET",
        _S + "/resources",
        resources.list_all,
        "Microsoft.Resources/subscriptions/resources/read",
        "Microsoft.Resources/subscriptions/resources",
    ),
    Route(
        "GET",
        _G + "/resources",
        resources.list_by_group,
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
        "Microsoft.Resources/subscriptions/resources",
    ),
    Route(
        "HEAD",
        _STORAGE + "/{name}",
        resources.check_exists,
        f"{_STORAGE_ACTION}/read",
        "Microsoft.Storage/storageAccounts",
    ),
    Route("HEAD", _DATABRICKS + "/{name}", resources.check_exists, f"{_DATABRICKS_ACTION}/read", _DATABRICKS_ACTION),
    # storage accounts
    Route(
        "POST",
        _S + "/providers/Microsoft.Storage/checkNameAvailability",
        storage_accounts.check_name,
        "Microsoft.Storage/checknameavailability/read",
        "Microsoft.Storage/checkNameAvailability",
    ),
    Route(
        "GET",
        _S + "/providers/Microsoft.Storage/storageAccounts",
        storage_accounts.list_all,
        f"{_STORAGE_ACTION}/read",
        "Microsoft.Storage/storageAccounts",
    ),
    Route(
        "GET",
        _S + "/providers/Microsoft.Storage/locations/{location}/asyncoperations/{operation}",
        storage_accounts.create_result,
        "",
        "Microsoft.Storage/locations/asyncOperations",
    ),
    Route(
        "GET", _STORAGE, storage_accounts.list_by_group, f"{_STORAGE_ACTION}/read", "Microsoft.Storage/storageAccounts"
    ),
    Route(
        "GET",
        _STORAGE + "/{name}",
        storage_accounts.get,
        f"{_STORAGE_ACTION}/read",
        "Microsoft.Storage/storageAccounts",
    ),
    Route(
        "PUT",
        _STORAGE + "/{name}",
        storage_accounts.put,
        f"{_STORAGE_ACTION}/write",
        "Microsoft.Storage/storageAccounts",
    ),
    Route(
        "PATCH",
        _STORAGE + "/{name}",
        storage_accounts.patch,
        f"{_STORAGE_ACTION}/write",
        "Microsoft.Storage/storageAccounts",
    ),
    Route(
        "DELETE",
        _STORAGE + "/{name}",
        storage_accounts.delete,
        f"{_STORAGE_ACTION}/delete",
        "Microsoft.Storage/storageAccounts",
    ),
    Route(
        "POST",
        _STORAGE + "/{name}/listKeys",
        storage_accounts.list_keys,
        f"{_STORAGE_ACTION}/listkeys/action",
        "Microsoft.Storage/storageAccounts",
    ),
    Route(
        "POST",
        _STORAGE + "/{name}/regenerateKey",
        storage_accounts.regenerate_key,
        f"{_STORAGE_ACTION}/regeneratekey/action",
        "Microsoft.Storage/storageAccounts",
    ),
    # blob containers
    Route(
        "GET",
        _CONTAINERS,
        blob_containers.list_all,
        f"{_CONTAINERS_ACTION}/read",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
    ),
    Route(
        "GET",
        _CONTAINERS + "/{container}",
        blob_containers.get,
        f"{_CONTAINERS_ACTION}/read",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
    ),
    Route(
        "PUT",
        _CONTAINERS + "/{container}",
        blob_containers.put,
        f"{_CONTAINERS_ACTION}/write",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
    ),
    Route(
        "DELETE",
        _CONTAINERS + "/{container}",
        blob_containers.delete,
        f"{_CONTAINERS_ACTION}/delete",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
    ),
    *keyvault_routes.ROUTES,
    *ml_routes.ROUTES,
    *identity_routes.ROUTES,
    # Databricks workspaces
    Route(
        "GET",
        _S + "/providers/Microsoft.Databricks/workspaces",
        databricks.list_all,
        f"{_DATABRICKS_ACTION}/read",
        "Microsoft.Databricks/workspaces",
    ),
    Route(
        "GET", _DATABRICKS, databricks.list_by_group, f"{_DATABRICKS_ACTION}/read", "Microsoft.Databricks/workspaces"
    ),
    Route(
        "GET", _DATABRICKS + "/{name}", databricks.get, f"{_DATABRICKS_ACTION}/read", "Microsoft.Databricks/workspaces"
    ),
    Route(
        "PUT", _DATABRICKS + "/{name}", databricks.put, f"{_DATABRICKS_ACTION}/write", "Microsoft.Databricks/workspaces"
    ),
    Route(
        "PATCH",
        _DATABRICKS + "/{name}",
        databricks.patch,
        f"{_DATABRICKS_ACTION}/write",
        "Microsoft.Databricks/workspaces",
    ),
    Route(
        "DELETE",
        _DATABRICKS + "/{name}",
        databricks.delete,
        f"{_DATABRICKS_ACTION}/delete",
        "Microsoft.Databricks/workspaces",
    ),
    Route(
        "GET",
        _G + "/providers/Microsoft.Databricks/locations/{location}/operationStatuses/{operation}",
        operations.databricks_status,
        "",
        "Microsoft.Databricks/locations/operationStatuses",
    ),
]
