"""The requests about runs. API: https://learn.microsoft.com/rest/api/azure/devops/build"""

from typing import Any

from starlette.responses import PlainTextResponse, Response

from wizard.sandbox.devops.build_queue import Queue
from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.build_view import timeline, view
from wizard.sandbox.devops.definitions import ASSEMBLY, Definitions
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.library_rights import BUILD, need
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.wire import Call, answer, collection, empty, part, text, whole
from wizard.sandbox.store import Document

_TIMES = {"queuetime": "queued", "starttime": "started", "finishtime": "finished"}
_RETRY, _CANCEL = 1, 0


class BuildRoutes:
    """The operations on runs, with the queue that begins them."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def _project(self, call: Call, permission: str) -> Project:
        project = Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))
        need(call.tenancy, call.caller.identity, BUILD, project.id, permission, f"pipelines of {project.name}")
        return project

    def _build(self, call: Call, project: Project) -> Document:
        return Builds(call.tenancy).get(call.names.get("buildId", ""), project.id)

    def _read(self, call: Call) -> Response:
        project = self._project(call, "ViewBuilds")
        if "buildId" in call.names:
            return answer(view(call.tenancy, self._build(call, project), project, call.base))
        found = [each for each in Builds(call.tenancy).of(project.id) if _wanted(call, each)]
        order = call.query.get("queryOrder", "").lower() or "queuetimedescending"
        time = _TIMES.get(order.removesuffix("ascending").removesuffix("descending"), "queued")
        found.sort(key=lambda each: (each[time] or "", each["id"]), reverse=order.endswith("descending"))
        top = call.number("$top", 1000)
        return collection([view(call.tenancy, each, project, call.base) for each in found[:top]])

    def _create(self, call: Call) -> Response:
        project, body = self._project(call, "QueueBuilds"), call.body()
        number = call.query.get("definitionId") or str(whole(part(body, "definition"), "id"))
        definition = Definitions(call.tenancy).get(project.id, number)
        branch, commit = text(body, "sourceBranch", ""), text(body, "sourceVersion", "")
        given = {"parameters": text(body, "parameters", ""), "template": part(body, "templateParameters")}
        build = self._queue.add(definition, call.caller.identity, branch, commit, "manual", **given)
        return answer(view(call.tenancy, build, project, call.base))

    def _change(self, call: Call) -> Response:
        project = self._project(call, "StopBuilds")
        build, wanted = self._build(call, project), call.body().get("status")
        if wanted not in ("cancelling", "Cancelling", 4):
            raise bad_argument("status", "Of a run's status, only its cancellation can be asked for.")
        if build["status"] == "completed":
            message = f"The build {build['number']} has completed and cannot be updated."
            raise DevOpsFault(400, "InvalidBuildException", message, ASSEMBLY)
        self._queue.runner.cancel(build["id"])
        return answer(view(call.tenancy, Builds(call.tenancy).get(build["id"]), project, call.base))

    def _delete(self, call: Call) -> Response:
        project = self._project(call, "DeleteBuilds")
        build = self._build(call, project)
        if build["status"] != "completed":
            message = f"The build {build['number']} is in progress and cannot be deleted."
            raise DevOpsFault(400, "InvalidBuildException", message, ASSEMBLY)
        Builds(call.tenancy).delete(build["id"])
        return empty()

    def _timeline(self, call: Call) -> Response:
        project = self._project(call, "ViewBuilds")
        build = self._build(call, project)
        if not Builds(call.tenancy).records(build["id"]):
            return empty()
        return answer(timeline(call.tenancy, build, project, call.base))

    def _logs(self, call: Call) -> Response:
        project = self._project(call, "ViewBuilds")
        build, builds = self._build(call, project), Builds(call.tenancy)
        address = f"{call.base}/{project.id}/_apis/build/builds/{build['id']}/logs"
        if "logId" in call.names:
            return self._log(call, builds, build)
        return collection([_log_view(builds, build, log_id, address) for log_id in builds.logs(build["id"])])

    def _log(self, call: Call, builds: Builds, build: Document) -> Response:
        number = call.names["logId"]
        if not number.isdecimal() or int(number) not in builds.logs(build["id"]):
            message = f"The log with ID {number} could not be found."
            raise DevOpsFault(404, "BuildLogNotFoundException", message, ASSEMBLY)
        lines = builds.log_file(build["id"], int(number)).read_text(errors="replace").splitlines()
        first, last = max(1, call.number("startLine", 1)), call.number("endLine", len(lines))
        chosen = lines[first - 1 : last]
        if "text/plain" in call.accept:
            return PlainTextResponse("\n".join(chosen) + ("\n" if chosen else ""))
        return collection(chosen)

    def _stage(self, call: Call) -> Response:
        project = self._project(call, "QueueBuilds")
        build, name, body = self._build(call, project), call.names.get("stageRefName", ""), call.body()
        known = next((each for each in build["outcomes"] if each.lower() == name.lower()), None)
        state = body.get("state")
        if state in (_CANCEL, "cancel"):
            self._queue.runner.cancel(build["id"])
        elif state not in (_RETRY, "retry"):
            raise bad_argument("state", f"The state '{state}' is not valid.")
        elif known is None or build["status"] != "completed":
            message = f"Stage {name} of build {build['number']} cannot be retried."
            raise DevOpsFault(400, "InvalidBuildException", message, ASSEMBLY)
        else:
            self._queue.runner.retry(build, known, body.get("forceRetryAllJobs") is True)
        return empty()

    def _artifacts(self, call: Call) -> Response:
        project = self._project(call, "ViewBuilds")
        build = self._build(call, project)
        folder = Builds(call.tenancy).folder(build["id"]) / "artifacts"
        names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
        address = f"{call.base}/{project.id}/_apis/build/builds/{build['id']}/artifacts?artifactName="
        found = []
        for number, name in enumerate(names, 1):
            size = sum(file.stat().st_size for file in (folder / name).rglob("*") if file.is_file())
            about = {"type": "PipelineArtifact", "properties": {"artifactsize": str(size)}, "url": f"{address}{name}"}
            found.append({"id": number, "name": name, "source": build["plan"], "resource": about})
        wanted = call.query.get("artifactName") or call.names.get("artifactName")
        if wanted is None:
            return collection(found)
        one = next((each for each in found if each["name"] == wanted), None)
        if one is None:
            message = f"The artifact {wanted} does not exist for build {build['id']}."
            raise DevOpsFault(404, "ArtifactNotFoundException", message, ASSEMBLY)
        return answer(one)

    def endpoints(self) -> list[Endpoint]:
        """The operations of this area."""
        builds, logs = "0cd358e1-9217-4d94-8269-1c1ee6f93dcf", "35a80daf-7f30-45fc-86e8-6b813d9c90df"
        return [
            Endpoint(builds, "GET", self._read, "build"),
            Endpoint(builds, "POST", self._create, "build_execute"),
            Endpoint(builds, "PATCH", self._change, "build_execute"),
            Endpoint(builds, "DELETE", self._delete, "build_execute"),
            Endpoint("8baac422-4c6e-4de5-8532-db96d92acffa", "GET", self._timeline, "build"),
            Endpoint(logs, "GET", self._logs, "build"),
            Endpoint("b8aac6c9-744b-46e1-88fc-3550969f9313", "PATCH", self._stage, "build_execute"),
            Endpoint("1db06c96-014e-44e1-ac91-90b2d4b3e984", "GET", self._artifacts, "build"),
        ]


def _wanted(call: Call, build: Document) -> bool:
    """Whether a run is among those that a list was asked for."""

    def among(name: str, value: str) -> bool:
        given = call.query.get(name)
        return not given or given.lower() in ("all", "none") or value.lower() in given.lower().split(",")

    return (
        among("definitions", str(build["definition_id"]))
        and among("buildIds", str(build["id"]))
        and among("statusFilter", build["status"])
        and among("resultFilter", str(build["result"]))
        and among("reasonFilter", build["reason"])
        and among("branchName", build["branch"])
        and among("buildNumber", build["number"])
    )


def _log_view(builds: Builds, build: Document, log_id: int, address: str) -> dict[str, Any]:
    lines = builds.log_file(build["id"], log_id).read_text(errors="replace").count("\n")
    when = {"createdOn": build["queued"], "lastChangedOn": build["changed"]}
    return {"lineCount": lines, **when, "id": log_id, "type": "Container", "url": f"{address}/{log_id}"}
