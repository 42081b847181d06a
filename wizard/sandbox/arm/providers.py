"""Resource providers: their resource types, api-versions and regions, and whether they are registered.

Source of types and versions: the published descriptions of each provider (azure-rest-api-specs).
"""

import time
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.call import Call, answer
from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.arm.locations import REGIONS, normal
from wizard.sandbox.arm.paging import page
from wizard.sandbox.cloud import Cloud

REGISTRATION_SECONDS = 40.0

_RESOURCES = [
    "2024-11-01",
    "2024-07-01",
    "2024-03-01",
    "2023-07-01",
    "2022-09-01",
    "2021-04-01",
    "2021-01-01",
    "2020-10-01",
    "2020-08-01",
    "2020-06-01",
    "2019-10-01",
    "2019-08-01",
    "2019-07-01",
    "2019-05-10",
    "2019-05-01",
    "2018-05-01",
    "2018-02-01",
    "2017-05-10",
    "2016-09-01",
    "2016-06-01",
    "2025-04-01",
]
_SUBSCRIPTIONS = [
    "2022-12-01",
    "2022-09-01",
    "2021-01-01",
    "2020-01-01",
    "2019-11-01",
    "2019-06-01",
    "2018-06-01",
    "2016-06-01",
]
_STORAGE = [
    "2025-08-01",
    "2025-06-01",
    "2025-01-01",
    "2024-01-01",
    "2023-05-01",
    "2023-04-01",
    "2023-01-01",
    "2022-09-01",
    "2022-05-01",
    "2021-09-01",
    "2021-08-01",
    "2021-06-01",
    "2021-04-01",
    "2021-02-01",
    "2021-01-01",
    "2019-06-01",
    "2019-04-01",
]
_VAULTS = ["2026-02-01", "2025-05-01", "2024-11-01", "2023-07-01", "2023-02-01", "2022-07-01", "2019-09-01"]
_MACHINES = ["2025-04-01", "2024-11-01", "2024-07-01", "2024-03-01", "2023-03-01", "2021-11-01", "2020-12-01"]
_ML_WORKSPACES = [
    "2025-09-01",
    "2025-06-01",
    "2024-10-01",
    "2024-04-01",
    "2023-10-01",
    "2023-04-01",
    "2022-10-01",
    "2022-05-01",
    "2021-07-01",
    "2021-01-01",
    "2020-01-01",
    "2019-11-01",
]
# azureml-core's own version of computes is none of the published ones.
_ML_COMPUTES = [*_ML_WORKSPACES, "2020-02-02"]
_DATABRICKS = ["2026-01-01", "2025-10-01-preview", "2025-08-01-preview", "2024-05-01", "2023-02-01", "2018-04-01"]
_ASSIGNMENTS = [
    "2022-04-01",
    "2020-10-01-preview",
    "2020-08-01-preview",
    "2020-04-01-preview",
    "2018-09-01-preview",
    "2015-07-01",
]
_SCHEDULES = ["2022-04-01-preview", "2020-10-01", "2020-10-01-preview"]
_DEFINITIONS = ["2022-05-01-preview", "2022-04-01", "2018-07-01", "2018-01-01-preview", "2015-07-01"]


@dataclass(frozen=True, slots=True)
class Provider:
    """A namespace; `types` maps its resource types to their api-versions."""

    namespace: str
    types: dict[str, list[str]]
    registration_free: bool = False


_ALL = [
    Provider(
        "Microsoft.Resources",
        {
            "resourceGroups": _RESOURCES,
            "subscriptions": _SUBSCRIPTIONS,
            "subscriptions/resourceGroups": _RESOURCES,
            "subscriptions/providers": _RESOURCES,
            "subscriptions/resources": _RESOURCES,
            "subscriptions/locations": _SUBSCRIPTIONS,
            "tenants": _SUBSCRIPTIONS,
            "operationResults": _RESOURCES,
        },
        registration_free=True,
    ),
    Provider(
        "Microsoft.Authorization",
        {
            "roleAssignments": _ASSIGNMENTS,
            "roleDefinitions": _DEFINITIONS,
            "permissions": _DEFINITIONS,
            "checkAccess": ["2018-09-01-preview"],
            "locks": ["2020-05-01", "2017-04-01", "2016-09-01", "2015-01-01"],
            "denyAssignments": ["2022-04-01", "2020-10-01-preview", "2018-07-01-preview"],
            "roleEligibilityScheduleInstances": _SCHEDULES,
            "roleAssignmentScheduleRequests": _SCHEDULES,
        },
        registration_free=True,
    ),
    Provider(
        "Microsoft.Storage",
        {
            "storageAccounts": _STORAGE,
            "storageAccounts/blobServices": _STORAGE,
            "storageAccounts/blobServices/containers": _STORAGE,
            "checkNameAvailability": _STORAGE,
            "locations/asyncOperations": _STORAGE,
        },
    ),
    Provider(
        "Microsoft.Databricks",
        {"workspaces": _DATABRICKS, "locations/operationStatuses": _DATABRICKS},
    ),
    Provider(
        "Microsoft.KeyVault",
        {"vaults": _VAULTS, "deletedVaults": _VAULTS, "checkNameAvailability": _VAULTS},
    ),
    Provider(
        "Microsoft.MachineLearningServices",
        {"workspaces": _ML_WORKSPACES, "workspaces/computes": _ML_COMPUTES},
    ),
    Provider("Microsoft.Compute", {"virtualMachines": _MACHINES, "locations/usages": _MACHINES}),
    Provider("Microsoft.Network", {"virtualNetworks": ["2024-05-01", "2023-09-01"]}),
    Provider("Microsoft.ContainerService", {"managedClusters": ["2025-08-01", "2024-02-01"]}),
    Provider("Microsoft.ContainerRegistry", {"registries": ["2023-07-01", "2021-09-01"]}),
    Provider("Microsoft.Insights", {"components": ["2020-02-02", "2015-05-01"]}),
    Provider("Microsoft.OperationalInsights", {"workspaces": ["2023-09-01", "2022-10-01"]}),
    Provider(
        "Microsoft.ManagedIdentity",
        {
            "userAssignedIdentities": ["2024-11-30", "2023-01-31", "2018-11-30"],
            "userAssignedIdentities/federatedIdentityCredentials": ["2024-11-30", "2023-01-31"],
        },
    ),
]
PROVIDERS = {provider.namespace.lower(): provider for provider in _ALL}


