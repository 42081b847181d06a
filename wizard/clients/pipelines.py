"""YAML pipelines of an Azure DevOps project, and what each of them may use.

They are made as build definitions: the client's own call for pipelines drops the path of the YAML file.
API: https://learn.microsoft.com/rest/api/azure/devops/build/definitions and .../approvalsandchecks/pipeline-permissions
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure.devops.v7_1.build.build_client import BuildClient
from azure.devops.v7_1.pipeline_permissions.pipeline_permissions_client import PipelinePermissionsClient

from wizard.clients.devops_faults import translated
from wizard.engine.errors import NotFoundError

YAML = 2  # the kind of a definition's process, and of a trigger's settings, that is a file in the repository
CONTINUOUS_INTEGRATION = 2
GROUP, CONNECTION, QUEUE = "variablegroup", "endpoint", "queue"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline: the YAML file and the repository that it is made of; `note` is its description."""

    id: int
    name: str
    file: str
    repository_id: str
    default_branch: str
    queue: str
    note: str = ""


class Pipelines:
    """Reads, creates and deletes the pipelines of one organisation, over clients made for its address."""

    def __init__(self, builds: BuildClient, permissions: PipelinePermissionsClient) -> None:
        self._builds = builds
        self._permissions = permissions

    def get(self, project: str, name: str) -> Pipeline | None:
        """The pipeline of that name; None when there is none, or none that we can see, or no longer."""
        with translated():
            found = [each for each in self._builds.get_definitions(project, name=name) if each.name == name]
        try:
            with translated():
                return _pipeline(self._builds.get_definition(project, found[0].id)) if found else None
        except NotFoundError:  # deleted since it was listed
            return None

    def create(
        self, project: str, name: str, file: str, repository_id: str, branch: str, queue_id: int, note: str = ""
    ) -> Pipeline:
        """Create a pipeline from a YAML file of a repository; `branch` is the full name of its default one."""
        body = {
            "name": name,
            "description": note,
            "queue": {"id": queue_id},
            "process": {"type": YAML, "yamlFilename": file},
            "repository": {"id": repository_id, "type": "TfsGit", "defaultBranch": branch},
            "triggers": [{"settingsSourceType": YAML, "triggerType": CONTINUOUS_INTEGRATION}],
        }
        with translated():
            return _pipeline(self._builds.create_definition(body, project))

    def delete(self, project: str, pipeline: Pipeline) -> None:
        """Delete a pipeline with its runs."""
        with translated():
            self._builds.delete_definition(project, pipeline.id)

    def may_use(self, project: str, pipeline: Pipeline, kind: str, resource: str) -> bool:
        """Whether the pipeline, or every pipeline, is authorised for a resource (a kind and an id)."""
        with translated():
            found = self._permissions.get_pipeline_permissions_for_resource(project, kind, resource)
        everyone = found.all_pipelines is not None and bool(found.all_pipelines.authorized)
        return everyone or any(each.id == pipeline.id and each.authorized for each in found.pipelines or [])

    def authorize(self, project: str, pipeline: Pipeline, kind: str, resource: str) -> None:
        """Let this one pipeline use a resource."""
        body = {"pipelines": [{"id": pipeline.id, "authorized": True}]}
        with translated():
            self._permissions.update_pipeline_permisions_for_resource(body, project, kind, resource)


def _pipeline(found: Any) -> Pipeline:
    process: Any = found.process or {}
    return Pipeline(
        id=found.id,
        name=found.name,
        file=str(process.get("yamlFilename") or "").lstrip("/"),
        repository_id=found.repository.id if found.repository else "",
        default_branch=(found.repository.default_branch or "") if found.repository else "",
        queue=found.queue.name if found.queue else "",
        note=found.description or "",
    )
