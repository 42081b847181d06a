"""Azure DevOps held in memory, for the steps of the pipeline: variables, connections, pipelines and their rights."""

from dataclasses import dataclass, field, replace

from wizard.clients.managed_identities import Federation, ManagedIdentity
from wizard.clients.ml_computes import Compute
from wizard.clients.pipeline_runs import Record, Run
from wizard.clients.pipelines import Pipeline
from wizard.clients.service_connections import FEDERATION, ServiceConnection
from wizard.clients.variable_groups import Variable, VariableGroup
from wizard.engine.secrets import Secret

OURS = {"mlops-wizard": "wine-test"}
ISSUER, SUBJECT = "https://vstoken.dev.azure.com/o", "sc://contoso/mlops/mlops-wizard-test"


@dataclass
class FakeVariables:
    groups: dict[str, VariableGroup] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    written: list[set[str]] = field(default_factory=list)

    def get(self, project, name):
        return self.groups.get(name)

    def create(self, project_id, project, name, values, note):
        self.groups[name] = VariableGroup(len(self.groups) + 1, name, {}, note=note)
        return self._write(name, values)

    def update(self, project_id, project, group, values):
        return self._write(group.name, values)

    def remove(self, project_id, project, group, name):
        left = {key: each for key, each in group.variables.items() if key != name}
        self.groups[group.name] = replace(group, variables=left)

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

    def create_federated(self, project_id, project, name, target, note):
        self.connections[name] = connection(name, client_id=target.client_id, note=note)
        return self.connections[name]

    def delete(self, project_id, found):
        del self.connections[found.name]


@dataclass
class FakePipelines:
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    authorized: set[tuple[int, str, str]] = field(default_factory=set)

    def get(self, project, name):
        return self.pipelines.get(name)

    def create(self, project, name, file, repository_id, branch, queue_id, note):
        self.pipelines[name] = Pipeline(7, name, file, repository_id, branch, "Azure Pipelines", note)
        return self.pipelines[name]

    def delete(self, project, found):
        del self.pipelines[found.name]

    def may_use(self, project, found, kind, resource):
        return (found.id, kind, resource) in self.authorized

    def authorize(self, project, found, kind, resource):
        self.authorized.add((found.id, kind, resource))


@dataclass
class FakeRuns:
    """`ahead` are the timelines that are still to be seen, one at each look; the last one stays."""

    runs: list[Run] = field(default_factory=list)
    ahead: list[tuple[Run, list[Record]]] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    lines: dict[int, list[str]] = field(default_factory=dict)
    queued: list[str] = field(default_factory=list)
    repeated: list[tuple[str, bool]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    refusal: Exception | None = None

    def of_commit(self, project, pipeline_id, commit, ref=""):
        if self.ahead:
            run, self.records = self.ahead.pop(0)
            self.runs = [run]
        return [run for run in self.runs if run.commit == commit and ref in ("", run.branch)]

    def get(self, project, run_id):
        if self.ahead:
            run, self.records = self.ahead.pop(0)
            self.runs = [run]
        return next(run for run in self.runs if run.id == run_id)

    def timeline(self, project, run_id):
        return self.records

    def queue(self, project, pipeline_id, branch, commit):
        self.queued.append(commit)

    def run_again(self, project, run_id, stage, *, all_jobs=False):
        if self.refusal:
            raise self.refusal
        self.repeated.append((stage, all_jobs))
        self.records = [replace(each, attempt=each.attempt + 1) for each in self.records]

    def cancel(self, project, run_id):
        self.cancelled.append(run_id)

    def log(self, project, run_id, log_id, first_line=1):
        return self.lines.get(log_id, [])[first_line - 1 :]


@dataclass
class FakeComputes:
    computes: dict[str, Compute] = field(default_factory=dict)
    becomes: str = "Succeeded"
    created: list[str] = field(default_factory=list)

    def get(self, workspace, name):
        found = self.computes.get(name)
        if found and found.state == "Creating":  # it has ended the next time somebody looks
            self.computes[name] = replace(found, state=self.becomes)
        return found

    def create_kubernetes(self, workspace, name, region, size, nodes, tags=OURS):
        self.created.append(name)
        self.computes[name] = Compute(name, f"/id/{name}", "AKS", "Creating", nodes, size, "", tags=tags)

    def all(self, workspace):
        return list(self.computes.values())

    def delete(self, workspace, name):
        del self.computes[name]


def run(commit, status="completed", result="succeeded", problems=()):
    """A run of a commit."""
    return Run(41, "20261125.1", status, result, commit, "refs/heads/main", problems)


def record(kind, name, result="", state="completed", log_id=0):
    """A line of a run's timeline."""
    return Record(f"{kind} {name}", "", kind, name, name, state, result, None, None, log_id, (), 1, 1)


class FakeAgents:
    def queues(self, project):
        return {"Azure Pipelines": 18, "Default": 19}


@dataclass
class FakeDevOps:
    agents: FakeAgents = field(default_factory=FakeAgents)
    variables: FakeVariables = field(default_factory=FakeVariables)
    connections: FakeConnections = field(default_factory=FakeConnections)
    pipelines: FakePipelines = field(default_factory=FakePipelines)
    pipeline_runs: FakeRuns = field(default_factory=FakeRuns)


@dataclass
class FakeIdentities:
    identities: dict[str, ManagedIdentity] = field(default_factory=dict)
    trusted: dict[str, Federation] = field(default_factory=dict)

    def get(self, group, name):
        return self.identities.get(name)

    def create(self, group, name, region, tags):
        return self.identities.setdefault(
            name, ManagedIdentity(name, f"/id/{group}/providers/{name}", "client-1", "principal-1", "tenant", tags)
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
