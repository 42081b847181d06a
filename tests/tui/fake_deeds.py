"""What the scripted engine says when something is done that is no walk of the checklist."""

from __future__ import annotations

from collections.abc import Callable

VERBS = ("ask", "rollback", "teardown", "drift", "export")
PREFIX = "wine"
DEPLOY = {
    "title": "Deploy version 1 to wine-quality",
    "command": "python -m jobs.deploy ...",
    "risk": "none",
    "loses": "",
}
DELETE = {"title": "Delete resource group rg-wine-dev", "command": "az group delete --name rg-wine-dev",
          "risk": "hard to undo", "loses": "a disk that somebody else made"}  # fmt: skip
WRITE = {"title": "Write variable group test-env", "command": "az pipelines variable-group ...", "risk": "none"}
CHANGED = {
    "key": "devops.variables@test/EXPERIMENT", "step": "devops.variables", "environment": "test",
    "title": "Variable group", "name": "EXPERIMENT of test-env", "planned": "/Shared/wine-test",
    "found": "/Shared/another", "kind": "changed", "adopt": "", "restore": "set EXPERIMENT to /Shared/wine-test",
    "fix": "",
}  # fmt: skip
KEPT = {"thing": "resource group rg-theirs", "why": "it was there before", "fix": ""}


def tell(say: Callable[..., None], confirm: Callable[..., bool], command: dict[str, object]) -> None:
    verb = str(command["do"])
    say("started", command=verb, steps=[])
    done = {"ask": _ask, "rollback": _roll_back, "teardown": _tear_down, "drift": _compare, "export": _export}[verb](
        say, confirm, command
    )
    more = {"critical_path": [], "critical_seconds": 0, "exit_code": 0 if done else 1}
    say("summary", command=verb, counts={}, actions=int(done), seconds=0.1, **more)


def _ask(say: Callable[..., None], _: object, command: dict[str, object]) -> bool:
    where = {"step": "service.prod", "environment": "prod", "stream": "stdout"}
    say("output", **where, text="wine-quality (prod, version 1), 41 ms")
    say("output", **where, text=f"    1  {command['rows']}  5.040  ████████████████████")
    return True


def _roll_back(say: Callable[..., None], confirm: Callable[..., bool], _: object) -> bool:
    where = {"step": "service.version", "environment": "prod"}
    say("step.planned", **where, actions=[DEPLOY], manual="", kept=[], goes_with="")
    if not confirm("service.version", "prod", [DEPLOY]):
        return False
    say("action.started", **where, action=DEPLOY["title"], command=DEPLOY["command"])
    say("output", **where, stream="stdout", text="changing service wine-quality")
    say("action.finished", **where, action=DEPLOY["title"], seconds=0.1)
    proof = "5 known wines; the answers differ from version 1 on this machine by at most 0"
    say("step.checked", **where, status="ok", message="version 1 answers", proof=proof, seconds=0.1)
    return True


def _compare(say: Callable[..., None], confirm: Callable[..., bool], command: dict[str, object]) -> bool:
    """A changed variable, until it is restored."""
    where = {"step": "devops.variables", "environment": "test"}
    if command.get("restore"):
        say("step.planned", **where, actions=[WRITE], manual="", kept=[], goes_with="")
        if not confirm("devops.variables", "test", [WRITE]):
            return False
        say("action.started", **where, action=WRITE["title"], command=WRITE["command"])
        say("action.finished", **where, action=WRITE["title"], seconds=0.1)
    say("drift", lines=[] if command.get("restore") else [CHANGED])
    return True


def _export(say: Callable[..., None], _: object, command: dict[str, object]) -> bool:
    say("exported", files=[str(command[each]) for each in ("script", "bicep", "report")])
    return True


def _tear_down(say: Callable[..., None], confirm: Callable[..., bool], _: object) -> bool:
    where = {"step": "azure.groups", "environment": "dev"}
    say("step.planned", **where, actions=[DELETE], manual="", kept=[KEPT], goes_with="")
    return confirm("", "", [DELETE], word=PREFIX)
