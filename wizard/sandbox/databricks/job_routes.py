"""Jobs over the Jobs API: stored definitions that are run when asked."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from wizard.sandbox.databricks import pages
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.job_rules import checked_tasks, checked_token
from wizard.sandbox.databricks.run_executor import RunExecutor
from wizard.sandbox.databricks.run_routes import body_id
from wizard.sandbox.databricks.runs import Runs, new_id, now
from wizard.sandbox.databricks.wire import (
    Body,
    caller_of,
    flag_query,
    json_body,
    number_query,
    optional,
    workspace_of,
)
from wizard.sandbox.store import Document

if TYPE_CHECKING:  # the service imports this module's users
    from wizard.sandbox.databricks.service import Databricks

KIND = "databricks.job"
_PAGE = 20
_LARGEST_PAGE = 100
# What of a definition a list shows only when it is asked to expand.
_EXPANDED = ("tasks", "job_clusters", "environments", "parameters")


class JobRoutes:
    """The handlers. A job's document is keyed "<workspace id>/<job id>"."""

    def __init__(self, databricks: "Databricks", runs: Runs, executor: RunExecutor) -> None:
        self._databricks = databricks
        self._store = databricks.cloud.store
        self._runs = runs
        self._executor = executor

    async def create(self, request: Request) -> JSONResponse:
        """POST create."""
        settings = await json_body(request)
        settings.pop("access_control_list", None)
        job: Document = {
            "job_id": new_id(),
            "creator_user_name": user_name(caller_of(request)),
            "run_as_user_name": user_name(caller_of(request)),
            "created_time": now(),
            "settings": self._settings(request, settings),
        }
        self._put(request, job)
        return JSONResponse({"job_id": job["job_id"]})

    def _settings(self, request: Request, settings: Body) -> Body:
        """A job's definition with the service's defaults filled in."""
        if settings.get("tasks"):
            checked_tasks(settings, workspace_of(request).workspace_id, self._databricks.clusters)
        defaults: Body = {
            "name": "Untitled",
            "email_notifications": {},
            "timeout_seconds": 0,
            "max_concurrent_runs": 1,
            "format": "MULTI_TASK",
        }
        return {**defaults, **settings}

    def _put(self, request: Request, job: Document) -> None:
        self._store.put(KIND, f"{workspace_of(request).workspace_id}/{job['job_id']}", job)

    def _job(self, request: Request, job_id: int) -> Document:
        job = self._store.get(KIND, f"{workspace_of(request).workspace_id}/{job_id}")
        if job is None:
            raise invalid(f"Job {job_id} does not exist.")
        return job

    async def get(self, request: Request) -> JSONResponse:
        """GET get."""
        job_id = number_query(request, "job_id", 0)
        if not job_id:
            raise invalid("Missing required field: job_id")
        return JSONResponse(self._job(request, job_id))

    async def listing(self, request: Request) -> JSONResponse:
        """GET list, newest first, in pages."""
        size = number_query(request, "limit", _PAGE)
        if not 0 < size <= _LARGEST_PAGE:
            raise invalid(f"limit must be between 1 and {_LARGEST_PAGE}")
        jobs = [job for _, job in self._store.items(KIND, f"{workspace_of(request).workspace_id}/")]
        if name := request.query_params.get("name"):
            jobs = [job for job in jobs if job["settings"]["name"].lower() == name.lower()]
        jobs.sort(key=lambda job: -int(job["created_time"]))
        expand = flag_query(request, "expand_tasks")
        return JSONResponse(pages.page(request, "jobs", [_row(job, expand) for job in jobs], size))

    async def reset(self, request: Request) -> JSONResponse:
        """POST reset: a new definition in place of the old."""
        body = await json_body(request)
        job = self._job(request, body_id(body, "job_id"))
        job["settings"] = self._settings(request, optional(body, "new_settings", dict, {}))
        self._put(request, job)
        return JSONResponse({})

    async def update(self, request: Request) -> JSONResponse:
        """POST update: some fields of the definition; tasks are merged by their keys."""
        body = await json_body(request)
        job = self._job(request, body_id(body, "job_id"))
        settings, new = dict(job["settings"]), optional(body, "new_settings", dict, {})
        for name in optional(body, "fields_to_remove", list, []):
            settings.pop(name, None)
        if "tasks" in new:
            tasks = {task["task_key"]: task for task in [*settings.get("tasks", []), *new["tasks"]]}
            new = {**new, "tasks": list(tasks.values())}
        job["settings"] = self._settings(request, {**settings, **new})
        self._put(request, job)
        return JSONResponse({})

    async def delete(self, request: Request) -> JSONResponse:
        """POST delete."""
        job = self._job(request, body_id(await json_body(request), "job_id"))
        self._store.delete(KIND, f"{workspace_of(request).workspace_id}/{job['job_id']}")
        return JSONResponse({})

    async def run_now(self, request: Request) -> JSONResponse:
        """POST run-now."""
        body = await json_body(request)
        token, job = checked_token(body), self._job(request, body_id(body, "job_id"))
        workspace, caller, settings = workspace_of(request), caller_of(request), job["settings"]
        specs = checked_tasks(settings, workspace.workspace_id, self._databricks.clusters)
        about: Document = {
            "job_id": job["job_id"],
            "run_type": "JOB_RUN",
            "run_name": settings["name"],
            "creator": user_name(caller),
            "timeout_seconds": settings["timeout_seconds"],
            "repeated": _repeated(settings, body),
        }
        tasks = [_overridden(spec, body) for spec in specs]
        run, is_new = self._runs.create(workspace.workspace_id, about, tasks, token)
        if is_new:
            self._executor.begin(workspace, caller, run)
        return JSONResponse({"run_id": run["run_id"], "number_in_job": run["run_id"]})


def _row(job: Document, expand: bool) -> dict[str, Any]:
    settings = job["settings"] if expand else {k: v for k, v in job["settings"].items() if k not in _EXPANDED}
    row = {name: value for name, value in job.items() if name != "run_as_user_name"}
    return {**row, "settings": settings}


def _repeated(settings: Body, body: Body) -> Body:
    """What a run repeats of its job's definition and of the request that started it."""
    repeated: Body = {}
    if settings.get("job_clusters"):
        repeated["job_clusters"] = settings["job_clusters"]
    given = optional(body, "job_parameters", dict, {})
    if settings.get("parameters"):
        repeated["job_parameters"] = [
            {**parameter, "value": given.get(parameter["name"], parameter["default"])}
            for parameter in settings["parameters"]
        ]
    if body.get("python_params"):
        repeated["overriding_parameters"] = {"python_params": body["python_params"]}
    return repeated


def _overridden(spec: Body, body: Body) -> Body:
    """A task with the parameters that the request gives instead of the definition's."""
    if not body.get("python_params"):
        return spec
    return {**spec, "spark_python_task": {**spec["spark_python_task"], "parameters": body["python_params"]}}
