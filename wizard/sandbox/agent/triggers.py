"""Whether a push starts a pipeline, by the `trigger` of its file.

https://learn.microsoft.com/azure/devops/pipelines/repos/azure-repos-git#ci-triggers
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any


def starts(trigger: Any, ref: str, paths: Sequence[str]) -> bool:
    """Whether a push to a branch or tag (full name) that changed these paths starts it.

    A file that says nothing is started by every branch.
    """
    if isinstance(trigger, str):
        return trigger.lower() != "none" and _in(ref, [trigger], [])
    if isinstance(trigger, list):
        return _in(ref, trigger, [])
    about = trigger or {"branches": {"include": ["*"]}}
    if ref.startswith("refs/tags/"):
        return "tags" in about and _filtered(ref.removeprefix("refs/tags/"), about["tags"])
    branches = about.get("branches", {"include": ["*"]} if "tags" not in about else {})
    if not ref.startswith("refs/heads/") or not _filtered(ref, branches):
        return False
    return "paths" not in about or not paths or any(_path(path, about["paths"]) for path in paths)


def _filtered(name: str, held: Any) -> bool:
    if isinstance(held, list):
        return _in(name, held, [])
    return _in(name, held.get("include") or [], held.get("exclude") or [])


def _in(ref: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    short = ref.removeprefix("refs/heads/")
    wanted = [each.removeprefix("refs/heads/").removeprefix("refs/tags/") for each in include]
    others = [each.removeprefix("refs/heads/").removeprefix("refs/tags/") for each in exclude]
    return any(fnmatchcase(short, each) for each in wanted) and not any(fnmatchcase(short, each) for each in others)


def _path(path: str, held: Any) -> bool:
    include, exclude = (held, []) if isinstance(held, list) else (held.get("include") or [], held.get("exclude") or [])

    def within(place: str) -> bool:
        place = place.strip("/")
        return fnmatchcase(path, place) or path.startswith(place.rstrip("*").rstrip("/") + "/")

    return (not include or any(map(within, include))) and not any(map(within, exclude))
