"""Lists in pages, as Azure Resource Manager gives them: `value` and, when there is more, `nextLink`."""

from typing import Any
from urllib.parse import quote, urlencode

from wizard.sandbox.arm.call import Call
from wizard.sandbox.arm.errors import ArmError

PAGE_SIZE = 1000


def page(call: Call, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The page that `$skiptoken` asks for, of `$top` items at most."""
    size = _number(call, "$top", PAGE_SIZE)
    first = _number(call, "$skiptoken", 0)
    body: dict[str, Any] = {"value": items[first : first + size]}
    if first + size < len(items):
        query = {k: v for k, v in call.query.items() if k.lower() != "$skiptoken"} | {"$skiptoken": str(first + size)}
        body["nextLink"] = f"https://management.azure.com{quote(call.path)}?{urlencode(query)}"
    return body


def _number(call: Call, name: str, default: int) -> int:
    text = next((v for k, v in call.query.items() if k.lower() == name), str(default))
    if not text.isdigit() or (name == "$top" and not 0 < int(text) <= PAGE_SIZE):
        raise ArmError(
            400, "InvalidQueryParameterValue", f"The value '{text}' of the query parameter {name} is invalid."
        )
    return int(text)
