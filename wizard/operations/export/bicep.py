"""The Azure resources of the session as Bicep: a file for the subscription, and a module for each environment.

Language: https://learn.microsoft.com/azure/azure-resource-manager/bicep/file
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wizard.operations.arm.resource import (
    GROUP,
    Application,
    ArmPlan,
    ArmResource,
    IdentityOf,
    IdOf,
    InSubscription,
    RoleGiven,
    filled,
)

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDENT = "  "
OPERATOR, REGION = "operatorObjectId", "location"
SYMBOLS = {
    "Microsoft.Databricks/workspaces": "databricks",
    "Microsoft.Storage/storageAccounts": "storageAccount",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "container",
    "Microsoft.KeyVault/vaults": "vault",
    "Microsoft.Insights/components": "insights",
    "Microsoft.MachineLearningServices/workspaces": "machineLearning",
    "Microsoft.MachineLearningServices/workspaces/computes": "kubernetes",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "identity",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials": "federation",
}
WRITTEN = "// Written by mlops-wizard. Nothing secret is in here."


class Code(str):
    """A Bicep expression, which is written as it is."""

    __slots__ = ()


def files(plan: ArmPlan, stem: str) -> dict[str, str]:
    """The text of each file by its name: `STEM.bicep`, and `STEM.ENVIRONMENT.bicep` for each environment."""
    made = {f"{stem}.bicep": _main(plan, stem)}
    return made | {f"{stem}.{each}.bicep": _module(plan, each) for each in plan.environments}


def _parameters(roles: list[RoleGiven]) -> dict[str, str]:
    """The parameters that a module needs besides the region, with what they are for."""
    wanted = {}
    for each in roles:
        if isinstance(each.who, Application):
            wanted[_application(each.who)] = (
                f"Object id of {each.who.name} in this tenant: az ad sp show --id {each.who.id} --query id --output tsv"
            )
        elif not isinstance(each.who, IdentityOf):
            wanted[OPERATOR] = "Object id of who sets this up"
    return wanted


def _application(who: Application) -> str:
    return f"{who.name[0].lower()}{who.name[1:]}ObjectId"


def _roles(plan: ArmPlan, environment: str) -> list[RoleGiven]:
    return [each for each in plan.roles if each.environment == environment]


def _main(plan: ArmPlan, stem: str) -> str:
    groups = [each for each in plan.resources if each.type == GROUP]
    region = groups[0].body["location"]
    parts = [
        f"{WRITTEN}\n// az deployment sub create --location {region} --template-file {stem}.bicep\n",
        "targetScope = 'subscription'\n",
        _parameter(REGION, "Azure region of all resources", region),
    ]
    wanted = _parameters(list(plan.roles))
    parts += [_parameter(name, words) for name, words in wanted.items()]
    for group in groups:
        parts.append(_declaration(group, f"{group.environment}Group"))
        given = {REGION: Code(REGION)} | {name: Code(name) for name in _parameters(_roles(plan, group.environment))}
        body = {"name": group.environment, "scope": Code(f"{group.environment}Group"), "params": given}
        parts.append(f"module {group.environment} '{stem}.{group.environment}.bicep' = {_literal(body)}\n")
    return "\n".join(parts)


def _module(plan: ArmPlan, environment: str) -> str:
    resources = [each for each in plan.of(environment) if each.type != GROUP]
    roles = _roles(plan, environment)
    region = plan.of(environment)[0].body["location"]
    parts = [f"{WRITTEN}\n// The resource group of {environment}.\n", _parameter(REGION, "Azure region", region)]
    parts += [_parameter(name, words) for name, words in _parameters(roles).items()]
    parts += [
        _declaration(each, symbol(each), [other for other in resources if other is not each]) for each in resources
    ]
    parts += [_assignment(each, number) for number, each in enumerate(roles, 1)]
    return "\n".join(parts)


def _parameter(name: str, words: str, default: str = "") -> str:
    value = f" = {_text(default)}" if default else ""
    return f"@description({_text(words)})\nparam {name} string{value}\n"


def symbol(resource: ArmResource) -> str:
    """The symbolic name of a resource in its module."""
    return SYMBOLS[resource.type]


def _declaration(resource: ArmResource, name: str, others: list[ArmResource] | None = None) -> str:
    body: dict[str, Any] = {}
    parent = next((each for each in others or () if each.names == resource.names[:-1]), None)
    if parent is not None and parent.type == resource.type.rpartition("/")[0]:
        body |= {"parent": Code(symbol(parent)), "name": resource.name}
    elif len(resource.names) > 1:  # of a grandparent: what lies between is always there
        above = next(each for each in others or () if each.names == resource.names[:1])
        body["name"] = Code("'" + "/".join([f"${{{symbol(above)}.name}}", *resource.names[1:]]) + "'")
    else:
        body["name"] = resource.name
    body |= filled(resource.body, _code)
    if "location" in body:
        body["location"] = Code(REGION)
    return f"resource {name} '{resource.type}@{resource.version}' = {_literal(body)}\n"


def _assignment(given: RoleGiven, number: int) -> str:
    """A role assignment. Its name has to be known before anything is made, so it goes by the identity's id."""
    scoped = given.on.type != GROUP
    place = f"{symbol(given.on)}.id" if scoped else "resourceGroup().id"
    if isinstance(given.who, IdentityOf):
        seed, principal = f"{symbol(given.who.resource)}.id", f"{symbol(given.who.resource)}.properties.principalId"
    else:
        seed = principal = _application(given.who) if isinstance(given.who, Application) else OPERATOR
    role = f"subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{given.role.id}')"
    properties: dict[str, Any] = {"roleDefinitionId": Code(role), "principalId": Code(principal)}
    if principal != OPERATOR:  # who that is, a person or an application, is not known here
        properties["principalType"] = "ServicePrincipal"
    body: dict[str, Any] = {"scope": Code(symbol(given.on))} if scoped else {}
    body |= {"name": Code(f"guid({place}, {seed}, '{given.role.id}')"), "properties": properties}
    kind = "Microsoft.Authorization/roleAssignments@2022-04-01"
    return f"// {given.role.name}\nresource role{number} '{kind}' = {_literal(body)}\n"


def _code(value: Any) -> Code:
    if isinstance(value, IdOf):
        return Code(f"{symbol(value.resource)}.id")
    if isinstance(value, InSubscription):
        return Code("'${subscription().id}" + value.path + "'")
    return Code("subscription().tenantId")


def _literal(value: Any, depth: int = 0) -> str:
    """A value as Bicep writes it."""
    inner, outer = _INDENT * (depth + 1), _INDENT * depth
    if isinstance(value, Code):
        return value
    if isinstance(value, Mapping):
        lines = [f"{inner}{_key(name)}: {_literal(each, depth + 1)}\n" for name, each in value.items()]
        return "{\n" + "".join(lines) + outer + "}" if lines else "{}"
    if isinstance(value, list):
        return (
            "[\n" + "".join(f"{inner}{_literal(each, depth + 1)}\n" for each in value) + outer + "]" if value else "[]"
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "null" if value is None else _text(str(value))


def _key(name: str) -> str:
    return name if _WORD.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("${", "\\${"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f"'{text}'"