def provider_of(namespace: str) -> Provider:
    """A provider by its namespace; raises ArmError when there is none."""
    found = PROVIDERS.get(namespace.lower())
    if found is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    return found


def check_version(namespace: str, resource_type: str, version: str) -> None:
    """Hold an api-version against a resource type; raises ArmError when the provider lacks either."""
    provider = provider_of(namespace)
    versions = next((v for t, v in provider.types.items() if t.lower() == resource_type.lower()), None)
    if versions is None:
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type '{resource_type}' could not be found in the namespace '{provider.namespace}' for api"
            f" version '{version}'.",
        )
    if version in versions:
        return
    known = ",".join(sorted(versions, reverse=True))
    if namespace.lower() == "microsoft.resources":
        message = f"The api-version '{version}' is invalid. The supported versions are '{known}'."
        raise ArmError(400, "InvalidApiVersionParameter", message)
    raise ArmError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '' and API version '{version}' for type"
        f" '{resource_type}'. The supported api-versions are '{known}'. The supported locations are"
        f" '{', '.join(REGIONS)}'.",
    )


def check_location(location: str, resource_type: str) -> str:
    """Hold a region against a resource type, and return its normal name; raises ArmError."""
    name = normal(location)
    if not name:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if name not in REGIONS:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{resource_type}'. List of"
            f" available regions for the resource type is '{','.join(REGIONS)}'.",
        )
    return name


def check_registered(cloud: Cloud, namespace: str) -> None:
    """Raise ArmError unless the subscription is registered with a provider."""
    if registration_state(cloud, namespace) == "Registered":
        return
    name = provider_of(namespace).namespace
    message = (
        f"The subscription is not registered to use namespace '{name}'. See https://aka.ms/rps-not-found for how to"
        " register subscriptions."
    )
    code = "MissingSubscriptionRegistration"
    raise ArmError(409, code, message, details=[{"code": code, "target": name, "message": message}])


def registration_state(cloud: Cloud, namespace: str) -> str:
    """NotRegistered, Registering, Registered, Unregistering or Unregistered."""
    if provider_of(namespace).registration_free:
        return "Registered"
    change = cloud.store.get("arm_provider", namespace.lower())
    if change is None:
        return "NotRegistered"
    done = time.time() >= change["done_at"]
    if change["registered"]:
        return "Registered" if done else "Registering"
    return "Unregistered" if done else "Unregistering"


def _view(cloud: Cloud, provider: Provider, subscription: str) -> dict[str, Any]:
    types = [
        {
            "resourceType": name,
            "locations": [] if provider.registration_free else list(REGIONS.values()),
            "apiVersions": sorted(versions, reverse=True),
            "capabilities": "None" if provider.registration_free else "SupportsTags, SupportsLocation",
        }
        for name, versions in provider.types.items()
        if not name.startswith("locations/")
    ]
    return {
        "id": f"/subscriptions/{subscription}/providers/{provider.namespace}",
        "namespace": provider.namespace,
        "resourceTypes": types,
        "registrationState": registration_state(cloud, provider.namespace),
        "registrationPolicy": "RegistrationFree" if provider.registration_free else "RegistrationRequired",
    }


def list_providers(call: Call, subscription: str) -> Response:
    """GET providers."""
    views = [_view(call.cloud, provider, subscription) for provider in _ALL]
    return answer(page(call, views))


def get_provider(call: Call, subscription: str, namespace: str) -> Response:
    """GET one provider."""
    return answer(_view(call.cloud, provider_of(namespace), subscription))


def register(call: Call, subscription: str, namespace: str) -> Response:
    """POST register: takes a while; the provider's registrationState says when it is done."""
    return _change(call, subscription, namespace, registered=True)


def unregister(call: Call, subscription: str, namespace: str) -> Response:
    """POST unregister: refused while resources of the provider exist."""
    prefix = namespace.lower() + "/"
    left = [r.id for r in call.inventory.all(f"/subscriptions/{subscription}") if r.type.lower().startswith(prefix)]
    if left:
        message = (
            f"Could not unregister the subscription from resource namespace '{namespace}'. The subscription still"
            f" has resources of it: {', '.join(left)}."
        )
        raise ArmError(409, "ResourceProviderInUse", message)
    return _change(call, subscription, namespace, registered=False)


def _change(call: Call, subscription: str, namespace: str, *, registered: bool) -> Response:
    provider = provider_of(namespace)
    wanted = {"Registered", "Registering"} if registered else {"NotRegistered", "Unregistered", "Unregistering"}
    if registration_state(call.cloud, namespace) not in wanted:
        change = {"registered": registered, "done_at": call.cloud.ready_at(REGISTRATION_SECONDS)}
        call.cloud.store.put("arm_provider", namespace.lower(), change)
    return answer(_view(call.cloud, provider, subscription))
