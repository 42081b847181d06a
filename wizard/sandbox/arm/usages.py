"""Quotas and what is used of them: virtual machines and Azure ML.

https://learn.microsoft.com/rest/api/compute/usage/list and https://learn.microsoft.com/rest/api/azureml/usages/list
"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.call import Call, answer
from wizard.sandbox.arm.locations import normal
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location
from wizard.sandbox.quota import Usage, usages

_ML = "Microsoft.MachineLearningServices"


def compute(call: Call, subscription: str, location: str) -> Response:  # noqa: ARG001 - every route has its path's parts
    """GET the usages of virtual machines in a region."""
    region = check_location(location, "Microsoft.Compute/locations/usages")
    found = usages(call.cloud, region)
    return answer({"value": [_counted(usage) for usage in found]})


def _counted(usage: Usage) -> dict[str, Any]:
    return {
        "limit": usage.limit,
        "unit": "Count",
        "currentValue": usage.used,
        "name": {"value": usage.name, "localizedValue": usage.title},
    }


def machine_learning(call: Call, subscription: str, location: str) -> Response:
    """GET the usages of Azure ML's own machines in a region."""
    place = f"/subscriptions/{subscription}/providers/{_ML}/locations/{normal(location)}"
    found = usages(call.cloud, check_location(location, f"{_ML}/locations/usages"))
    views = [
        _counted(usage) | {"id": f"{place}/usages/{usage.name}", "type": f"{_ML}/usages", "currentValue": 0}
        for usage in found
    ]
    return answer(page(call, views))


def machine_learning_quotas(call: Call, subscription: str, location: str) -> Response:
    """GET the quotas of Azure ML in a region."""
    place = f"/subscriptions/{subscription}/providers/{_ML}/locations/{normal(location)}"
    found = usages(call.cloud, check_location(location, f"{_ML}/locations/quotas"))
    views = [
        {
            "id": f"{place}/quotas/{usage.name}",
            "type": f"{_ML}/quotas",
            "limit": usage.limit,
            "unit": "Count",
            "name": {"value": usage.name, "localizedValue": usage.title},
        }
        for usage in found
    ]
    return answer(page(call, views))
