"""Azure DevOps held in memory, for the steps of the pipeline: variables, connections, pipelines and their rights."""

from dataclasses import dataclass, field, replace

from wizard.clients.managed_identities import Federation, ManagedIdentity
from wizard.clients.pipelines import Pipeline
from wizard.clients.service_connections import FEDERATION, ServiceConnection
from wizard.clients.variable_groups import Variable, VariableGroup
from wizard.engine.secrets import Secret

ISSUER, SUBJECT = "https://vstoken.dev.azure.com/o", "sc://contoso/mlops/mlops-wizard-test"


@dataclass
class FakeVariables:
    groups: dict[str, VariableGroup] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    written: list[set[str]] = field(default_factory=list)

    def get(self, project, name):
        return self.groups.get(name)

    def create(self, project_id, project, name, values):
        self.groups[name] = VariableGroup(len(self.groups) + 1, name, {})
        return self._write(name, values)

    def update(self, project_id, project, group, values):
        return self._write(group.name, values)

    def delete(self, project_id, group):
        del self.groups[group.name]

    def _write(self, name, values):
        self.written.append(set(values))
        secret = {key: each.reveal() for key, each in values.items() if isinstance(each, Secret)}
        self.secrets |= secret
        plain = {key: Variable("" if key in secret else each, key in secret) for key, each in values.items()}
        self.groups[name] = replace(self.groups[name], variables={**self.groups[name].variables, **plain})
        return self.groups[name]


@dataclass
class FakeConnections:
    connections: dict[str, ServiceConnection] = field(default_factory=dict)

    def get(self, project, name):
        return self.connections.get(name)

    def create_federated(self, project_id, project, name, target):
        self.connections[name] = connection(name, client_id=target.client_id)
        return self.connections[name]

    def delete(self, project_id, found):
        del self.connections[found.name]


@dataclass
class FakePipelines:
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    authorized: set[tuple[int, str, str]] = field(default_factory=set)

    def get(self, project, name):
        return self.pipelines.get(name)

    def create(self, project, name, file, repository_id, branch, queue_id):
        self.pipelines[name] = Pipeline(7, name, file, repository_id, branch, "Azure Pipelines")
        return self.pipelines[name]

    def delete(self, project, found):
        del self.pipelines[found.name]

    def may_use(self, project, found, kind, resource):
        return (found.id, kind, resource) in self.authorized

    def authorize(self, project, found, kind, resource):
        self.authorized.add((found.id, kind, resource))


class FakeAgents:
    def queues(self, project):
        return {"Azure Pipelines": 18, "Default": 19}


@dataclass
class FakeDevOps:
    agents: FakeAgents = field(default_factory=FakeAgents)
    variables: FakeVariables = field(default_factory=FakeVariables)
    connections: FakeConnections = field(default_factory=FakeConnections)
    pipelines: FakePipelines = field(default_factory=FakePipelines)


@dataclass
class FakeIdentities:
    identities: dict[str, ManagedIdentity] = field(default_factory=dict)
    trusted: dict[str, Federation] = field(default_factory=dict)

    def get(self, group, name):
        return self.identities.get(name)

    def create(self, group, name, region, tags):
        return self.identities.setdefault(
            name, ManagedIdentity(name, f"/id/{name}", "client-1", "principal-1", "tenant")
        )

    def delete(self, group, name):
        del self.identities[name]

    def federations(self, group, name):
        return dict(self.trusted)

    def federate(self, group, name, credential, federation):
        self.trusted[credential] = federation


def connection(name, **changes):
    """A connection as it should be."""
    good = ServiceConnection("c-1", name, FEDERATION, True, "client-1", "tenant", ISSUER, SUBJECT, "")
    return replace(good, **changes)
