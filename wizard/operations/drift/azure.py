"""Azure's resources against the plan: region, tags, sku, and every property that was set or whose default matters.

What was there before this set-up was taken as it is, so that nothing was planned for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.engine.context import Context
from wizard.engine.step import Action
from wizard.operations.arm.plan import value_of
from wizard.operations.arm.resource import ArmPlan, ArmResource, filled
from wizard.operations.drift.finding import NOTHING, Adopt, Finding, Kind, Restore
from wizard.operations.drift.reading import Reading
from wizard.steps import reach
from wizard.steps.tags import TAG, has_our_tag

Json = dict[str, Any]
OF_THE_PORTAL = "hidden-"  # tags that the portal sets and does not show
ADOPT_MARK = "note that it is wanted so; without this mark undo and teardown leave the resource alone"


def readings(plan: ArmPlan) -> list[Reading]:
    """A reading for each step that makes resources."""

    async def read(context: Context) -> list[Finding]:
        mine = [r for r in plan.of(context.environment) if r.step == context.instance.step.id]
        found = await asyncio.gather(*(get(context, each) for each in mine))
        pairs = zip(mine, found, strict=True)
        return [finding for resource, held in pairs for finding in compare(context, resource, held)]

    return [Reading(step, read) for step in dict.fromkeys(each.step for each in plan.resources)]


def id_of(context: Context, resource: ArmResource) -> str:
    """The resource's id in the chosen subscription."""
    return f"/subscriptions/{reach.subscription(context)}{resource.path}"


async def get(context: Context, resource: ArmResource) -> Json | None:
    """The resource as Azure describes it."""
    client = await reach.arm_resources(context)
    return await context.call(reach.ARM, client.get, id_of(context, resource), resource.version)


def compare(context: Context, resource: ArmResource, found: Json | None) -> list[Finding]:
    """In what a resource differs from its plan. That it is gone is told here only where the step's check does not."""
    if found is None:
        return [_gone(context, resource)] if resource.beside else []
    if not _made_here(context, resource, found):
        return []
    body = wanted(context, resource)
    lines = list(_tags(context, resource, body, found))
    expected = dict(leaves({key: value for key, value in body.items() if key != "tags"}))
    expected |= {f"properties.{name}": value for name, value in resource.usual.items()}
    for path, planned in expected.items():
        held = at(found, path)
        if held is None or same(planned, held):  # what a service does not tell cannot be compared
            continue
        lines.append(_changed(context, resource, path, planned, held))
    return lines


def wanted(context: Context, resource: ArmResource) -> Json:
    """The request that makes the resource, with all that is known only over there filled in."""
    body: Json = filled(resource.body, lambda value: value_of(context, value))
    return body


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a body by their dotted paths; a list counts as one value."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def at(tree: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for key in path.split("."):
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree


def same(planned: Any, held: Any) -> bool:
    """Whether two values mean the same: Azure ignores the case of names, and writes regions with and without spaces."""
    if isinstance(planned, str) and isinstance(held, str):
        return planned.replace(" ", "").lower() == held.replace(" ", "").lower()
    return bool(planned == held)


def nested(path: str, value: Any) -> Json:
    """A body with one value at a dotted path."""
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


def _made_here(context: Context, resource: ArmResource, found: Json) -> bool:
    """Whether this set-up made the resource, as its tag or the journal tells."""
    if has_our_tag(context, found.get("tags") or {}):
        return True
    titles = [
        str(entry.get("action"))
        for entry in context.session.journal.entries()
        if entry.get("instance") == context.instance.key and entry.get("event") == "ended"
    ]
    return any(each.startswith("Create ") and each.endswith(f" {resource.name}") for each in titles)


def _gone(context: Context, resource: ArmResource) -> Finding:
    words, restore = f"{resource.short_type} {resource.name}", None
    if resource.made_anew:
        restore = Restore(f"make {words}", (_putting(resource, "Make", wanted(context, resource)),))
    fix = "" if restore else f"undo {context.instance.key} and apply it again"
    return Finding(context, resource.short_type, words, "there", "not there", Kind.MISSING, None, restore, fix)


