"""Operations: what takes the service a while, and how far it is. API: .../rest/api/azure/devops/operations"""

import time
import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import Call, answer

_KIND = "devops_operation"


def begin(tenancy: Tenancy, seconds: float) -> str:
    """A new operation that really takes so many seconds; returns its id."""
    operation_id = str(uuid.uuid4())
    tenancy.store.put(_KIND, operation_id, {"done_at": tenancy.cloud.ready_at(seconds)})
    return operation_id


def reference(operation_id: str, base: str) -> dict[str, Any]:
    """What the request that began an operation answers."""
    return {"id": operation_id, "status": "notSet", "url": f"{base}/_apis/operations/{operation_id}"}


def _get(call: Call) -> Response:
    operation_id = call.names.get("operationId", "").lower()
    found = call.tenancy.store.get(_KIND, operation_id)
    if found is None:
        message = f"VS403260: Operation with id {operation_id} does not exist."
        raise DevOpsFault(404, "OperationNotFoundException", message)
    status = "succeeded" if time.time() >= found["done_at"] else "inProgress"
    url = f"{call.base}/_apis/operations/{operation_id}"
    return answer({"id": operation_id, "status": status, "url": url, "_links": {"self": {"href": url}}})


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    return [Endpoint("9a1b74b4-2ca8-4a9f-8470-c2f2e6fdc949", "GET", _get, "any")]
