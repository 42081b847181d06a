"""The process templates that every organisation has. API: .../rest/api/azure/devops/core/processes"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.wire import Call, answer, collection

BASIC = "b8a3a935-7e91-48b8-a94c-606d37c3e9f2"

_TEMPLATES = {
    "6b724908-ef14-45cf-84f8-768b5384da45": (
        "Scrum",
        "This template is for teams who follow the Scrum framework.",
    ),
    BASIC: (
        "Basic",
        "This template is flexible for any process and great for teams getting started with Azure DevOps.",
    ),
    "adcc42ab-9882-485e-a3ed-7678f01f66bc": (
        "Agile",
        "This template is flexible and will work great for most teams using Agile planning methods, including those"
        " practicing Scrum.",
    ),
    "27450541-8e31-4150-9947-dc59f998fc01": (
        "CMMI",
        "This template is for more formal projects requiring a framework for process improvement and an auditable"
        " record of decisions.",
    ),
}


def template_name(template_id: str) -> str | None:
    """The name of a process template, None when there is no such template."""
    found = _TEMPLATES.get(template_id.lower())
    return found[0] if found else None


def _view(template_id: str, base: str) -> dict[str, Any]:
    name, description = _TEMPLATES[template_id]
    return {
        "id": template_id,
        "description": description,
        "isDefault": template_id == BASIC,
        "type": "system",
        "url": f"{base}/_apis/process/processes/{template_id}",
        "name": name,
    }


def _read(call: Call) -> Response:
    wanted = call.names.get("processId", "").lower()
    if not wanted:
        return collection([_view(template_id, call.base) for template_id in _TEMPLATES])
    if wanted not in _TEMPLATES:
        raise DevOpsFault(404, "ProcessNotFoundException", f"VS403080: The process {wanted} could not be found.")
    return answer(_view(wanted, call.base))


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    return [Endpoint("93878975-88c5-4e6a-8abb-7ddd77a8a7d8", "GET", _read, "project")]
