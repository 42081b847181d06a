"""A far side held in memory, behind the same methods as the clients, for testing what steps find and plan."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.unit.engine_tools import open_session
from tests.unit.fake_azure import (
    FakeAccess,
    FakeMLWorkspaces,
    FakeUsages,
    FakeVaults,
    FakeVaultSecrets,
    FinishedOperation,
)
from tests.unit.fake_devops import FakeComputes
from wizard.clients.azure_login import Account
from wizard.clients.blobs import Blob, Container
from wizard.clients.clusters import Cluster, NodeType
from wizard.clients.databricks_workspaces import DatabricksWorkspace
from wizard.clients.features import Features
from wizard.clients.job_runs import JobRun
from wizard.clients.libraries import LibraryStatus
from wizard.clients.models import ModelVersion, TrackedRun
from wizard.clients.resource_groups import Resource, ResourceGroup
from wizard.clients.storage_accounts import NameVerdict, StorageAccount
from wizard.clients.tokens import Token
from wizard.engine.checklist import Checklist
from wizard.engine.context import Context, Session
from wizard.engine.errors import NotSignedInError
from wizard.engine.secrets import Secret
from wizard.engine.step import Action, Outcome, Status
from wizard.steps.checklist import CHECKLIST

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
HOST = "adb-1.2.azuredatabricks.net"
ACCOUNT = "winedev"
VAULT = "kvwinecmr"
USER = "me@example.org"
OURS = {"mlops-wizard": "wine-dev"}


@dataclass
class FakeLogin:
    record: str = ""
    credential: object = field(default_factory=object)

    def account(self):
        return Account(USER, "tenant", 60)

    def ends(self, scope):
        return 1_900_000_000.0


@dataclass
class FakeGroups:
    groups: dict[str, ResourceGroup] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    held: dict[str, list[Resource]] = field(default_factory=dict)

    def get(self, name):
        return self.groups.get(name)

    def create(self, name, region, tags):
        self.created.append(name)
        self.groups[name] = ResourceGroup(name, f"/id/{name}", region, "Succeeded", tags)

    def resources(self, name):
        return self.held.get(name, [])


@dataclass
class FakeProviders:
    registered: set[str] = field(default_factory=lambda: {"Microsoft.Databricks", "Microsoft.Storage"})
    offered: frozenset[str] = frozenset({"westeurope", "northeurope"})

    def state(self, namespace):
        return "Registered" if namespace in self.registered else "NotRegistered"

    def register(self, namespace):
        self.registered.add(namespace)

    def regions(self, namespace, kind):
        return self.offered


@dataclass
class FakeAccounts:
    accounts: dict[str, StorageAccount] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)

    def name_is_free(self, name):
        if name in self.taken:
            return NameVerdict(False, "AlreadyExists", self.taken[name])
        return NameVerdict(name not in self.accounts, "AlreadyExists", "taken")

    def get(self, group, name):
        return self.accounts.get(name)

    def create(self, group, name, region, tags):
        self.created.append(name)
        self.accounts[name] = account(name)
        return FinishedOperation()

    def key(self, group, name):
        return "A" * 86 + "=="


@dataclass
class FakeWorkspaces:
    workspaces: dict[str, DatabricksWorkspace] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)

    def get(self, group, name):
        found = self.workspaces.get(name)
        if found and found.state == "Creating":  # it is ready the next time somebody looks
            self.workspaces[name] = replace(found, state="Succeeded")
        return found

    def create(self, group, name, region, tags):
        self.created.append(name)
        self.workspaces[name] = workspace(name)
        return FinishedOperation()


@dataclass
class FakeTokens:
    tokens: list[Token] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    made: int = 0

    def list(self):
        return list(self.tokens)

    def create(self, comment, days):
        self.made += 1
        token = Token(f"id{self.made}", comment, 4e9)
        self.tokens.append(token)
        return token, f"dapi{self.made:032d}"

    def revoke(self, token_id):
        self.revoked.append(token_id)
        self.tokens = [each for each in self.tokens if each.id != token_id]


@dataclass
class FakeClusters:
    clusters: list[Cluster] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    becomes: str = "RUNNING"

    def list(self):
        return list(self.clusters)

    def get(self, cluster_id):
        index = next(i for i, each in enumerate(self.clusters) if each.id == cluster_id)
        if self.clusters[index].state == "PENDING":
            self.clusters[index] = replace(self.clusters[index], state=self.becomes)
        return self.clusters[index]

    def newest_runtime(self):
        return "17.3.x-cpu-ml-scala2.13"

    def smallest_node_type(self):
        return NodeType("Standard_DS3_v2", 4, 14)

    def create_single_node(self, name, runtime, node_type, minutes, tags, user):
        self.created.append(name)
        self.clusters.append(cluster("PENDING", tags=tags))
        return "c1"

    def start(self, cluster_id):
        self.started.append(cluster_id)
        self.clusters = [replace(each, state="PENDING") for each in self.clusters]


@dataclass
class FakeLibraries:
    statuses: dict[str, str] = field(default_factory=dict)
    installed: list[str] = field(default_factory=list)

    def status(self, cluster_id):
        return {name: LibraryStatus(name, status, "") for name, status in self.statuses.items()}

    def install(self, cluster_id, packages):
        self.installed += packages
        self.statuses |= dict.fromkeys(packages, "INSTALLED")


@dataclass
class FakeCommands:
    """Answers the steps' commands; `mounted` is (source, rows)."""

    mounted: tuple[str, int] = ("", -1)
    in_volume: int = 1599
    ran: list[str] = field(default_factory=list)

    def run(self, cluster_id, code, seconds):
        self.ran.append(code)
        if "1 + 1" in code:
            return "2\n"
        if "import mlflow" in code:
            return "3.17.2 6.0.3\n"
        if "dbutils.fs.mounts" in code:
            return f'"{self.mounted[0]}"\n{{"rows": {self.mounted[1]}, "error": ""}}\n'
        if "print(json.dumps" in code:
            return f'{{"rows": {self.in_volume}, "error": ""}}\n'
        if "dbutils.fs.unmount" in code:
            self.mounted = ("", -1)
        if "dbutils.fs.mount(" in code:
            self.mounted = (f"wasbs://data@{ACCOUNT}.blob.core.windows.net", 1599)
        return ""


