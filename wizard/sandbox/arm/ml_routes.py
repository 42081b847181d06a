"""The routes of Microsoft.MachineLearningServices, of what its workspaces use, and of quotas."""

from wizard.sandbox.arm import insights, ml_computes, ml_workspaces, usages
from wizard.sandbox.arm.route import Route

_S = "/subscriptions/{subscription}"
_G = f"{_S}/resourceGroups/{{group}}"
_ML = "Microsoft.MachineLearningServices"
_TYPE = f"{_ML}/workspaces"
_WORKSPACE = f"{_G}/providers/{_TYPE}/{{name}}"
_COMPUTES = f"{_TYPE}/computes"
_COMPUTE = f"{_WORKSPACE}/computes/{{compute}}"
_COMPONENTS = "Microsoft.Insights/components"
_COMPONENT = f"{_G}/providers/{_COMPONENTS}/{{name}}"
_IN_REGION = f"{_S}/providers/{_ML}/locations/{{location}}"

ROUTES = [
    Route("GET", f"{_S}/providers/{_TYPE}", ml_workspaces.list_all, f"{_TYPE}/read", _TYPE),
    Route("GET", f"{_G}/providers/{_TYPE}", ml_workspaces.list_by_group, f"{_TYPE}/read", _TYPE),
    Route("GET", _WORKSPACE, ml_workspaces.get, f"{_TYPE}/read", _TYPE),
    Route("PUT", _WORKSPACE, ml_workspaces.put, f"{_TYPE}/write", _TYPE),
    Route("PATCH", _WORKSPACE, ml_workspaces.patch, f"{_TYPE}/write", _TYPE),
    Route("DELETE", _WORKSPACE, ml_workspaces.delete, f"{_TYPE}/delete", _TYPE),
    Route("POST", f"{_WORKSPACE}/listKeys", ml_workspaces.list_keys, f"{_TYPE}/listKeys/action", _TYPE),
    Route("GET", f"{_IN_REGION}/workspaceOperationsStatus/{{operation}}", ml_workspaces.operation_status, "", _TYPE),
    Route("GET", f"{_WORKSPACE}/computes", ml_computes.list_all, f"{_COMPUTES}/read", _COMPUTES),
    Route("GET", _COMPUTE, ml_computes.get, f"{_COMPUTES}/read", _COMPUTES),
    Route("PUT", _COMPUTE, ml_computes.put, f"{_COMPUTES}/write", _COMPUTES),
    Route("DELETE", _COMPUTE, ml_computes.delete, f"{_COMPUTES}/delete", _COMPUTES),
    Route("POST", f"{_COMPUTE}/listKeys", ml_computes.list_keys, f"{_COMPUTES}/listKeys/action", _COMPUTES),
    Route("GET", f"{_IN_REGION}/computeOperationsStatus/{{operation}}", ml_computes.operation_status, "", _COMPUTES),
    Route("GET", f"{_IN_REGION}/usages", usages.machine_learning, f"{_ML}/locations/usages/read", _TYPE),
    Route("GET", f"{_IN_REGION}/quotas", usages.machine_learning_quotas, f"{_ML}/locations/quotas/read", _TYPE),
    Route(
        "GET",
        f"{_S}/providers/Microsoft.Compute/locations/{{location}}/usages",
        usages.compute,
        "Microsoft.Compute/locations/usages/read",
        "Microsoft.Compute/locations/usages",
    ),
    Route("GET", f"{_G}/providers/{_COMPONENTS}", insights.list_by_group, f"{_COMPONENTS}/read", _COMPONENTS),
    Route("GET", _COMPONENT, insights.get, f"{_COMPONENTS}/read", _COMPONENTS),
    Route("PUT", _COMPONENT, insights.put, f"{_COMPONENTS}/write", _COMPONENTS),
    Route("DELETE", _COMPONENT, insights.delete, f"{_COMPONENTS}/delete", _COMPONENTS),
]
