"""What the workspace adds to MLflow's tracking API: experiments are objects of the workspace tree, runs have owners.

Source: https://docs.databricks.com/aws/en/mlflow/experiments and, for the wording of refusals, the threads
mlflow/mlflow#8269, databricks-demos/dbdemos#155 and mosaicml/composer#3410 on GitHub.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import artifacts
from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.identity import user_id, user_name
from wizard.sandbox.databricks.mlflow_forward import MlflowForward, reply
from wizard.sandbox.databricks.wire import Body, caller_of, json_body, optional, required, workspace_of
from wizard.sandbox.databricks.workspace_files import EXPERIMENT, WorkspaceTree

# The open-source server has an experiment "Default" of this id, which a workspace does not have.
_DEFAULT_EXPERIMENT = "0"


class Tracking:
    """The handlers of the tracking calls that a workspace answers differently from the open-source server."""

    def __init__(self, cloud: Cloud, server: MlflowForward) -> None:
        self._cloud = cloud
        self._server = server

    async def create_experiment(self, request: Request) -> Response:
        """POST experiments/create: the name is a path of the workspace tree."""
        body = await json_body(request)
        name = _canonical(optional(body, "name", str, ""))
        tree, folder = self._tree(request), name.rpartition("/")[0] or "/"
        parent = tree.find(folder)
        if parent is None or parent.kind != "DIRECTORY":
            raise missing(f"Parent directory {folder} does not exist.")
        taken = DatabricksFault(400, "RESOURCE_ALREADY_EXISTS", f"Node named '{name}' already exists")
        if tree.find(name):
            raise taken
        tags = _experiment_tags(request, name, optional(body, "tags", list, []))
        experiment = {**body, "name": name, "tags": tags}
        try:
            made = await self._server.ask(request, "POST", "experiments/create", body=experiment)
        except DatabricksFault as fault:
            raise taken if fault.error_code == taken.error_code else fault from fault
        tree.add(name, EXPERIMENT, int(made["experiment_id"]))
        return reply(made)

    def _tree(self, request: Request) -> WorkspaceTree:
        return WorkspaceTree(self._cloud, workspace_of(request).workspace_id)

    async def delete_experiment(self, request: Request) -> Response:
        """POST experiments/delete: it leaves the tree."""
        experiment_id = required(await json_body(request), "experiment_id")
        tree, name = self._tree(request), await self._name_of(request, experiment_id)
        done = await self._server.ask(request, "POST", "experiments/delete", body={"experiment_id": experiment_id})
        if tree.find(name):
            tree.delete(name, recursive=False)
        return reply(done)

    async def restore_experiment(self, request: Request) -> Response:
        """POST experiments/restore: it comes back to the tree."""
        experiment_id = required(await json_body(request), "experiment_id")
        tree, name = self._tree(request), await self._name_of(request, experiment_id)
        if tree.find(name):
            raise DatabricksFault(400, "RESOURCE_ALREADY_EXISTS", f"Node named '{name}' already exists")
        done = await self._server.ask(request, "POST", "experiments/restore", body={"experiment_id": experiment_id})
        tree.add(name, EXPERIMENT, int(experiment_id))
        return reply(done)

    async def _name_of(self, request: Request, experiment_id: str) -> str:
        query = {"experiment_id": experiment_id}
        found = await self._server.ask(request, "GET", "experiments/get", query=query)
        return str(found["experiment"]["name"])

    async def search_experiments(self, request: Request) -> Response:
        """GET or POST experiments/search, and the older experiments/list."""
        if request.method == "POST":
            found = await self._server.ask(request, "POST", "experiments/search", body=await json_body(request))
        else:
            query = {"max_results": "1000", **request.query_params}
            found = await self._server.ask(request, "GET", "experiments/search", query=query)
        experiments = [
            experiment
            for experiment in found.get("experiments", [])
            if experiment["experiment_id"] != _DEFAULT_EXPERIMENT
        ]
        for experiment in experiments:
            experiment.pop("workspace", None)  # the open-source server's own kind of workspace
        if "experiments" in found:
            found["experiments"] = experiments
        return reply(found)

    async def create_run(self, request: Request) -> Response:
        """POST runs/create: the run belongs to the caller."""
        body = await json_body(request)
        if body.get("experiment_id", _DEFAULT_EXPERIMENT) in ("", _DEFAULT_EXPERIMENT):
            raise missing(
                "No experiment was found. If using the Python fluent API, you can set an active experiment"
                ' under which to create runs by calling mlflow.set_experiment("experiment_name") at the start'
                " of your program."
            )
        owner = user_name(caller_of(request))
        tags = _with(optional(body, "tags", list, []), {"mlflow.user": owner})
        made = await self._server.ask(request, "POST", "runs/create", body={**body, "user_id": owner, "tags": tags})
        self._make_folder(request, made["run"]["info"]["artifact_uri"])
        return reply(made)

    async def create_logged_model(self, request: Request) -> Response:
        """POST logged-models."""
        made = await self._server.ask(request, "POST", "logged-models", body=await json_body(request))
        self._make_folder(request, made["model"]["info"]["artifact_uri"])
        return reply(made)

    def _make_folder(self, request: Request, artifact_uri: str) -> None:
        """Give a new run or model its artifact folder; without one the Files API takes no file of it."""
        path = artifacts.of_uri(artifact_uri)
        artifacts.local_path(self._cloud, workspace_of(request).workspace_id, path).mkdir(parents=True, exist_ok=True)


def _canonical(name: str) -> str:
    """An experiment's name as the tree has it; /Workspace is another name of the tree's root."""
    if not name.startswith("/") or name.endswith("/"):
        raise invalid(
            f"Got an invalid experiment name '{name}'. An experiment name must be an absolute path within the"
            " Databricks workspace, e.g. '/Users/<some-username>/my-experiment'."
        )
    return name.removeprefix("/Workspace") if name.startswith("/Workspace/") else name


def _experiment_tags(request: Request, name: str, tags: list[Body]) -> list[Body]:
    """The tags that every experiment of a workspace carries, besides the caller's own."""
    owner = caller_of(request)
    return _with(
        tags,
        {
            "mlflow.ownerId": user_id(owner),
            "mlflow.ownerEmail": user_name(owner),
            "mlflow.experiment.sourceName": name,
            "mlflow.experimentType": EXPERIMENT,
        },
    )


def _with(tags: list[Body], fixed: dict[str, str]) -> list[Body]:
    return [
        *(tag for tag in tags if tag.get("key") not in fixed),
        *({"key": key, "value": value} for key, value in fixed.items()),
    ]


def routes(cloud: Cloud, server: MlflowForward) -> list[Route]:
    """The tracking calls that differ, below both of MLflow's prefixes."""
    tracking = Tracking(cloud, server)
    calls: list[tuple[str, Any, list[str]]] = [
        ("experiments/create", tracking.create_experiment, ["POST"]),
        ("experiments/delete", tracking.delete_experiment, ["POST"]),
        ("experiments/restore", tracking.restore_experiment, ["POST"]),
        ("experiments/search", tracking.search_experiments, ["GET", "POST"]),
        ("experiments/list", tracking.search_experiments, ["GET"]),
        ("runs/create", tracking.create_run, ["POST"]),
        ("logged-models", tracking.create_logged_model, ["POST"]),
    ]
    return [
        Route(f"{prefix}/2.0/mlflow/{path}", handler, methods=methods)
        for prefix in ("/api", "/ajax-api")
        for path, handler, methods in calls
    ]