@dataclass
class FakeRuns:
    runs: dict[str, JobRun] = field(default_factory=dict)

    def named(self, name):
        return self.runs.get(name)


@dataclass
class FakeModels:
    tracked: list[TrackedRun] = field(default_factory=list)
    registered: list[ModelVersion] = field(default_factory=list)

    def run(self, run_id):
        return next((run for run in self.tracked if run.id == run_id), None)

    def versions(self, name):
        return sorted(self.registered, key=lambda each: int(each.version), reverse=True)

    def runs_with(self, experiment, tags):
        return [run for run in self.tracked if tags.items() <= run.tags.items()]

    def exists(self, name):
        return any(each.name == name for each in self.registered)


@dataclass
class FakeFeatures:
    mounts: bool = True
    registry: bool = True
    catalog: str = "dbw_wine_dev"

    def look(self):
        return Features(self.mounts, self.registry, self.catalog)


@dataclass
class FakeVolumes:
    volumes: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def exists(self, name):
        return name in self.volumes

    def comment(self, name):
        return self.volumes.get(name)

    def create(self, name, comment):
        self.volumes[name] = comment

    def delete(self, name):
        del self.volumes[name]

    def read(self, path):
        return self.files.get(path)

    def write(self, path, content):
        self.files[path] = content


@dataclass
class FakeDatabricks:
    host: str = HOST
    tokens: FakeTokens = field(default_factory=FakeTokens)
    clusters: FakeClusters = field(default_factory=FakeClusters)
    libraries: FakeLibraries = field(default_factory=FakeLibraries)
    commands: FakeCommands = field(default_factory=FakeCommands)
    runs: FakeRuns = field(default_factory=FakeRuns)
    models: FakeModels = field(default_factory=FakeModels)
    features: FakeFeatures = field(default_factory=FakeFeatures)
    volumes: FakeVolumes = field(default_factory=FakeVolumes)
    refuses: bool = False

    def me(self):
        if self.refuses:
            raise NotSignedInError("refused")
        from wizard.clients.databricks import User

        return User(USER, "1")


@dataclass
class FakeBlobs:
    host: str = f"{ACCOUNT}.blob.core.windows.net"
    containers: dict[str, Container] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def container(self, name):
        return self.containers.get(name)

    def create_container(self, name):
        self.containers[name] = Container(name, "")

    def blob(self, container, name):
        import hashlib

        content = self.contents.get(name)
        return None if content is None else Blob(name, len(content), hashlib.md5(content).hexdigest())  # noqa: S324

    def read(self, container, name):
        return self.contents[name]

    def upload(self, container, name, content, tell):
        tell(len(content))
        self.contents[name] = content


def account(name, **changes):
    """A storage account as it should be."""
    good = StorageAccount(
        name, f"/id/{name}", "westeurope", "StorageV2", "Standard_LRS", "Succeeded", f"{name}.blob.core.windows.net",
        "TLS1_2", public_blobs=False, shared_key=True, tags=OURS,
    )  # fmt: skip
    return replace(good, **changes)


def workspace(name, **changes):
    """A workspace as it should be."""
    return replace(
        DatabricksWorkspace(name, f"/id/{name}", "westeurope", "premium", "Succeeded", HOST, "1", OURS), **changes
    )


def cluster(state, *, tags=None, name="wine-dev", id_="c1", reason=""):
    """A cluster in some state."""
    code = reason.partition(" ")[0]
    return Cluster(
        id_, name, state, reason, code, "17.3.x", "Standard_DS3_v2", 0, 30, tags or {"mlops-wizard": "wine-dev"}
    )


