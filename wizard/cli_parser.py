"""What the command `mlops-wizard` can be told."""

from __future__ import annotations

import argparse
from pathlib import Path

from wizard import __version__
from wizard.cli_day_two import add_day_two

WALKS = ("check", "doctor", "plan", "apply", "undo")
CHANGING = ("apply", "undo")
SHORTEST_WATCH = 5.0  # seconds between two readings of the status
MOST_PAGES = 20


def command_parser(arguments: list[str]) -> argparse.ArgumentParser:
    """The parser of these arguments: options whose making needs imports are there for the command that has them."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--project", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="the project folder (default: this one)"
    )
    common.add_argument(
        "--sandbox",
        action="store_true",
        default=argparse.SUPPRESS,
        help="rehearse on the sandbox cloud: no account, no cost, no network",
    )
    parser = argparse.ArgumentParser(
        prog="mlops-wizard",
        description="From an Azure subscription to a model that is trained, registered and answering.",
        epilog="Exit codes: 0 ok, 1 blocked or failed, 2 usage, 3 could not check, 130 interrupted.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"mlops-wizard {__version__}")
    parser.set_defaults(project=Path(), sandbox=False)
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND")
    helps = {
        "check": "check every step live, running something on the cluster where only that proves it",
        "doctor": "check every step by reads alone; exit code: 0 clean, 1 warnings or to do, 2 blocked, 3 unknown",
        "plan": "check, and list what would be done, with the equivalent commands",
        "apply": "check, do what is needed, check again",
        "undo": "take back what the given steps made, the last made first",
    }
    for verb in WALKS:
        walk = verbs.add_parser(verb, parents=[common], help=helps[verb])
        _add_walk_arguments(walk, with_yes=verb in CHANGING)
    teardown = verbs.add_parser(
        "teardown",
        parents=[common],
        help="delete all that this set-up made and nothing else; exit code: 0 nothing of it is left, 1 something is",
    )
    teardown.add_argument("--plan", action="store_true", help="only show what would be deleted, and what is kept")
    teardown.add_argument("--yes", action="store_true", help="do not ask for the prefix to be typed")
    _add_json_and_set(teardown)
    migrate = verbs.add_parser(
        "migrate",
        parents=[common],
        help="plan the way from mounts and the workspace registry to volumes and Unity Catalog; --yes goes it",
    )
    migrate.add_argument("--yes", action="store_true", help="do it, prod included, and keep the new answers")
    _add_json_and_set(migrate)
    rotate = verbs.add_parser(
        "rotate",
        parents=[common],
        help="make new access tokens, bring every copy up to date and prove it, then revoke the old ones",
    )
    rotate.add_argument("environment", nargs="*", metavar="ENVIRONMENT", help="only of these (default: all)")
    rotate.add_argument("--yes", action="store_true", help="do not ask before changing anything, prod included")
    _add_json_and_set(rotate)
    for each in add_day_two(verbs, common):
        _add_json_and_set(each)
    run = verbs.add_parser("run", parents=[common], help="run a job of jobs/ on a cluster, following its output")
    run.add_argument("job", help="the job, such as wine-model-train")
    run.add_argument("--cluster", required=True, metavar="NAME", help="the cluster's name")
    run.add_argument("--environment", default="dev", choices=("dev", "test", "prod"))
    _add_json_and_set(run)
    lint = verbs.add_parser("lint", parents=[common], help="check the project's files and commits for known defects")
    if "lint" in arguments:  # its options need imports that no other command should pay for
        from wizard.operations.lint.command import configure

        configure(lint)
    whoami = verbs.add_parser(
        "whoami", parents=[common], help="who you are in each service, by which credential, and what shadows it"
    )
    _add_json_and_set(whoami)
    diff = verbs.add_parser(
        "diff",
        parents=[common],
        help="in what one environment is no replica of another; exit code: 0 no surprise, 1 surprises, 3 unknown",
    )
    diff.add_argument("first", nargs="?", default="test", metavar="A", help="an environment (default: test)")
    diff.add_argument("second", nargs="?", default="prod", metavar="B", help="another one (default: prod)")
    _add_json_and_set(diff)
    status = verbs.add_parser(
        "status",
        parents=[common],
        help="models, endpoints, runs, clusters, tokens, variables: how they stand, and what to do next; "
        "exit code: 0 all well, 1 something needs somebody, 3 unknown",
    )
    status.add_argument("--watch", type=_seconds, default=0.0, metavar="SECONDS", help="read again and again")
    status.add_argument("--pages", type=_pages, default=1, metavar="N", help="pages of long lists (default: 1)")
    _add_json_and_set(status)
    drift = verbs.add_parser(
        "drift",
        parents=[common],
        help="what differs from the plan; exit code: 0 nothing, 1 something, 3 unknown",
    )
    drift.add_argument("--restore", nargs="+", action="extend", default=[], metavar="KEY", help="make it as planned")
    drift.add_argument("--adopt", nargs="+", action="extend", default=[], metavar="KEY", help="plan it as it is")
    drift.add_argument("--yes", action="store_true", help="do not ask before restoring anything, prod included")
    _add_json_and_set(drift)
    export = verbs.add_parser("export", parents=[common], help="write the session down; nothing secret is in it")
    export.add_argument("--script", type=Path, metavar="FILE", help="a bash script that builds the Azure resources")
    export.add_argument("--bicep", type=Path, metavar="FILE", help="the same as Bicep, with a module an environment")
    export.add_argument(
        "--report", type=Path, metavar="FILE", help="what was made, when, with proofs; Markdown and SVG"
    )
    _add_json_and_set(export)
    where = verbs.add_parser("where", parents=[common], help="print where state, journal, log and answers are")
    where.add_argument("--json", action="store_true")
    verbs.add_parser("schema", help="print the JSON Schema of the event stream")
    sandbox = verbs.add_parser(
        "sandbox", parents=[common], help="the sandbox cloud: start, stop, status, reset, env, traffic"
    )
    if "sandbox" in arguments:  # its options need imports that no other command should pay for
        _configure_sandbox(sandbox, common)
    engine = verbs.add_parser("engine", parents=[common])
    engine.add_argument("--purpose", default="mlops-wizard")
    _add_json_and_set(engine)
    return parser


def _add_json_and_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one event a line, as `mlops-wizard schema` describes")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_assignment,
        metavar="NAME=VALUE",
        help="an answer, such as prefix=wine",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not SHORTEST_WATCH <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not {SHORTEST_WATCH:.0f} seconds or more")
    return seconds


def _pages(text: str) -> int:
    pages = int(text)
    if not 1 <= pages <= MOST_PAGES:
        raise argparse.ArgumentTypeError(f"{text} is not 1 to {MOST_PAGES}")
    return pages


def _assignment(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE, such as prefix=wine")
    return text


def _add_walk_arguments(parser: argparse.ArgumentParser, *, with_yes: bool) -> None:
    parser.add_argument(
        "--stage", type=int, action="append", default=[], metavar="N", help="only this stage (repeatable)"
    )
    parser.add_argument(
        "--step",
        action="append",
        default=[],
        metavar="ID",
        help="only this step, `id` or `id@environment` (repeatable)",
    )
    parser.add_argument("--all", action="store_true", help="all steps there are (the default)")
    _add_json_and_set(parser)
    if with_yes:
        parser.add_argument("--yes", action="store_true", help="do not ask before changing anything, prod included")


def _configure_sandbox(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    from wizard.sandbox.command import configure

    configure(parser, [common])
