"""Who made a resource and when, as resources show it."""

from wizard.sandbox.arm.call import Call
from wizard.sandbox.arm.moments import moment


def system_data(call: Call) -> dict[str, str]:
    """The systemData of a resource that the caller makes now."""
    kind = "User" if call.principal.kind == "User" else "Application"
    name, now = call.principal.app_id or call.principal.name, moment()
    return {
        "createdBy": name,
        "createdByType": kind,
        "createdAt": now,
        "lastModifiedBy": name,
        "lastModifiedByType": kind,
        "lastModifiedAt": now,
    }