@dataclass
class FakeCloud:
    """All fakes, and a session whose services are they."""

    session: Session
    said: list
    login: FakeLogin = field(default_factory=FakeLogin)
    groups: FakeGroups = field(default_factory=FakeGroups)
    providers: FakeProviders = field(default_factory=FakeProviders)
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    workspaces: FakeWorkspaces = field(default_factory=FakeWorkspaces)
    access: FakeAccess = field(default_factory=FakeAccess)
    usages: FakeUsages = field(default_factory=FakeUsages)
    vaults: FakeVaults = field(default_factory=FakeVaults)
    vault_secrets: FakeVaultSecrets = field(default_factory=lambda: FakeVaultSecrets(f"{VAULT}.vault.azure.net"))
    ml: FakeMLWorkspaces = field(default_factory=FakeMLWorkspaces)
    computes: FakeComputes = field(default_factory=FakeComputes)
    databricks: FakeDatabricks = field(default_factory=FakeDatabricks)
    by_token: FakeDatabricks = field(default_factory=FakeDatabricks)
    blobs: FakeBlobs = field(default_factory=FakeBlobs)

    async def enter(self) -> None:
        """Put the fakes where the steps look for clients."""
        credential = self.login.credential
        chosen = (credential, SUBSCRIPTION)
        made = {
            ("login", "environment", ""): self.login,
            ("resource groups", *chosen): self.groups,
            ("providers", *chosen): self.providers,
            ("storage accounts", *chosen): self.accounts,
            ("databricks workspaces", *chosen): self.workspaces,
            ("access", *chosen): self.access,
            ("usages", *chosen): self.usages,
            ("key vaults", *chosen): self.vaults,
            ("vault secrets", credential, self.vault_secrets.host): self.vault_secrets,
            ("ml workspaces", *chosen): self.ml,
            ("ml computes", credential): self.computes,
            ("databricks", credential, HOST): self.databricks,
            ("blobs", ACCOUNT, Secret("A" * 86 + "==")): self.blobs,
        }
        for key, fake in made.items():
            await self.session.services.get(key, lambda fake=fake: fake)

    async def knows_token(self, value: str) -> None:
        """Let calls with this token reach `by_token`."""
        await self.session.services.get(("databricks with token", HOST, Secret(value)), lambda: self.by_token)

    def at(self, step_id: str, environment: str = "dev") -> Context:
        """A context for a step."""
        instance = self.session.checklist.find(step_id, environment)
        return Context(self.session, instance)

    async def check(self, step_id: str, environment: str = "dev") -> Outcome:
        """Check a step and remember its facts, as the runner does."""
        context = self.at(step_id, environment)
        outcome = await context.instance.step.check(context)
        self.session.state.remember(context.instance.key, outcome)
        return outcome

    async def plan(self, step_id: str, environment: str = "dev") -> list[Action] | None:
        """What a step would do."""
        context = self.at(step_id, environment)
        return await context.instance.step.plan(context)

    async def apply(self, step_id: str, environment: str = "dev") -> Outcome:
        """Run what a step plans, and check it again."""
        for action in await self.plan(step_id, environment) or []:
            await action.run(self.at(step_id, environment))
        return await self.check(step_id, environment)

    async def undo(self, step_id: str, environment: str = "dev") -> list[Action]:
        """Take back what a step made; the actions that did it."""
        context = self.at(step_id, environment)
        actions = await context.instance.step.undo(context)
        for action in actions:
            if isinstance(action, Action):
                await action.run(context)
        return actions

    def remember(self, step_id: str, environment: str = "dev", **facts: str) -> None:
        """Take for granted what an earlier step learned."""
        key = self.at(step_id, environment).instance.key
        self.session.state.remember(key, Outcome(Status.OK, "remembered", facts=facts))


async def fake_cloud(folder: Path) -> FakeCloud:
    """A cloud with nothing in it but a sign-in; what earlier steps learn is taken for granted."""
    session, said = open_session(folder, ())
    session.checklist = Checklist(CHECKLIST.stages)
    from wizard.engine.answers import Answers

    answers = {"azure.signin": "environment", "dev.storage_account": ACCOUNT, "cmr.key_vault": VAULT}
    session.answers = Answers(session.project.answers, session.checklist.questions(), answers)
    cloud = FakeCloud(session, said)
    cloud.remember("signin.azure", subscription=SUBSCRIPTION, tenant="tenant", principal="p1", account=USER)
    for environment in ("dev", "test", "prod", "cmr"):
        cloud.remember("azure.groups", environment, id=f"/id/rg-wine-{environment}")
    cloud.remember("databricks.workspaces", host=HOST, id="/id/dbw", mounts="on", catalog="dbw_wine_dev")
    cloud.remember("storage.accounts", blob_host=f"{ACCOUNT}.blob.core.windows.net", id=f"/id/{ACCOUNT}")
    cloud.remember("databricks.cluster", cluster_id="c1", name="wine-dev")
    cloud.remember("storage.dataset", md5="m")
    await cloud.enter()
    return cloud
