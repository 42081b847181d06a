"""The commands for what one does with models, services and clusters once they are there: options, and what they mean.

Each parser keeps under `command` what makes of its options the command that the engine is told.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

DAY_TWO = ("promote", "rollback", "ask", "compare", "service", "cluster")
CHANGING = ("promote", "rollback", "cluster")


def add_day_two(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> list[argparse.ArgumentParser]:
    """Add the commands; their parsers."""
    parsers = {name: verbs.add_parser(name, parents=[common], help=HELPS[name]) for name in DAY_TWO}
    promote, rollback, ask, compare, service, cluster = parsers.values()
    promote.add_argument("version", nargs="?", default="", metavar="VERSION", help="its number in the registry")
    promote.add_argument(
        "--from", dest="source", default="", metavar="ENVIRONMENT", help="what was made of the code that runs there"
    )
    rollback.add_argument("version", nargs="?", default="", metavar="VERSION", help="default: the one before")
    ask.add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        help="eleven numbers with commas between them, or a CSV or JSON file (default: a few wines of the data set)",
    )
    compare.add_argument("first", metavar="A", help="a version's number in the registry")
    compare.add_argument("second", metavar="B", help="another one")
    service.add_argument("what", choices=("logs",))
    cluster.add_argument("what", choices=("start", "stop"))
    for name, parser in parsers.items():
        places, usual = (("dev", "test", "prod"), "dev") if name == "cluster" else (("test", "prod"), "prod")
        parser.add_argument("--environment", default=usual, choices=places, help=f"default: {usual}")
        parser.set_defaults(command=COMMANDS[name])
        if name in CHANGING:
            parser.add_argument("--yes", action="store_true", help="do not ask before changing anything, prod included")
    return list(parsers.values())


HELPS = {
    "promote": "let a service run another version of its registry, proven by its answers",
    "rollback": "promote the version before, or an older one",
    "ask": "send wines to a service: its predictions as a table with bars",
    "compare": "two versions of a model on the same wines",
    "service": "the last lines that a service's containers wrote",
    "cluster": "start or stop an environment's cluster",
}


def _changing(parsed: argparse.Namespace, **more: Any) -> dict[str, Any]:
    return {"do": parsed.verb, "environment": parsed.environment, "yes": parsed.yes, "armed": parsed.yes, **more}


def _promote(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, version=parsed.version, source=parsed.source)


def _rollback(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, version=parsed.version)


def _ask(parsed: argparse.Namespace) -> dict[str, Any]:
    rows = [str(Path(each).expanduser().absolute()) if Path(each).is_file() else each for each in parsed.rows]
    return {"do": "ask", "environment": parsed.environment, "rows": rows}


def _compare(parsed: argparse.Namespace) -> dict[str, Any]:
    return {"do": "compare", "environment": parsed.environment, "first": parsed.first, "second": parsed.second}


def _service(parsed: argparse.Namespace) -> dict[str, Any]:
    return {"do": parsed.what, "environment": parsed.environment}


def _cluster(parsed: argparse.Namespace) -> dict[str, Any]:
    return _changing(parsed, what=parsed.what)


COMMANDS = {
    "promote": _promote,
    "rollback": _rollback,
    "ask": _ask,
    "compare": _compare,
    "service": _service,
    "cluster": _cluster,
}
