"""Names that are unique in the whole cloud and that somebody outside the subscription holds, or holds no more.

Who asks first for a free name finds it in use, as often as the switch says; from then on it stays so.
"""

from typing import Literal

from wizard.sandbox import settings
from wizard.sandbox.cloud import Cloud

# taken: somebody else uses it. deleted: a resource of the subscription had it and can be purged or recovered.
# protected: the same, but it cannot be purged. elsewhere: deleted in a subscription one cannot see.
Claim = Literal["taken", "deleted", "protected", "elsewhere"]
_SWITCH = "arm.claims"


def claim_of(cloud: Cloud, resource_type: str, name: str) -> Claim | None:
    """How a name that no resource of the subscription has is in use; None when it is free.

    The switch's value is {resource type: {"state": ..., "times": how many names}}; the names claimed so far are kept
    with it. A name that is unique in its group only is given as the whole id.
    """
    with cloud.store.transaction():
        document = cloud.store.get(settings.KIND, _SWITCH)
        rule = document["value"].get(resource_type) if document else None
        if document is None or rule is None:
            return None
        names: dict[str, Claim | None] = rule.setdefault("names", {})
        if name.lower() not in names and len(names) < rule["times"]:
            names[name.lower()] = rule["state"]
            cloud.store.put(settings.KIND, _SWITCH, document)
        return names.get(name.lower())


def claimed(cloud: Cloud, resource_type: str) -> dict[str, Claim]:
    """The names of a type that have been found in use so far."""
    rule = settings.setting(cloud.store, _SWITCH, {}).get(resource_type, {})
    return {name: claim for name, claim in rule.get("names", {}).items() if claim}


def release(cloud: Cloud, resource_type: str, name: str) -> None:
    """Make a name free again for good: what held it was purged or recovered."""
    with cloud.store.transaction():
        document = cloud.store.get(settings.KIND, _SWITCH)
        if document is not None:
            document["value"][resource_type]["names"][name.lower()] = None
            cloud.store.put(settings.KIND, _SWITCH, document)
