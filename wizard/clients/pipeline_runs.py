"""Runs of a pipeline: queued, watched through their timeline, their logs, and stages that are run again.

API: https://learn.microsoft.com/rest/api/azure/devops/build/builds and .../build/timeline
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.devops.v7_1.build.build_client import BuildClient

from wizard.clients.devops_faults import translated

ENDED = "completed"
RETRY = 1  # of StageUpdateType
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `status` is notStarted, inProgress, cancelling or completed; `result` is "" until it has ended."""

    id: int
    number: str
    status: str
    result: str
    commit: str
    branch: str
    problems: tuple[str, ...]
    queued: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing of it goes on."""
        return self.status == ENDED


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a run's timeline: a stage, job or task. `state` is pending, inProgress or completed.

    `attempt` counts from 1 how often it was run.
    """

    id: str
    parent: str
    kind: str
    name: str
    identifier: str
    state: str
    result: str
    started: datetime | None
    finished: datetime | None
    log_id: int
    issues: tuple[str, ...]
    order: int
    attempt: int


class PipelineRuns:
    """Reads and queues the runs of one organisation's pipelines, over a client made for its address."""

    def __init__(self, client: BuildClient) -> None:
        self._client = client

    def of_commit(self, project: str, pipeline_id: int, commit: str, ref: str = "") -> list[Run]:
        """Those of the newest runs of a pipeline that are for a commit, newest first; `ref` names their branch or tag.

        There is no way to ask for a commit.
        """
        with translated():
            found = self._client.get_builds(
                project,
                definitions=[pipeline_id],
                branch_name=ref or None,
                query_order="queueTimeDescending",
                top=NEWEST,
            )
        return [run for run in map(_run, found) if run.commit == commit]

    def going_on(self, project: str, pipeline_id: int) -> list[str]:
        """The numbers of the runs of a pipeline that have not ended."""
        with translated():
            found = self._client.get_builds(project, definitions=[pipeline_id], status_filter="inProgress,notStarted")
        return [run.number for run in map(_run, found) if not run.ended]

    def newest(self, project: str, pipeline_id: int, count: int) -> list[Run]:
        """The newest runs of a pipeline, whatever they are of."""
        with translated():
            found = self._client.get_builds(
                project, definitions=[pipeline_id], query_order="queueTimeDescending", top=count
            )
        return list(map(_run, found))

    def get(self, project: str, run_id: int) -> Run:
        """One run as it is now."""
        with translated():
            return _run(self._client.get_build(project, run_id))

    def queue(self, project: str, pipeline_id: int, branch: str, commit: str) -> Run:
        """Queue a run for a commit of a branch (its full name)."""
        body = {"definition": {"id": pipeline_id}, "sourceBranch": branch, "sourceVersion": commit}
        with translated():
            return _run(self._client.queue_build(body, project))

    def cancel(self, project: str, run_id: int) -> None:
        """Ask for a run's end."""
        with translated():
            self._client.update_build({"status": "cancelling"}, project, run_id)

    def run_again(self, project: str, run_id: int, stage: str, *, all_jobs: bool = False) -> None:
        """Run the failed jobs, or all, of a stage again (its identifier in the YAML file)."""
        with translated():
            self._client.update_stage({"state": RETRY, "forceRetryAllJobs": all_jobs}, run_id, stage, project)

    def timeline(self, project: str, run_id: int) -> list[Record]:
        """The stages, jobs and tasks of a run, in order; none before it has begun."""
        with translated():
            found = self._client.get_build_timeline(project, run_id)
        records = [_record(each) for each in (found.records if found else None) or []]
        return sorted(records, key=lambda each: each.order)

    def log(self, project: str, run_id: int, log_id: int, first_line: int = 1) -> list[str]:
        """The lines of a log from one on."""
        with translated():
            return list(self._client.get_build_log_lines(project, run_id, log_id, start_line=first_line) or [])


def _run(found: Any) -> Run:
    problems = tuple(each.message or "" for each in found.validation_results or [])
    return Run(
        id=found.id,
        number=found.build_number or "",
        status=str(found.status or ""),
        result=str(found.result or ""),
        commit=found.source_version or "",
        branch=found.source_branch or "",
        problems=problems,
        queued=found.queue_time,
    )


def _record(found: Any) -> Record:
    return Record(
        id=found.id,
        parent=found.parent_id or "",
        kind=found.type or "",
        name=found.name or "",
        identifier=found.identifier or "",
        state=str(found.state or ""),
        result=str(found.result or ""),
        started=found.start_time,
        finished=found.finish_time,
        log_id=found.log.id if found.log else 0,
        issues=tuple(each.message or "" for each in found.issues or []),
        order=found.order or 0,
        attempt=found.attempt or 1,
    )
