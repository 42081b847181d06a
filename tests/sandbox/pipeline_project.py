"""A repository, a pipeline and what it may use, made in the sandbox cloud with the vendor's own client and git."""

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.sandbox.devops_access import Git, basic, connection

PATIENCE = 60.0  # seconds for a run, which takes one or two


@dataclass
class PipelineProject:
    """One repository of the project with its clone; `pipeline` is made from its azure-pipelines.yml."""

    environment: dict[str, str]
    folder: Path
    clients: object
    project: str
    git: Git
    repository: object
    pipeline: object = None
    made: dict = field(default_factory=dict)

    @property
    def builds(self):
        return self.clients.get_build_client()

    def push(self, files: dict[str, str], message: str = "A change") -> str:
        """Commit files and push them to main; the commit."""
        for path, content in files.items():
            (self.git.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.git.folder / path).write_text(content)
            self.git.run("add", path)
        self.git.run("commit", "--quiet", "--allow-empty", "-m", message)
        self.git.run("push", "--quiet", "origin", "HEAD:main")
        return self.git.run("rev-parse", "HEAD")

    def define(self) -> int:
        """Make the pipeline; its id."""
        queues = self.clients.get_task_agent_client().get_agent_queues(self.project)
        body = {
            "name": f"{self.repository.name}-{secrets.token_hex(2)}",
            "queue": {"id": next(queue.id for queue in queues if queue.name == "Azure Pipelines")},
            "process": {"type": 2, "yamlFilename": "azure-pipelines.yml"},
            "repository": {"id": self.repository.id, "type": "TfsGit", "defaultBranch": "refs/heads/main"},
            "triggers": [{"settingsSourceType": 2, "triggerType": 2}],
        }
        self.pipeline = self.builds.create_definition(body, self.project)
        return self.pipeline.id

    def group(self, name: str, authorized: bool = True, **variables) -> int:
        """A variable group; values that are tuples are secret."""
        values = {
            key: {"value": value[0], "isSecret": True} if isinstance(value, tuple) else {"value": value}
            for key, value in variables.items()
        }
        reference = {"name": name, "projectReference": {"id": self.repository.project.id, "name": self.project}}
        body = {"name": name, "type": "Vsts", "variables": values, "variableGroupProjectReferences": [reference]}
        made = self.clients.get_task_agent_client().add_variable_group(body)
        if authorized:
            self.authorize("variablegroup", made.id)
        return made.id

    def connection(self, name: str, client_id: str, authorized: bool = True, key: str = ""):
        """A service connection to Azure: with a secret, or by workload identity federation."""
        parameters = {"tenantid": self.environment["AZURE_TENANT_ID"], "serviceprincipalid": client_id}
        if key:
            parameters |= {"authenticationType": "spnKey", "serviceprincipalkey": key}
        reference = {"name": name, "projectReference": {"id": self.repository.project.id, "name": self.project}}
        body = {
            "name": name,
            "type": "AzureRM",
            "url": "https://management.azure.com/",
            "authorization": {
                "scheme": "ServicePrincipal" if key else "WorkloadIdentityFederation",
                "parameters": parameters,
            },
            "data": {"subscriptionId": self.environment["AZURE_SUBSCRIPTION_ID"], "creationMode": "Manual"},
            "serviceEndpointProjectReferences": [reference],
        }
        made = self.clients.get_service_endpoint_client().create_service_endpoint(body)
        if authorized:
            self.authorize("endpoint", made.id)
        return made

    def authorize(self, kind: str, resource) -> None:
        """Let every pipeline use something."""
        client = self.clients.get_pipeline_permissions_client()
        body = {"allPipelines": {"authorized": True}}
        client.update_pipeline_permisions_for_resource(body, self.project, kind, str(resource))

    def queue(self, **more):
        """Queue a run of the pipeline."""
        body = {"definition": {"id": self.pipeline.id}, "sourceBranch": "refs/heads/main", **more}
        return self.builds.queue_build(body, self.project)

    def ended(self, run_id: int):
        """The run once it has ended."""
        return self.until(lambda: self._completed(run_id), f"run {run_id} to end")

    def _completed(self, run_id: int):
        found = self.builds.get_build(self.project, run_id)
        return found if found.status == "completed" else None

    def until(self, question, what: str):
        """What a question answers, asked until it answers something."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := question():
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {what}")

    def records(self, run_id: int, kind: str = "") -> dict:
        """The timeline's records by name."""
        found = self.builds.get_build_timeline(self.project, run_id)
        return {each.name: each for each in found.records if kind in ("", each.type)}

    def records_or_none(self, run_id: int, name: str):
        """A record of the timeline, None before there is one."""
        found = self.builds.get_build_timeline(self.project, run_id)
        return next((each for each in (found.records if found else None) or [] if each.name == name), None)

    def log(self, run_id: int, name: str) -> str:
        """The log of a task, without the moments."""
        record = self.records(run_id)[name]
        lines = self.builds.get_build_log_lines(self.project, run_id, record.log.id)
        return "\n".join(line.partition(" ")[2] for line in lines)


def new_pipeline_project(environment: dict[str, str], folder: Path) -> PipelineProject:
    """A new repository in the project that the sandbox begins with, cloned."""
    clients = connection(environment, environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1
    project = environment["AZURE_DEVOPS_PROJECT"]
    repository = clients.get_git_client().create_repository({"name": f"run-{secrets.token_hex(3)}"}, project)
    place = folder / repository.name
    place.mkdir(parents=True)
    git = Git(environment, place, basic(environment["AZURE_DEVOPS_EXT_PAT"]))
    git.run("clone", "--quiet", repository.remote_url, ".")
    git.run("checkout", "--quiet", "-b", "main")
    return PipelineProject(environment, place, clients, project, git, repository)
