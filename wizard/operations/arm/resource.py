"""One resource as it is planned, and the values in it that are known only where it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.steps.needed_rights import Role

GROUP = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True, slots=True)
class InSubscription:
    """An id that begins with the subscription's; `path` is the rest, such as `/resourceGroups/rg-wine-dev`."""

    path: str


@dataclass(frozen=True, slots=True)
class TenantId:
    """The id of the tenant that the subscription trusts."""


@dataclass(frozen=True, slots=True, eq=False)
class ArmResource:
    """A resource that a step makes, as the request that makes it says.

    `names` has one name for each part of the type. `usual` is what the service sets by itself and a change of which
    matters. What is `fixed` cannot be changed afterwards; `in_part` says whether the rest can be, property by property.
    `beside`: the step's own check does not tell when it is gone; `made_anew`: then it can be made again by itself.
    """

    step: str
    environment: str
    type: str
    group: str
    names: tuple[str, ...]
    version: str
    body: Mapping[str, Any]
    usual: Mapping[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ("location", "kind")
    in_part: bool = True
    beside: bool = False
    made_anew: bool = True
    cost: str = ""

    @property
    def name(self) -> str:
        """The resource's own name."""
        return self.names[-1]

    @property
    def short_type(self) -> str:
        """The last part of the type, such as `storageAccounts`."""
        return self.type.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The id behind the subscription's."""
        place = f"/resourceGroups/{self.group}"
        if self.type == GROUP:
            return place
        namespace, *kinds = self.type.split("/")
        below = "".join(f"/{kind}/{name}" for kind, name in zip(kinds, self.names, strict=True))
        return f"{place}/providers/{namespace}{below}"


@dataclass(frozen=True, slots=True, eq=False)
class IdOf:
    """The id of another resource."""

    resource: ArmResource


@dataclass(frozen=True, slots=True)
class Operator:
    """Who sets all this up."""


@dataclass(frozen=True, slots=True)
class Application:
    """The enterprise application of an application id, which has another object id in each tenant."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class IdentityOf:
    """The principal behind a managed identity."""

    resource: ArmResource


Who = Operator | Application | IdentityOf


@dataclass(frozen=True, slots=True, eq=False)
class RoleGiven:
    """A role that a step gives to somebody on a resource."""

    step: str
    environment: str
    role: Role
    on: ArmResource
    who: Who


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """All resources, those that others need before them, and the roles that are given on them."""

    resources: tuple[ArmResource, ...]
    roles: tuple[RoleGiven, ...]

    def of(self, environment: str) -> list[ArmResource]:
        """The resources of one environment."""
        return [each for each in self.resources if each.environment == environment]

    @property
    def environments(self) -> list[str]:
        """The environments that have resources."""
        return list(dict.fromkeys(each.environment for each in self.resources))


def filled(value: Any, fill: Callable[[Any], Any]) -> Any:
    """A body with each value that is no plain JSON replaced by what `fill` makes of it."""
    if isinstance(value, Mapping):
        return {key: filled(each, fill) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(each, fill) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else fill(value)
