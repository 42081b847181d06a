"""Runs and model versions in MLflow, read through databricks-sdk, so that nothing heavy is imported.

API: https://docs.databricks.com/api/azure/workspace/experiments and .../modelregistry
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.ml import Model, Run
from databricks.sdk.service.ml import ModelVersion as SdkModelVersion

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run in MLflow's tracking: its figures, parameters and tags."""

    id: str
    status: str
    metrics: Mapping[str, float]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a registered model; `run_id` is the tracked run it came from. `created` is Unix time in seconds."""

    name: str
    version: str
    run_id: str
    status: str
    stage: str
    created: float = 0.0

    @property
    def promoted(self) -> bool:
        """Whether it is in the stage of what is in use."""
        return self.stage == "Production"


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A model with the newest version of each stage, newest first. `changed` is Unix time in seconds."""

    name: str
    changed: float
    latest: tuple[ModelVersion, ...]


class Models:
    """Reads tracked runs and registered model versions."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def names(self) -> list[str]:
        """The names of all models in the workspace's registry."""
        with translated():
            return [each.name or "" for each in self._sdk.model_registry.list_models()]

    def newest(self, pages: int, size: int) -> list[RegisteredModel]:
        """The models that changed last, with their latest versions: one request a page, however many there are."""
        with translated():
            found = self._sdk.model_registry.search_models(max_results=size, order_by=["last_updated_timestamp DESC"])
            return [_registered(each) for each in islice(found, pages * size)]

    def newest_runs(self, experiment: str, size: int) -> list[TrackedRun]:
        """The newest runs of an experiment, by two requests; none where there is no such experiment."""
        try:
            with translated():
                found = self._sdk.experiments.get_by_name(experiment).experiment
                if found is None or not found.experiment_id:
                    return []
                runs = self._sdk.experiments.search_runs(
                    experiment_ids=[found.experiment_id], order_by=["attributes.start_time DESC"], max_results=size
                )
                return [_tracked(run) for run in islice(runs, size)]
        except NotFoundError:
            return []

    def runs_with(self, experiment: str, tags: Mapping[str, str]) -> list[TrackedRun]:
        """The runs of an experiment that carry these tags, newest first; none where there is no such experiment."""
        try:
            with translated():
                found = self._sdk.experiments.get_by_name(experiment).experiment
                if found is None or not found.experiment_id:
                    return []
                runs = self._sdk.experiments.search_runs(
                    experiment_ids=[found.experiment_id],
                    filter=" and ".join(f"tags.`{tag}` = '{value}'" for tag, value in tags.items()),
                    order_by=["attributes.start_time DESC"],
                    max_results=50,
                )
                return [_tracked(run) for run in runs]
        except NotFoundError:
            return []

    def run(self, run_id: str) -> TrackedRun | None:
        """The run of that id, or None."""
        try:
            with translated():
                found = self._sdk.experiments.get_run(run_id).run
        except NotFoundError:
            return None
        return _tracked(found) if found else None

    def exists(self, name: str) -> bool:
        """Whether the workspace's registry has a model of that name."""
        try:
            with translated():
                self._sdk.model_registry.get_model(name)
        except NotFoundError:
            return False
        return True

    def versions(self, name: str) -> list[ModelVersion]:
        """All versions of a registered model, newest first."""
        try:
            with translated():
                found = list(self._sdk.model_registry.search_model_versions(filter=f"name='{name}'"))
        except NotFoundError:
            return []
        return sorted(map(_version, found), key=lambda row: int(row.version or 0), reverse=True)

    def move(self, name: str, version: str, stage: str) -> None:
        """Move a version to a stage; what is in that stage is archived."""
        with translated():
            self._sdk.model_registry.transition_stage(name, version, stage, archive_existing_versions=True)


def _tracked(run: Run) -> TrackedRun:
    info, data = run.info, run.data
    return TrackedRun(
        id=(info.run_id if info else "") or "",
        status=str(getattr(info.status, "value", "")) if info else "",
        metrics={each.key or "": float(each.value or 0) for each in (data.metrics if data else None) or []},
        parameters={each.key or "": each.value or "" for each in (data.params if data else None) or []},
        tags={each.key or "": each.value or "" for each in (data.tags if data else None) or []},
    )


def _registered(found: Model) -> RegisteredModel:
    latest = sorted(map(_version, found.latest_versions or []), key=lambda row: int(row.version or 0), reverse=True)
    return RegisteredModel(found.name or "", (found.last_updated_timestamp or 0) / 1000, tuple(latest))


def _version(found: SdkModelVersion) -> ModelVersion:
    return ModelVersion(
        found.name or "",
        found.version or "",
        found.run_id or "",
        str(getattr(found.status, "value", found.status) or ""),
        found.current_stage or "",
        (found.creation_timestamp or 0) / 1000,
    )
