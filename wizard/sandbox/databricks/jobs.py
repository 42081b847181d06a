"""The Jobs API 2.2 (and 2.1, the same calls at the older address): runs and jobs.

Source: https://docs.databricks.com/api/azure/workspace/jobs
"""

from typing import TYPE_CHECKING

from starlette.routing import Route

from wizard.sandbox.databricks.job_routes import JobRoutes
from wizard.sandbox.databricks.run_executor import RunExecutor
from wizard.sandbox.databricks.run_routes import RunRoutes
from wizard.sandbox.databricks.runs import Runs

if TYPE_CHECKING:  # the service imports this module
    from wizard.sandbox.databricks.service import Databricks


def routes(databricks: "Databricks") -> list[Route]:
    """The calls of the Jobs API; runs that an earlier life of the cloud left under way end at its start."""
    runs = Runs(databricks.cloud)
    executor = RunExecutor(databricks, runs)
    databricks.at_start(executor.interrupt_left_over)
    databricks.at_stop(executor.stop)
    run_routes = RunRoutes(databricks, runs, executor)
    job_routes = JobRoutes(databricks, runs, executor)
    calls = [
        ("runs/submit", run_routes.submit, "POST"),
        ("runs/get", run_routes.get, "GET"),
        ("runs/get-output", run_routes.get_output, "GET"),
        ("runs/list", run_routes.listing, "GET"),
        ("runs/cancel", run_routes.cancel, "POST"),
        ("runs/cancel-all", run_routes.cancel_all, "POST"),
        ("runs/delete", run_routes.delete, "POST"),
        ("create", job_routes.create, "POST"),
        ("get", job_routes.get, "GET"),
        ("list", job_routes.listing, "GET"),
        ("reset", job_routes.reset, "POST"),
        ("update", job_routes.update, "POST"),
        ("delete", job_routes.delete, "POST"),
        ("run-now", job_routes.run_now, "POST"),
    ]
    return [
        Route(f"/api/{version}/jobs/{path}", handler, methods=[method])
        for version in ("2.2", "2.1")
        for path, handler, method in calls
    ]
