"""Long-running operations: where a client polls, and what it is told there.

Two styles, as the services have them: `Location` (202 without a body until it is done) and
`Azure-AsyncOperation` (a status document). https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
"""

import time
import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.call import Call, answer, empty
from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.cloud import Cloud

_KIND = "arm_operation"
LONGEST_HINT = 15_000  # milliseconds between two polls at most
SHORTEST_HINT = 50


def begin(cloud: Cloud, done_at: float, resource_id: str = "", failure: dict[str, str] | None = None) -> str:
    """Remember an operation that is done at a moment, and return its id.

    It ends in `resource_id`, if any, or with the code and message of `failure`.
    """
    operation = str(uuid.uuid4())
    cloud.store.put(_KIND, operation, {"done_at": done_at, "resource_id": resource_id, "failure": failure})
    return operation


def find(cloud: Cloud, operation: str) -> dict[str, Any]:
    """An operation by its id; raises ArmError when there is none."""
    found = cloud.store.get(_KIND, operation)
    if found is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{operation}' could not be found.")
    return found


def wait_hint(done_at: float) -> dict[str, str]:
    """Tell the client when to come back: half of what is left, so that it neither hurries nor oversleeps."""
    left = (done_at - time.time()) * 500
    return {"retry-after-ms": str(int(min(max(left, SHORTEST_HINT), LONGEST_HINT)))}


def address(call: Call, path: str) -> str:
    """The absolute address of an operation; it stays on the api-version of the request."""
    return f"https://management.azure.com{path}?api-version={call.api_version}"


def poll_result(call: Call, operation: str) -> tuple[dict[str, Any], Response | None]:
    """An operation and, while it runs, the 202 to answer with (`Location` style)."""
    found = find(call.cloud, operation)
    if time.time() >= found["done_at"]:
        return found, None
    return found, empty(202, {"Location": address(call, call.path), **wait_hint(found["done_at"])})


def plain_result(call: Call, operation: str, **_path: str) -> Response:
    """GET the result of a deletion or a purge: 202 until it is done, then 200."""
    _, pending = poll_result(call, operation)
    return pending or empty(200)


def databricks_status(call: Call, operation: str, **_path: str) -> Response:
    """GET operationStatuses of Microsoft.Databricks."""
    found = find(call.cloud, operation)
    if time.time() >= found["done_at"]:
        return answer({"status": "Succeeded"})
    headers = {"Location": address(call, call.path), **wait_hint(found["done_at"])}
    return answer({"status": "Accepted"}, 202, headers)
