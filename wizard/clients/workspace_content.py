"""What people have made in a Databricks workspace, by kind: to be told before it goes with the workspace."""

from __future__ import annotations

from dataclasses import dataclass

from databricks.sdk import WorkspaceClient


@dataclass(frozen=True, slots=True)
class Content:
    """Names: of jobs, secret scopes, and what lies in /Shared and in the folders of all users."""

    jobs: tuple[str, ...]
    scopes: tuple[str, ...]
    files: tuple[str, ...]


def content_of(sdk: WorkspaceClient) -> Content:
    """What the workspace holds besides clusters and models."""
    jobs = [(each.settings.name if each.settings else "") or str(each.job_id) for each in sdk.jobs.list()]
    folders = [each.path or "" for each in sdk.workspace.list("/Users")]
    files = [each.path or "" for folder in ("/Shared", *folders) for each in sdk.workspace.list(folder)]
    return Content(tuple(jobs), tuple(each.name or "" for each in sdk.secrets.list_scopes()), tuple(files))
