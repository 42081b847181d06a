"""The service as one run sees it: its files, and the groups, connections, pools and environments it may use."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from wizard.sandbox.agent.host import Connection
from wizard.sandbox.agent.uses import Uses
from wizard.sandbox.agent.variables import Variable, Variables
from wizard.sandbox.devops import agent_pools
from wizard.sandbox.devops.agent_pools import Pool
from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.environments import Environments
from wizard.sandbox.devops.library_rights import ENVIRONMENT as ENVIRONMENTS
from wizard.sandbox.devops.library_rights import environment_token, has, own
from wizard.sandbox.devops.pipeline_permissions import may_use
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.protected_resources import CONNECTION, ENVIRONMENT, GROUP, QUEUE
from wizard.sandbox.devops.repositories import Repositories, Repository
from wizard.sandbox.devops.service_endpoints import FEDERATION, ServiceEndpoints
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.variable_groups import VariableGroups
from wizard.sandbox.entra.federation import devops_token
from wizard.sandbox.store import Document


class BuildHost:
    """What one run finds around it."""

    def __init__(self, tenancy: Tenancy, build: Document, project: Project, repository: Repository) -> None:
        self._tenancy = tenancy
        self._build = build
        self._project = project
        self._repository = repository
        self._pipeline = int(build["definition_id"])

    @property
    def repository_url(self) -> str:
        """Where git finds the repository."""
        path = f"{quote(self._project.name)}/_git/{quote(self._repository.name)}"
        return f"https://dev.azure.com/{self._tenancy.name}/{path}"

    def read(self, path: str) -> str | None:
        """A file of the repository at the run's commit."""
        return Repositories(self._tenancy).bare(self._repository).text(self._build["commit"], path)

    def missing(self, path: str) -> str:
        """The message about a file that is not there."""
        return (
            f"File /{path} not found in repository {self.repository_url} branch {self._build['branch']} version"
            f" {self._build['commit']}."
        )

    def group(self, name: str) -> list[Variable] | None:
        """The variables of a group; None when there is none, or none that the pipeline may use."""
        found = VariableGroups(self._tenancy).named(self._project.id, name)
        if found is None or not self._may(GROUP, str(found["id"])):
            return None
        return [Variable(key, each["value"], each["isSecret"]) for key, each in found["variables"].items()]

    def may_connect(self, name: str) -> bool:
        """Whether there is such a service connection, and the pipeline may use it."""
        found = self._endpoint(name)
        return found is not None and self._may(CONNECTION, found["id"])

    def pool_refusal(self, name: str) -> str:
        """Why the pipeline cannot use a pool; empty when it can."""
        queues = agent_pools.queues(self._tenancy, self._project.id)
        queue = next((each for each in queues if each["name"].lower() == name.lower()), None)
        if queue is None:
            return (
                f"Could not find a pool with name {name}. The pool does not exist or has not been authorized for use."
            )
        if queue["pool"]["isHosted"] or self._may(QUEUE, str(queue["id"])):
            return ""
        return f"Pipeline does not have permissions to use the referenced pool(s) {name}."

    def environment(self, name: str) -> bool:
        """Whether there is such an environment; one that is missing is made, if whoever asked for the run may."""
        environments, project = Environments(self._tenancy), self._project.id
        who = self._tenancy.identities.find(self._build["requested_by"])
        with self._tenancy.store.transaction():
            if environments.named(project, name) is not None:
                return True
            if who is None or not has(self._tenancy, who, ENVIRONMENTS, environment_token(project), "Create"):
                return False
            made = environments.create(project, who, name)
            own(self._tenancy, who, ENVIRONMENTS, environment_token(project, made["id"]))
        return True

    def resources(self, used: Uses, pools: Iterable[Pool]) -> Iterator[tuple[str, str]]:
        """The kind and the id of everything that a stage uses; its jobs run in these pools."""
        for name in used.groups:
            group = VariableGroups(self._tenancy).named(self._project.id, name)
            if group is not None:
                yield GROUP, str(group["id"])
        for name in used.connections:
            endpoint = self._endpoint(name)
            if endpoint is not None:
                yield CONNECTION, endpoint["id"]
        for name in used.environments:
            environment = Environments(self._tenancy).named(self._project.id, name)
            if environment is not None:
                yield ENVIRONMENT, str(environment["id"])
        names = {pool.name for pool in pools}
        for queue in agent_pools.queues(self._tenancy, self._project.id):
            if queue["name"] in names:
                yield QUEUE, str(queue["id"])

    def connection(self, name: str) -> Connection:
        """A connection that was allowed; its token is fresh."""
        found = self._endpoint(name) or {}
        parameters, data = found["authorization"]["parameters"], found["data"]
        federated = found["authorization"]["scheme"] == FEDERATION
        if federated:
            subject = parameters["workloadIdentityFederationSubject"]
            secret = devops_token(self._tenancy.cloud, self._tenancy.instance_id, subject)
        else:
            secret = parameters["serviceprincipalkey"]
        who = (parameters["serviceprincipalid"], parameters["tenantid"])
        return Connection(found["name"], *who, str(data.get("subscriptionId", "")), secret, federated)

    def artifact(self, name: str) -> Path:
        """A new folder for what a run keeps."""
        folder = Builds(self._tenancy).folder(self._build["id"]) / "artifacts" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def add_tests(self, passed: int, failed: int, skipped: int) -> None:
        """Add up the results of the run's tests."""
        builds = Builds(self._tenancy)
        before = builds.get(self._build["id"]).get("tests", {"passed": 0, "failed": 0, "skipped": 0})
        now = {"passed": passed, "failed": failed, "skipped": skipped}
        builds.change(self._build["id"], tests={name: before[name] + now[name] for name in now})

    def predefined(self, definition: Document) -> Variables:
        """The variables that every run has."""
        build, known = self._build, Variables()
        branch = build["branch"]
        for name, value in {
            "Build.BuildId": build["id"],
            "Build.BuildNumber": build["number"],
            "Build.BuildUri": f"vstfs:///Build/Build/{build['id']}",
            "Build.DefinitionName": definition["name"],
            "Build.Reason": {"manual": "Manual", "individualCI": "IndividualCI"}.get(build["reason"], build["reason"]),
            "Build.RequestedFor": build["requested_name"],
            "Build.SourceBranch": branch,
            "Build.SourceBranchName": branch.rpartition("/")[2],
            "Build.SourceVersion": build["commit"],
            "Build.Repository.Id": self._repository.id,
            "Build.Repository.Name": self._repository.name,
            "Build.Repository.Provider": "TfsGit",
            "Build.Repository.Uri": self.repository_url,
            "System.CollectionUri": f"https://dev.azure.com/{self._tenancy.name}/",
            "System.TeamFoundationCollectionUri": f"https://dev.azure.com/{self._tenancy.name}/",
            "System.CollectionId": self._tenancy.instance_id,
            "System.DefinitionId": definition["id"],
            "System.TeamProject": self._project.name,
            "System.TeamProjectId": self._project.id,
            "System.HostType": "build",
        }.items():
            known.set(name, str(value))
        return known

    def _endpoint(self, name: str) -> Document | None:
        held = ServiceEndpoints(self._tenancy)
        return held.named(self._project.id, name) or held.get(self._project.id, name)

    def _may(self, kind: str, resource: str) -> bool:
        return may_use(self._tenancy, self._project.id, kind, resource, self._pipeline)
