"""The JSON that clients send: read as the services read it, and refused where it could not be kept."""

import json
import re
from typing import Any

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(raw: bytes) -> Any:
    """A JSON document. Raises ValueError for none, for one too deep, and for halves of characters in its texts."""
    try:
        found = json.loads(raw)
    except RecursionError:
        raise ValueError("The document is nested too deeply") from None
    if _HALF.search(raw):
        json.dumps(found, ensure_ascii=False).encode()
    return found
