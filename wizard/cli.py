"""The command `mlops-wizard`. Imports nothing heavy: each sub-command brings in what it needs."""

from __future__ import annotations

import os
import sys

# No pathlib, json or typing up here: each of them takes as long as drawing the skeleton does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

EXIT_USAGE = 2
PLAIN = "MLOPS_WIZARD_PLAIN"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code: 0 ok, 1 blocked or failed, 2 usage, 3 could not check, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _make_streams_usable()
    start = None if _plain_by_environment() else _start_without_parser(arguments)
    if start is not None:
        return _open_screens(*start)
    from wizard.cli_conversations import COMMANDS
    from wizard.cli_parser import WALKS, command_parser

    parsed = command_parser(arguments).parse_args(arguments)
    handlers: dict[str | None, Callable[[argparse.Namespace], int]] = {
        None: _screens,
        "status": _status,
        "where": _where,
        "schema": _schema,
        "docs": _docs,
        "completion": _completion,
        "sandbox": _sandbox,
        "lint": _lint,
        "web": _web,
        "served": _served,
        "teardown": _teardown,
        "migrate": _migrate,
        **dict.fromkeys(COMMANDS, _told),
        "engine": _engine,
        **dict.fromkeys(WALKS, _walk),
    }
    try:
        exit_code = handlers[parsed.verb](parsed)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still to be flushed there would fail again
        if not isinstance(error, BrokenPipeError):  # then the reader left: nothing more to say to it
            where = f"{error.filename}: " if error.filename else "output: "
            print(f"mlops-wizard: {where}{error.strerror}", file=sys.stderr)
        return 1
    return exit_code


def _make_streams_usable() -> None:
    """Stand-ins for standard streams that were closed, or other files would take their numbers; no failing glyphs."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, os.fdopen(number, mode))
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def _start_without_parser(arguments: list[str]) -> tuple[str, bool] | None:
    """Folder and sandbox of a start that only opens the screens: making a parser would delay the skeleton by half."""
    folder, sandbox, rest = ".", False, list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--sandbox":
            sandbox = True
        elif word == "--project" and rest and not rest[0].startswith("-"):
            folder = rest.pop(0)
        else:
            return None
    return os.path.abspath(os.path.expanduser(folder)), sandbox  # noqa: PTH100, PTH111  (see above)


def _project_folder(parsed: argparse.Namespace) -> Path:
    folder: Path = parsed.project
    return folder.expanduser().absolute()


def _engine_arguments(parsed: argparse.Namespace, purpose: str) -> list[str]:
    arguments = ["--project", str(_project_folder(parsed)), "--purpose", purpose]
    arguments += ["--sandbox"] if parsed.sandbox else []
    for answer in getattr(parsed, "set", []):
        arguments += ["--set", answer]
    return arguments


def _screens(parsed: argparse.Namespace) -> int:
    if _is_plain(parsed):
        return _plain_walk(parsed)
    return _open_screens(str(_project_folder(parsed)), parsed.sandbox)


def _open_screens(folder: str, sandbox: bool) -> int:
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        print("This is not a terminal. Use `mlops-wizard check`, `plan` or `apply --yes`; see --help.", file=sys.stderr)
        return EXIT_USAGE
    from wizard.engine_command import engine_command
    from wizard.tui.launch import run

    arguments = ["--project", folder, "--purpose", "mlops-wizard", *(["--sandbox"] if sandbox else [])]
    return run(engine_command(arguments), None, folder, "sandbox" if sandbox else "azure")


def _plain_by_environment() -> bool:
    return os.environ.get(PLAIN, "0") not in ("", "0")


def _is_plain(parsed: argparse.Namespace) -> bool:
    return parsed.plain or _plain_by_environment()


def _plain_walk(parsed: argparse.Namespace) -> int:
    if not sys.stdin.isatty():
        print("This asks, and there is no terminal. Use `mlops-wizard apply --yes`; see --help.", file=sys.stderr)
        return EXIT_USAGE
    from wizard.plain_walk import PlainWalk
    from wizard.steps.checklist import CHECKLIST

    parsed.verb, parsed.json = "apply", False
    walk = PlainWalk(_cloud(parsed), dict(CHECKLIST.questions()), print)
    return _converse(parsed, walk.command)


def _web(parsed: argparse.Namespace) -> int:
    from wizard.web.command import execute

    folder = _project_folder(parsed)
    return EXIT_USAGE if _missing(folder) else execute(folder, parsed.sandbox, parsed.port, not parsed.no_open)


def _served(parsed: argparse.Namespace) -> int:
    from wizard.engine_command import engine_command
    from wizard.web.screens import run

    command = engine_command(_engine_arguments(parsed, "mlops-wizard web"))
    return run(command, str(_project_folder(parsed)), _cloud(parsed))


def _cloud(parsed: argparse.Namespace) -> str:
    return "sandbox" if parsed.sandbox else "azure"


def _would_have_to_ask(parsed: argparse.Namespace) -> bool:
    """Whether a command that asks has nobody to ask, which is then told."""
    if parsed.yes or (sys.stdin.isatty() and not parsed.json):
        return False
    print(f"{parsed.verb} asks before it changes anything; without a terminal say --yes.", file=sys.stderr)
    return True


def _walk(parsed: argparse.Namespace) -> int:
    if "yes" in parsed and _would_have_to_ask(parsed):
        return EXIT_USAGE
    if parsed.verb == "undo" and not (parsed.stage or parsed.step or parsed.all):
        print("undo needs to be told what: --step ID, --stage N or --all.", file=sys.stderr)
        return EXIT_USAGE
    command = {"do": parsed.verb, "stages": parsed.stage, "steps": parsed.step, "yes": getattr(parsed, "yes", False)}
    command["armed"] = command["yes"]
    return _converse(parsed, command)


def _teardown(parsed: argparse.Namespace) -> int:
    if not parsed.plan and _would_have_to_ask(parsed):
        return EXIT_USAGE
    return _converse(parsed, {"do": "teardown", "plan": parsed.plan, "yes": parsed.yes})


def _migrate(parsed: argparse.Namespace) -> int:
    from wizard.operations.migration import command

    return _converse(parsed, command(apply=parsed.yes))


def _told(parsed: argparse.Namespace) -> int:
    from wizard.cli_conversations import asks

    if asks(parsed) and _would_have_to_ask(parsed):
        return EXIT_USAGE
    return _converse(parsed, parsed.command(parsed))


def _status(parsed: argparse.Namespace) -> int:
    return _converse(parsed, {"do": "status", "pages": parsed.pages}, every=parsed.watch)


def _converse(
    parsed: argparse.Namespace, command: dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]], every: float = 0.0
) -> int:
    from wizard.engine_client import converse

    reader = _reader(parsed)
    if reader is None:
        return EXIT_USAGE
    return converse(_engine_arguments(parsed, f"mlops-wizard {parsed.verb}"), command, reader, every)


def _reader(parsed: argparse.Namespace) -> Callable[[dict[str, Any]], dict[str, Any] | None] | None:
    """Who prints the events; None where a person's settings cannot be used, which they are told."""
    from wizard.notify.plain import PlainNotifier
    from wizard.plain import JsonReader, PlainReader
    from wizard.settings import SettingsError, load, told
    from wizard.spoken import SpokenReader

    if parsed.json:
        return JsonReader(sys.stdout)
    try:
        notifier = PlainNotifier(sys.stdout, load(), _cloud(parsed))
    except SettingsError as error:
        print(told(error), end="", file=sys.stderr)
        return None
    return (SpokenReader if _is_plain(parsed) else PlainReader)(sys.stdout, notifier)


