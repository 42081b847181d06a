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

EXIT_USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code: 0 ok, 1 blocked or failed, 2 usage, 3 could not check, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _make_streams_usable()
    start = _start_without_parser(arguments)
    if start is not None:
        return _open_screens(*start)
    from wizard.cli_parser import WALKS, command_parser

    parsed = command_parser(arguments).parse_args(arguments)
    handlers: dict[str | None, Callable[[argparse.Namespace], int]] = {
        None: _screens,
        "run": _run,
        "diff": _diff,
        "whoami": _whoami,
        "where": _where,
        "schema": _schema,
        "sandbox": _sandbox,
        "lint": _lint,
        "teardown": _teardown,
        "migrate": _migrate,
        "rotate": _rotate,
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
    return _open_screens(str(_project_folder(parsed)), parsed.sandbox)


def _open_screens(folder: str, sandbox: bool) -> int:
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        print("This is not a terminal. Use `mlops-wizard check`, `plan` or `apply --yes`; see --help.", file=sys.stderr)
        return EXIT_USAGE
    from wizard.engine_command import engine_command
    from wizard.tui.launch import run

    arguments = ["--project", folder, "--purpose", "mlops-wizard", *(["--sandbox"] if sandbox else [])]
    return run(engine_command(arguments), None, folder, "sandbox" if sandbox else "azure")


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


def _rotate(parsed: argparse.Namespace) -> int:
    if _would_have_to_ask(parsed):
        return EXIT_USAGE
    command = {"do": "rotate", "environments": parsed.environment, "yes": parsed.yes, "armed": parsed.yes}
    return _converse(parsed, command)


def _run(parsed: argparse.Namespace) -> int:
    command = {"do": "run", "job": parsed.job, "cluster": parsed.cluster, "environment": parsed.environment}
    return _converse(parsed, command)


def _diff(parsed: argparse.Namespace) -> int:
    return _converse(parsed, {"do": "diff", "first": parsed.first, "second": parsed.second})


def _whoami(parsed: argparse.Namespace) -> int:
    return _converse(parsed, {"do": "whoami"})


def _converse(parsed: argparse.Namespace, command: dict[str, object]) -> int:
    from wizard.engine_client import converse
    from wizard.plain import JsonReader, PlainReader

    reader = JsonReader(sys.stdout) if parsed.json else PlainReader(sys.stdout)
    return converse(_engine_arguments(parsed, f"mlops-wizard {parsed.verb}"), command, reader)


def _where(parsed: argparse.Namespace) -> int:
    from wizard.engine.files import Project

    project = Project(_project_folder(parsed), _cloud(parsed))
    places = {
        "project": project.folder,
        "answers": project.answers,
        "state": project.state,
        "journal": project.journal,
        "log": project.log,
        "install_script": project.install_script("dev"),
        "sandbox": project.memory / "sandbox",
    }
    if parsed.json:
        import json

        print(json.dumps({name: str(path) for name, path in places.items()}))
    else:
        for name, path in places.items():
            print(f"{name:<15}{path}{'' if path.exists() else '  (not there yet)'}")
    return 0


def _lint(parsed: argparse.Namespace) -> int:
    from wizard.operations.lint.command import execute

    return execute(parsed, _project_folder(parsed))


def _schema(_: argparse.Namespace) -> int:
    import json

    from wizard.engine.events import schema

    print(json.dumps(schema(), indent=1))
    return 0


def _sandbox(parsed: argparse.Namespace) -> int:
    from wizard.engine.files import MEMORY
    from wizard.sandbox.command import execute

    folder = _project_folder(parsed)
    if not folder.is_dir():
        print(f"There is no folder {folder}.", file=sys.stderr)
        return EXIT_USAGE
    return execute(parsed, folder / MEMORY / "sandbox")


def _engine(parsed: argparse.Namespace) -> int:
    from wizard.engine.events import Emit
    from wizard.engine.files import Project
    from wizard.engine_process import serve

    project = Project(_project_folder(parsed), _cloud(parsed))
    overrides = dict(answer.partition("=")[::2] for answer in parsed.set)

    def prepare(emit: Emit) -> None:
        if parsed.sandbox:
            from wizard.rehearsal import enter_sandbox

            enter_sandbox(project.memory / "sandbox", emit)

    return serve(project, overrides, parsed.purpose, prepare)
