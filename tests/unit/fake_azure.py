"""More of the far side held in memory: rights, quotas, key vaults and Azure ML workspaces."""

from dataclasses import dataclass, field

from wizard.clients.access import Verdict
from wizard.clients.key_vaults import KeyVault
from wizard.clients.ml_workspaces import Component, MLWorkspace
from wizard.clients.storage_accounts import NameVerdict
from wizard.clients.usages import Usage
from wizard.engine.errors import ServiceError


class FinishedOperation:
    def finished(self, seconds):
        return True


@dataclass
class FakeAccess:
    """`refused` actions become allowed when the role that `helps` names is given or activated."""

    refused: set[str] = field(default_factory=set)
    denial: str = ""
    condition: str = ""
    waiting: list = field(default_factory=list)
    helps: str = ""
    unanswered: bool = False
    given: dict[str, str] = field(default_factory=dict)
    activated: list[str] = field(default_factory=list)

    def check(self, scope, principal, actions, data=()):
        if self.unanswered:
            raise ServiceError("no such question", status=404)
        return [self._verdict(each) for each in (*actions, *data)]

    def permissions(self, group, actions, data=()):
        return [Verdict(each, each not in self.refused) for each in (*actions, *data)]

    def _verdict(self, action):
        if self.denial:
            return Verdict(action, False, denial=self.denial)
        return Verdict(action, action not in self.refused, condition=self.condition)

    def eligible(self, scope):
        return self.waiting

    def activate(self, request, eligible, principal, reason):
        self.activated.append(eligible.role)
        self.refused.clear()

    def assign(self, scope, name, role, principal, kind):
        self.given[name] = role
        if role == self.helps:
            self.refused.clear()

    def has_assignment(self, scope, name):
        return name in self.given

    def unassign(self, scope, name):
        del self.given[name]


@dataclass
class FakeUsages:
    limits: dict[str, tuple[int, int]] = field(
        default_factory=lambda: {"cores": (0, 100), "standardDSv2Family": (0, 100), "standardDv2Family": (0, 100)}
    )

    def in_region(self, region):
        return {name.lower(): Usage(name, name, used, limit) for name, (used, limit) in self.limits.items()}


@dataclass
class FakeVaults:
    vaults: dict[str, KeyVault] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    dead: dict = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)
    let_in: list[str] = field(default_factory=list)

    def name_is_free(self, name):
        free = name not in self.taken and name.lower() not in self.dead
        return NameVerdict(free, "" if free else "AlreadyExists", "")

    def get(self, group, name):
        return self.vaults.get(name)

    def create(self, group, name, region, tenant, tags):
        self.vaults[name] = vault(name)
        return FinishedOperation()

    def add_policy(self, group, name, tenant, principal, rights=()):
        self.let_in.append(principal)

    def deleted(self):
        return self.dead

    def delete(self, group, name):
        del self.vaults[name]

    def purge(self, name, region):
        self.purged.append(name)
        return FinishedOperation()


@dataclass
class FakeVaultSecrets:
    """Lists nothing; refuses while `refuses(…)` says so."""

    host: str
    refusal: ServiceError | None = None
    opens_after: int = 0

    def unmarked(self, tag):
        return []

    def names(self):
        if self.refusal and self.opens_after >= 0:
            self.opens_after -= 1
            raise self.refusal
        return []


@dataclass
class FakeMLWorkspaces:
    workspaces: dict[str, MLWorkspace] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    def get(self, group, name):
        return self.workspaces.get(name)

    def services(self, discovery):
        return {"api": "https://westeurope.api.azureml.ms"}

    def create(self, group, name, region, parts, tags):
        self.parts = dict(parts)
        self.workspaces[name] = ml_workspace(name)

    def purge(self, group, name):
        del self.workspaces[name]

    def insights(self, group, name):
        return self.components.get(name)

    def create_insights(self, group, name, region, tags):
        return self.components.setdefault(name, Component(f"/id/{name}", tags)).id

    def delete_insights(self, group, name):
        del self.components[name]


def vault(name, **changes):
    """A vault as it should be."""
    good = {
        "name": name,
        "id": f"/id/{name}",
        "region": "westeurope",
        "state": "Succeeded",
        "host": f"{name}.vault.azure.net",
        "by_roles": True,
        "closed": False,
        "policies": {},
        "tags": {"mlops-wizard": "wine-cmr"},
    }
    return KeyVault(**good | changes)


def ml_workspace(name, state="Succeeded"):
    """An Azure ML workspace in some state."""
    return MLWorkspace(
        name,
        f"/id/{name}",
        "westeurope",
        state,
        "https://westeurope.api.azureml.ms/discovery",
        "s",
        "k",
        tags={"mlops-wizard": "wine-dev"},
    )