def _where(parsed: argparse.Namespace) -> int:
    from wizard.engine.files import Project
    from wizard.where import lines

    print("\n".join(lines(Project(_project_folder(parsed), _cloud(parsed)), as_json=parsed.json)))
    return 0


def _lint(parsed: argparse.Namespace) -> int:
    from wizard.operations.lint.command import execute

    return execute(parsed, _project_folder(parsed))


def _docs(parsed: argparse.Namespace) -> int:
    from wizard.help.command import execute

    return execute(parsed)


def _completion(parsed: argparse.Namespace) -> int:
    from wizard.cli_parser import command_parser
    from wizard.completion.command import execute

    return execute(parsed, command_parser(["lint", "sandbox"]))  # with the options of every command


def _schema(_: argparse.Namespace) -> int:
    import json

    from wizard.engine.event_schema import schema

    print(json.dumps(schema(), indent=1))
    return 0


def _sandbox(parsed: argparse.Namespace) -> int:
    from wizard.engine.errors import StateError
    from wizard.engine.files import MEMORY, make_private_folder
    from wizard.sandbox.command import execute

    folder = _project_folder(parsed)
    if _missing(folder):
        return EXIT_USAGE
    if parsed.sandbox_command == "start" and "folder" not in parsed:
        try:
            make_private_folder(folder / MEMORY)
        except StateError as error:
            print(f"{error.message}\n  next: {error.fix}", file=sys.stderr)
            return EXIT_USAGE
    return execute(parsed, folder / MEMORY / "sandbox")


def _missing(folder: Path) -> bool:
    """Whether there is no such folder, which is then told."""
    if folder.is_dir():
        return False
    print(f"There is no folder {folder}.", file=sys.stderr)
    return True


def _engine(parsed: argparse.Namespace) -> int:
    from wizard.engine.events import Emit
    from wizard.engine.files import Project
    from wizard.engine_process import serve
    from wizard.settings import WEBHOOK

    os.environ.pop(WEBHOOK, None)  # its address is a secret, of no use to the engine and to all that it starts
    project = Project(_project_folder(parsed), _cloud(parsed))
    overrides = dict(answer.partition("=")[::2] for answer in parsed.set)

    def prepare(emit: Emit) -> None:
        if parsed.sandbox:
            from wizard.rehearsal import enter_sandbox

            enter_sandbox(project.memory / "sandbox", emit)

    return serve(project, overrides, parsed.purpose, prepare)