def _changed(context: Context, resource: ArmResource, path: str, planned: Any, held: Any) -> Finding:
    words, shown = f"{resource.short_type} {resource.name}", path.removeprefix("properties.")
    fixed = any(path == each or path.startswith(f"{each}.") for each in resource.fixed)
    restore = None
    if not fixed:
        body = nested(path, planned) if resource.in_part else wanted(context, resource)
        changing = _changing if resource.in_part else _putting
        restore = Restore(f"set {shown} to {text(planned)}", (changing(resource, f"Set {shown} of", body),))
    fix = f"{shown} cannot be changed afterwards: undo {context.instance.key} and apply it again, or adopt it"
    return Finding(
        context,
        f"{resource.short_type}.{path}",
        f"{shown} of {words}",
        text(planned),
        text(held),
        Kind.CHANGED,
        Adopt(),
        restore,
        fix if fixed else "",
    )


def _tags(context: Context, resource: ArmResource, body: Json, found: Json) -> Iterator[Finding]:
    """Tags that are missing, changed, or nobody planned."""
    if "tags" not in body:
        return
    planned: dict[str, str] = body["tags"]
    held: dict[str, str] = found.get("tags") or {}
    for tag in {**planned, **held}:
        if planned.get(tag) == held.get(tag) or (tag not in planned and tag.startswith(OF_THE_PORTAL)):
            continue
        kind = Kind.MISSING if tag not in held else Kind.CHANGED if tag in planned else Kind.EXTRA
        yield Finding(
            context,
            f"{resource.short_type}.tags.{tag}",
            f"tag {tag} of {resource.short_type} {resource.name}",
            planned.get(tag, NOTHING),
            held.get(tag, NOTHING),
            kind,
            Adopt(ADOPT_MARK) if tag == TAG else Adopt(),
            None if "tags" in resource.fixed else _tag_restored(resource, tag, planned, body),
            "its tags cannot be changed alone: see them in the portal" if "tags" in resource.fixed else "",
        )


def _tag_restored(resource: ArmResource, tag: str, planned: Mapping[str, str], body: Json) -> Restore:
    """Set one tag right and leave the others, as they are at that moment."""
    title = f"{'Set' if tag in planned else 'Remove'} tag {tag} of {resource.short_type} {resource.name}"

    async def run(context: Context) -> None:
        held = (await get(context, resource) or {}).get("tags") or {}
        kept = {name: value for name, value in held.items() if name != tag}
        right = kept | ({tag: planned[tag]} if tag in planned else {})
        client = await reach.arm_resources(context)
        send = client.change if resource.in_part else client.put
        change = {"tags": right} if resource.in_part else {**body, "tags": right}
        await context.call(reach.ARM, send, id_of(context, resource), resource.version, change)

    verb = f"--operation Merge --tags {tag}={planned[tag]}" if tag in planned else f"--operation Delete --tags {tag}"
    command = f"az tag update --resource-id /subscriptions/SUBSCRIPTION{resource.path} {verb}"
    return Restore(title[0].lower() + title[1:], (Action(title, command, run, key=resource.path),))


def _changing(resource: ArmResource, verb: str, body: Json) -> Action:
    async def run(context: Context) -> None:
        client = await reach.arm_resources(context)
        await context.call(reach.ARM, client.change, id_of(context, resource), resource.version, body)

    return _action(resource, verb, "patch", body, run)


def _putting(resource: ArmResource, verb: str, body: Json) -> Action:
    async def run(context: Context) -> None:
        client = await reach.arm_resources(context)
        await context.call(reach.ARM, client.put, id_of(context, resource), resource.version, body)

    return _action(resource, verb, "put", body, run)


def _action(resource: ArmResource, verb: str, method: str, body: Json, run: Any) -> Action:
    url = f"/subscriptions/SUBSCRIPTION{resource.path}?api-version={resource.version}"
    command = f"az rest --method {method} --url '{url}' --body '{json.dumps(body)}'"
    return Action(f"{verb} {resource.short_type} {resource.name}", command, run, key=resource.path)


def text(value: Any) -> str:
    """A value as a person reads it."""
    return value if isinstance(value, str) else json.dumps(value)
