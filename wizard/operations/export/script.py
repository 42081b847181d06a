"""The Azure resources of the session as an annotated script of requests, which builds the same ones elsewhere."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from wizard.engine.step import Step
from wizard.operations.arm.resource import (
    Application,
    ArmPlan,
    ArmResource,
    IdentityOf,
    IdOf,
    InSubscription,
    RoleGiven,
    TenantId,
    Who,
    filled,
)
from wizard.operations.export.shell_functions import END, HEAD
from wizard.steps.azure_providers import NEEDED

# Stand for shell variables until all that a shell would take for its own is quoted.
_SUBSCRIPTION, _TENANT = "@SUBSCRIPTION@", "@TENANT@"


def script(plan: ArmPlan, steps: Mapping[str, Step], subscription: str, commands: Mapping[str, list[str]]) -> str:
    """The script. `steps` by id say why; `commands` are the equivalents that the journal has, by step@environment."""
    parts = [HEAD.replace(_SUBSCRIPTION, subscription)]
    parts.append("# Resource providers: a new subscription knows only a few.\n")
    parts.append("".join(f"register {namespace}\n" for namespace in NEEDED))
    told: set[str] = set()
    for environment in plan.environments:
        parts.append(f"\n{'#' * 78}\n# {environment}\n{'#' * 78}\n")
        for resource in plan.of(environment):
            parts.append(_explained(resource, steps, commands, told) + _creation(resource))
        parts += [_giving(each) for each in plan.roles if each.environment == environment]
    return "\n".join(parts) + "\n" + END


def _explained(
    resource: ArmResource, steps: Mapping[str, Step], commands: Mapping[str, list[str]], told: set[str]
) -> str:
    """What a step is for and what it ran, said before the first of its resources."""
    key = f"{resource.step}@{resource.environment}"
    if key in told:
        return ""
    told.add(key)
    step = steps[resource.step]
    lines = textwrap.wrap(f"{step.title} ({resource.step}). {step.why}", 116)
    ran = [f"  {line}" for command in commands.get(key, ()) for line in command.splitlines()]
    lines += ["What mlops-wizard noted as equivalent:", *ran] if ran else []
    return "".join(f"# {line}\n" for line in lines)


def title(resource: ArmResource) -> str:
    """The resource in words."""
    return f"{resource.short_type} {resource.name}"


def _creation(resource: ArmResource) -> str:
    body = _quoted(json.dumps(filled(resource.body, _stand_in), indent=2))
    return f"create '{title(resource)}' \"{_path(resource)}\" {resource.version} <<JSON\n{body}\nJSON\n"


def _giving(given: RoleGiven) -> str:
    who, kind = _principal(given.who)
    on = given.on
    words = f"role {given.role.name} on {title(on)}"
    return f'give \'{words}\' {given.role.id} \\\n  "{_path(on)}" \\\n  "{who}" {kind}\n'


def _principal(who: Who) -> tuple[str, str]:
    """What gives the object id of somebody, and what kind of principal that is."""
    if isinstance(who, IdentityOf):
        return f'$(principal_of "{_path(who.resource)}" {who.resource.version})', "ServicePrincipal"
    if isinstance(who, Application):
        return f"$(application_id {who.id})", "ServicePrincipal"
    return "$(own_claim oid)", '"$([[ "$(own_claim idtyp)" == app ]] && echo ServicePrincipal || echo User)"'


def _path(resource: ArmResource) -> str:
    return f"/subscriptions/$SUBSCRIPTION{resource.path}"


def _stand_in(value: Any) -> str:
    if isinstance(value, IdOf):
        return f"/subscriptions/{_SUBSCRIPTION}{value.resource.path}"
    if isinstance(value, InSubscription):
        return f"/subscriptions/{_SUBSCRIPTION}{value.path}"
    assert isinstance(value, TenantId)  # noqa: S101 - there is no other kind
    return _TENANT


def _quoted(text: str) -> str:
    """A here-document's text in which the shell replaces our two variables and nothing else."""
    for special in ("\\", "$", "`"):
        text = text.replace(special, f"\\{special}")
    return text.replace(_SUBSCRIPTION, "$SUBSCRIPTION").replace(_TENANT, "$TENANT")


def noted(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The commands in the journal whose actions ended well, by step@environment; each once."""
    begun: dict[tuple[str, str], str] = {}
    found: dict[str, list[str]] = {}
    for entry in entries:
        key = (str(entry.get("instance")), str(entry.get("action")))
        if entry.get("event") == "begun":
            begun[key] = str(entry.get("command") or "")
        elif entry.get("event") == "ended" and begun.get(key, "").startswith("az "):
            commands = found.setdefault(key[0], [])
            commands += [begun[key]] if begun[key] not in commands else []
    return found
