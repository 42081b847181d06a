"""JSON Patch (RFC 6902), as far as Azure ML's clients send it: add, replace and remove."""

import copy
from collections.abc import Sequence
from typing import Any

from wizard.sandbox.machine_learning.errors import MlError


def patched(document: dict[str, Any], patch: Any, allowed: Sequence[str]) -> dict[str, Any]:
    """A document after a patch, which may touch only what stands at or below the allowed paths. Raises MlError."""
    if not isinstance(patch, list) or not patch:
        raise MlError(400, "InvalidPatch", "The body must be a list of JSON Patch operations.")
    changed = copy.deepcopy(document)
    for change in patch:
        if not isinstance(change, dict) or change.get("op") not in ("add", "replace", "remove"):
            raise MlError(400, "InvalidPatch", "The operations of a patch are add, replace and remove.")
        path = str(change.get("path"))
        if not any(path == each or path.startswith(f"{each}/") for each in allowed):
            raise MlError(400, "InvalidPatch", f"The path {path} cannot be changed.")
        _apply(changed, path, change)
    return changed


def _apply(document: dict[str, Any], path: str, change: dict[str, Any]) -> None:
    *parents, name = [part.replace("~1", "/").replace("~0", "~") for part in path.removeprefix("/").split("/")]
    place = document
    for parent in parents:
        held = place.get(parent)
        if not isinstance(held, dict):
            held = place[parent] = {}
        place = held
    if change["op"] == "remove":
        place.pop(name, None)
    else:
        place[name] = change.get("value")
