"""What the command `mlops-wizard` can be told."""

from __future__ import annotations

import argparse
from pathlib import Path

from wizard import __version__
from wizard.cli_conversations import add_conversations

WALKS = ("check", "doctor", "plan", "apply", "undo")
CHANGING = ("apply", "undo")
SHORTEST_WATCH = 5.0  # seconds between two readings of the status
MOST_PAGES = 20
HIGHEST_PORT = 65535


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
    common.add_argument(
        "--plain",
        action="store_true",
        default=argparse.SUPPRESS,
        help="no screens: sentences for a screen reader, one question at a time (or MLOPS_WIZARD_PLAIN=1)",
    )
    parser = argparse.ArgumentParser(
        prog="mlops-wizard",
        description="From an Azure subscription to a model that is trained, registered and answering.",
        epilog="Exit codes: 0 ok, 1 blocked or failed, 2 usage, 3 could not check, 130 interrupted.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"mlops-wizard {__version__}")
    parser.set_defaults(project=Path(), sandbox=False, plain=False)
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
    for each in add_conversations(verbs, common):
        _add_json_and_set(each)
    lint = verbs.add_parser("lint", parents=[common], help="check the project's files and commits for known defects")
    if "lint" in arguments:  # its options need imports that no other command should pay for
        from wizard.operations.lint.command import configure

        configure(lint)
    status = verbs.add_parser(
        "status",
        parents=[common],
        help="models, endpoints, runs, clusters, tokens, variables: how they stand, and what to do next; "
        "exit code: 0 all well, 1 something needs somebody, 3 unknown",
    )
    status.add_argument("--watch", type=_seconds, default=0.0, metavar="SECONDS", help="read again and again")
    status.add_argument("--pages", type=_pages, default=1, metavar="N", help="pages of long lists (default: 1)")
    _add_json_and_set(status)
    where = verbs.add_parser("where", parents=[common], help="print where state, journal, log and answers are")
    where.add_argument("--json", action="store_true")
    verbs.add_parser("schema", help="print the JSON Schema of the event stream")
    completion = verbs.add_parser("completion", help="print the script that completes this command in a shell")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    docs = verbs.add_parser("docs", parents=[common], help="what a step is for, proves, does, needs and asks")
    docs.add_argument("step", nargs="?", default="", metavar="STEP", help="a step's id (default: list them all)")
    docs.add_argument("--json", action="store_true", help="one JSON object")
    sandbox = verbs.add_parser(
        "sandbox",
        parents=[common],
        help="the sandbox cloud: start, stop, status, reset, env, traffic, scenario, import",
    )
    if "sandbox" in arguments:  # its options need imports that no other command should pay for
        _configure_sandbox(sandbox, common)
    web = verbs.add_parser("web", parents=[common], help="the same screens in a browser on this machine, for you alone")
    web.add_argument("--port", type=_port, default=0, metavar="N", help="the port (default: any that is free)")
    web.add_argument("--no-open", action="store_true", help="open no browser, only print the address")
    verbs.add_parser("served", parents=[common])
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


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 1 <= port <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to {HIGHEST_PORT}")
    return port


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
