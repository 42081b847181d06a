"""Which version of the API a client asks for, and whether a resource has it.

https://learn.microsoft.com/azure/devops/integrate/concepts/rest-api-versioning
"""

import re
from typing import Any

from starlette.requests import Request

from wizard.sandbox.devops.faults import WEB_API, DevOpsFault

_FORM = re.compile(r"(\d{1,2}\.\d)(-preview(?:\.(\d+))?)?")


def asked_version(request: Request) -> str:
    """The api-version of a request: in its Accept header or its query; empty when it names none."""
    in_accept = re.search(r"api-version=([^;,\s]+)", request.headers.get("accept", ""))
    in_query = next((value for name, value in request.query_params.items() if name.lower() == "api-version"), "")
    return in_query or (in_accept[1] if in_accept else "") or request.headers.get("api-version", "")


def check_version(method: str, version: str, location: dict[str, Any]) -> None:
    """Raise DevOpsFault 400 unless the location serves the version. Only reading does without one."""
    if not version:
        if method != "GET":
            raise _refused(
                "VssVersionNotSpecifiedException",
                f'No api-version was supplied for the "{method}" request. The version must be supplied either as part'
                ' of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g.'
                ' "?api-version=1.0").',
            )
        return
    form = _FORM.fullmatch(version)
    if form is None:
        raise _refused("VssInvalidApiResourceVersionException", f"The api-version '{version}' is not valid.")
    number, preview = float(form[1]), bool(form[2])
    if number > float(location["maxVersion"]) or number < float(location["minVersion"]):
        raise _refused(
            "VssVersionOutOfRangeException",
            f"The requested REST API version of {form[1]} is out of range for this server. The latest REST API version"
            f" this server supports is {location['maxVersion']}.",
        )
    if number > float(location["releasedVersion"]) and not preview:
        raise _refused(
            "VssInvalidPreviewVersionException",
            f'The requested version "{version}" of the resource is under preview. The -preview flag must be supplied'
            f' in the api-version for such requests. For example: "{form[1]}-preview"',
        )


def _refused(type_key: str, message: str) -> DevOpsFault:
    return DevOpsFault(400, type_key, message, WEB_API, 0)
