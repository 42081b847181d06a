"""The commands that are a conversation with the engine: their options, and what these tell it.

Each parser keeps under `command` what makes of its options the command that the engine is told.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGING = ("rotate", "promote", "rollback", "cluster", "drift", "service")  # they ask first, unless told --yes
OF_SERVICES = ("promote", "rollback", "ask", "compare", "service")
HELPS = {
    "run": "run a job of jobs/ on a cluster, following its output",
    "whoami": "who you are in each service, by which credential, and what shadows it",
    "diff": "in what one environment is no replica of another; exit code: 0 no surprise, 1 surprises, 3 unknown",
    "drift": "what differs from the plan; exit code: 0 nothing, 1 something, 3 unknown",
    "export": "write the set-up down as a script, Bicep or a report; nothing secret is in it",
    "rotate": "make new access tokens, bring every copy up to date and prove it, then revoke the old ones",
    "promote": "let a service run another version of its registry, proven by its answers",
    "rollback": "promote the version before, or an older one",
    "ask": "send wines to a service: its predictions as a table with bars",
    "compare": "two versions of a model on the same wines",
    "service": "the last lines that a service's containers wrote, or new containers of the same version",
    "cluster": "start or stop an environment's cluster",
}


def add_conversations(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> list[argparse.ArgumentParser]:
    """Add the commands; their parsers."""
    parsers = {name: verbs.add_parser(name, parents=[common], help=text) for name, text in HELPS.items()}
    _add_to_run(parsers["run"])
    _add_to_diff(parsers["diff"])
    _add_to_drift(parsers["drift"])
    _add_to_export(parsers["export"])
    parsers["rotate"].add_argument("environment", nargs="*", metavar="ENVIRONMENT", help="only of these (default: all)")
    _add_versions(parsers)
    parsers["service"].add_argument("what", choices=("logs", "restart"))
    parsers["cluster"].add_argument("what", choices=("start", "stop"))
    for name in ("run", "cluster", *OF_SERVICES):
        places, usual = (("test", "prod"), "prod") if name in OF_SERVICES else (("dev", "test", "prod"), "dev")
        parsers[name].add_argument("--environment", default=usual, choices=places, help=f"default: {usual}")
    for name, parser in parsers.items():
        parser.set_defaults(command=COMMANDS[name])
        if name in CHANGING:
            parser.add_argument("--yes", action="store_true", help="do not ask before changing anything, prod included")
    return list(parsers.values())


def _add_to_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("job", help="the job, such as wine-model-train")
    run.add_argument("--cluster", required=True, metavar="NAME", help="the cluster's name")


def _add_to_diff(diff: argparse.ArgumentParser) -> None:
    diff.add_argument("first", nargs="?", default="test", metavar="A", help="an environment (default: test)")
    diff.add_argument("second", nargs="?", default="prod", metavar="B", help="another one (default: prod)")


def _add_to_drift(drift: argparse.ArgumentParser) -> None:
    drift.add_argument("--restore", nargs="+", action="extend", default=[], metavar="KEY", help="make it as planned")
    drift.add_argument("--adopt", nargs="+", action="extend", default=[], metavar="KEY", help="plan it as it is")


def _add_to_export(export: argparse.ArgumentParser) -> None:
    for option, text in (
        ("--script", "a bash script that builds the Azure resources"),
        ("--bicep", "the same as Bicep, with a module an environment"),
        ("--report", "what was made, when, with proofs; Markdown and SVG"),
    ):
        export.add_argument(option, type=Path, metavar="FILE", help=text)


def _add_versions(parsers: dict[str, argparse.ArgumentParser]) -> None:
    """What `promote`, `rollback` and `compare` take, and the wines that `ask` does."""
    promote, rollback, compare = (parsers[name] for name in ("promote", "rollback", "compare"))
    promote.add_argument("version", nargs="?", default="", metavar="VERSION", help="its number in the registry")
    promote.add_argument(
        "--from", dest="source", default="", metavar="ENVIRONMENT", help="what was made of the code that runs there"
    )
    rollback.add_argument("version", nargs="?", default="", metavar="VERSION", help="default: the one before")
    compare.add_argument("first", metavar="A", help="a version's number in the registry")
    compare.add_argument("second", metavar="B", help="another one")
    parsers["ask"].add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        help="eleven numbers with commas between them, or a CSV or JSON file (default: a few wines of the data set)",
    )


def asks(parsed: argparse.Namespace) -> bool:
    """Whether a person is asked before something changes: not where drift or a log is only looked at."""
    looks = (parsed.verb == "drift" and not parsed.restore) or (parsed.verb == "service" and parsed.what == "logs")
    return parsed.verb in CHANGING and not looks


def _changing(parsed: argparse.Namespace, **more: Any) -> dict[str, Any]:
    return {"do": parsed.verb, "yes": parsed.yes, "armed": parsed.yes, **more}


def _run(parsed: argparse.Namespace) -> dict[str, Any]:
    return {"do": "run", "job": parsed.job, "cluster": parsed.cluster, "environment": parsed.environment}


def _whoami(_: argparse.Namespace) -> dict[str, Any]:
    return {"do": "whoami"}


def _diff(parsed: argparse.Namespace) -> dict[str, Any]:
    return {"do": "diff", "first": parsed.first, "second": parsed.second}


def _drift(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, restore=parsed.restore, adopt=parsed.adopt)


def _export(parsed: argparse.Namespace) -> dict[str, Any]:
    files = {kind: getattr(parsed, kind) for kind in ("script", "bicep", "report")}
    return {"do": "export", **{kind: str(each.expanduser().absolute()) for kind, each in files.items() if each}}


def _rotate(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, environments=parsed.environment)


def _promote(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, environment=parsed.environment, version=parsed.version, source=parsed.source)


def _rollback(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, environment=parsed.environment, version=parsed.version)


def _ask(parsed: argparse.Namespace) -> dict[str, Any]:
    rows = [str(Path(each).absolute()) if os.path.isfile(each) else each for each in parsed.rows]  # noqa: PTH113  (is_file fails for long rows)
    return {"do": "ask", "environment": parsed.environment, "rows": rows}


def _compare(parsed: argparse.Namespace) -> dict[str, Any]:
    return {"do": "compare", "environment": parsed.environment, "first": parsed.first, "second": parsed.second}


def _service(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, environment=parsed.environment) | {"do": parsed.what}


def _cluster(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, environment=parsed.environment, what=parsed.what)


COMMANDS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "run": _run,
    "whoami": _whoami,
    "diff": _diff,
    "drift": _drift,
    "export": _export,
    "rotate": _rotate,
    "promote": _promote,
    "rollback": _rollback,
    "ask": _ask,
    "compare": _compare,
    "service": _service,
    "cluster": _cluster,
}
