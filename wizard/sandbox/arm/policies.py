"""Azure Policy, as far as it refuses: assignments with the effect deny on what is created.

https://learn.microsoft.com/azure/governance/policy/overview
"""

import json
from typing import Any

from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.arm.locations import normal
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.settings import setting

_DEFINITIONS = "/providers/Microsoft.Authorization/policyDefinitions"


def check_policies(cloud: Cloud, subscription: str, resource_type: str, name: str, body: dict[str, Any]) -> None:
    """Raise ArmError 403 when an assignment of the subscription denies creating this.

    An assignment is {"name", "display_name", "definition", "definition_name", "types", and `required_tag` or
    `allowed_locations`}; `types` are resource types in lower case, none for all.
    """
    for policy in setting(cloud.store, "arm.policies", []):
        if policy.get("types") and resource_type.lower() not in policy["types"]:
            continue
        tag, regions = policy.get("required_tag"), policy.get("allowed_locations")
        no_tag = tag is not None and tag not in (body.get("tags") or {})
        wrong_region = regions is not None and "location" in body and normal(str(body["location"])) not in regions
        if no_tag or wrong_region:
            raise _refusal(policy, subscription, name)


def _refusal(policy: dict[str, Any], subscription: str, name: str) -> ArmError:
    assignment = {
        "policyAssignment": {
            "name": policy["display_name"],
            "id": f"/subscriptions/{subscription}/providers/Microsoft.Authorization/policyAssignments/{policy['name']}",
        },
        "policyDefinition": {"name": policy["definition_name"], "id": f"{_DEFINITIONS}/{policy['definition']}"},
    }
    info = {
        "policyDefinitionDisplayName": policy["definition_name"],
        "policyDefinitionId": assignment["policyDefinition"]["id"],
        "policyDefinitionName": policy["definition"],
        "policyDefinitionEffect": "deny",
        "policyAssignmentId": assignment["policyAssignment"]["id"],
        "policyAssignmentName": policy["name"],
        "policyAssignmentDisplayName": policy["display_name"],
        "policyAssignmentScope": f"/subscriptions/{subscription}",
    }
    return ArmError(
        403,
        "RequestDisallowedByPolicy",
        f"Resource '{name}' was disallowed by policy. Policy identifiers: '{json.dumps([assignment])}'.",
        target=name,
        info=[{"type": "PolicyViolation", "info": info}],
    )
