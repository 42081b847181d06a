"""Runs and their timelines as answers show them."""

from typing import Any

from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.definitions import Definitions
from wizard.sandbox.devops.definitions import view as definition_view
from wizard.sandbox.devops.identities import reference_by_id
from wizard.sandbox.devops.projects import Project, reference
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.store import Document

_DEFINITION = ("drafts", "id", "name", "url", "uri", "path", "type", "queueStatus", "revision", "project")


def view(tenancy: Tenancy, build: Document, project: Project, base: str) -> dict[str, Any]:
    """One run."""
    definition = definition_view(
        tenancy, Definitions(tenancy).get(project.id, str(build["definition_id"])), project, base
    )
    address = f"{base}/{project.id}/_apis/build"
    number = build["id"]
    person = reference_by_id(tenancy.identities, build["requested_by"], base)
    found = {
        "_links": {
            "self": {"href": f"{address}/Builds/{number}"},
            "web": {"href": f"{base}/{project.id}/_build/results?buildId={number}"},
            "sourceVersionDisplayUri": {"href": f"{address}/builds/{number}/sources"},
            "timeline": {"href": f"{address}/builds/{number}/Timeline"},
            "badge": {"href": f"{address}/status/{build['definition_id']}"},
        },
        "properties": {},
        "tags": [],
        "validationResults": build["validation"],
        "plans": [{"planId": build["plan"]}],
        "triggerInfo": build["trigger_info"],
        "id": number,
        "buildNumber": build["number"],
        "status": build["status"],
        "result": build["result"],
        "queueTime": build["queued"],
        "startTime": build["started"],
        "finishTime": build["finished"],
        "url": f"{address}/Builds/{number}",
        "definition": {name: definition[name] for name in _DEFINITION},
        "buildNumberRevision": build["revision"],
        "project": reference(project, base),
        "uri": f"vstfs:///Build/Build/{number}",
        "sourceBranch": build["branch"],
        "sourceVersion": build["commit"],
        "queue": {name: definition["queue"][name] for name in ("id", "name", "pool")},
        "priority": "normal",
        "reason": build["reason"],
        "requestedFor": person,
        "requestedBy": person,
        "lastChangedDate": build["changed"],
        "lastChangedBy": person,
        "parameters": build["parameters_text"],
        "orchestrationPlan": {"planId": build["plan"]},
        "logs": {"id": 0, "type": "Container", "url": f"{address}/builds/{number}/logs"},
        "repository": {name: value for name, value in definition["repository"].items() if name != "defaultBranch"},
        "keepForever": False,
        "retainedByRelease": False,
        "triggeredByBuild": None,
        "appendCommitMessageToRunName": True,
    }
    may_lack = ("result", "startTime", "finishTime", "parameters")
    return {name: value for name, value in found.items() if value or name not in may_lack}


def timeline(tenancy: Tenancy, build: Document, project: Project, base: str) -> dict[str, Any]:
    """The timeline of a run."""
    address = f"{base}/{project.id}/_apis/build/builds/{build['id']}"
    records = Builds(tenancy).records(build["id"])
    return {
        "records": [_record(each, address) for each in records],
        "lastChangedBy": "00000002-0000-8888-8000-000000000000",
        "lastChangedOn": max((each["changed"] for each in records), default=build["changed"]),
        "id": build["plan"],
        "changeId": len(records),
        "url": f"{address}/Timeline/{build['plan']}",
    }


def _record(record: Document, address: str) -> dict[str, Any]:
    log = {"id": record["log"], "type": "Container", "url": f"{address}/logs/{record['log']}"}
    issues = [{**each, "category": "General"} for each in record["issues"]]
    task = record.get("task")
    return {
        "previousAttempts": [],
        "id": record["id"],
        "parentId": record["parent"] or None,
        "type": record["kind"],
        "name": record["name"],
        "startTime": record["start"],
        "finishTime": record["finish"],
        "currentOperation": None,
        "percentComplete": None,
        "state": record["state"],
        "result": record["result"],
        "resultCode": None,
        "changeId": 1,
        "lastModified": record["changed"],
        "workerName": record["worker"],
        "order": record["order"],
        "details": None,
        "errorCount": sum(1 for each in issues if each["type"] == "error"),
        "warningCount": sum(1 for each in issues if each["type"] == "warning"),
        "url": None,
        "log": log if record["log"] else None,
        "task": {"id": record["id"], **task} if task else None,
        "attempt": record["attempt"],
        "identifier": record["identifier"],
        "issues": issues,
    }
