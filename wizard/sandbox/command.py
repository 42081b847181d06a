"""The command `mlops-wizard sandbox ...`: what one can do with a sandbox cloud from a shell."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from wizard.sandbox import control, import_command, scenario_command

DEFAULT_FOLDER = Path(".mlops-wizard/sandbox")


def configure(parser: argparse.ArgumentParser, parents: Sequence[argparse.ArgumentParser] = ()) -> None:
    """Add the sub-commands and their options, each with those of `parents` too."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--folder",
        type=Path,
        default=argparse.SUPPRESS,
        help="where it keeps its state (default: .mlops-wizard/sandbox)",
    )
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    commands = parser.add_subparsers(dest="sandbox_command", metavar="COMMAND", required=True)
    plain = [common, *parents]
    both = [*plain, as_json]
    start = commands.add_parser("start", parents=both, help="start it, or say that it runs")
    start.add_argument(
        "--speed", type=float, default=control.DEFAULT_SPEED, help="divides how long operations take; 1 is realistic"
    )
    commands.add_parser("stop", parents=both, help="stop it; its state stays")
    commands.add_parser("status", parents=both, help="say whether it runs")
    commands.add_parser("reset", parents=both, help="stop it and delete all it holds")
    commands.add_parser("env", parents=both, help="print the variables that send a client into it")
    commands.add_parser("traffic", parents=plain, help="print every exchange with it, one JSON line each")
    scenario_command.configure(commands, plain, both)
    import_command.configure(commands, both)
    approve = commands.add_parser("approve", parents=plain, help="approve a device code as the sandbox's user")
    approve.add_argument("code", help="the code that the sign-in shows")


def execute(arguments: argparse.Namespace, folder: Path) -> int:
    """Run one sub-command on the sandbox cloud in `folder` (`--folder` wins); returns the exit code."""
    folder = getattr(arguments, "folder", None) or folder
    try:
        return _COMMANDS[arguments.sandbox_command](arguments, folder)
    except control.SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to flush there
        return 0


def _start(arguments: argparse.Namespace, folder: Path) -> int:
    fresh = control.start(folder, arguments.speed)
    return _show(
        arguments, folder, "The sandbox cloud has started" if fresh else "The sandbox cloud was running already"
    )


def _stop(arguments: argparse.Namespace, folder: Path) -> int:
    stopped = control.stop(folder)
    return _show(arguments, folder, "The sandbox cloud has stopped" if stopped else "The sandbox cloud was not running")


def _reset(arguments: argparse.Namespace, folder: Path) -> int:
    deleted = control.reset(folder)
    return _show(arguments, folder, "The sandbox cloud is gone" if deleted else "There was no sandbox cloud")


def _status(arguments: argparse.Namespace, folder: Path) -> int:
    return _show(arguments, folder, "The sandbox cloud")


def _show(arguments: argparse.Namespace, folder: Path, sentence: str) -> int:
    now = control.status(folder)
    if getattr(arguments, "json", False):
        sys.stdout.write(json.dumps(asdict(now)) + "\n")
        return 0
    where = (
        f"runs at 127.0.0.1:{now.port} (process {now.pid}, speed {now.speed:g})" if now.running else "is not running"
    )
    sys.stdout.write(f"{sentence}: {where}; folder {folder}\n")
    return 0


def _env(arguments: argparse.Namespace, folder: Path) -> int:
    variables = control.environment(folder)
    if getattr(arguments, "json", False):
        sys.stdout.write(json.dumps(variables, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    return 0


def _traffic(_arguments: argparse.Namespace, folder: Path) -> int:
    sys.stdout.writelines(json.dumps(exchange) + "\n" for exchange in control.traffic(folder))
    sys.stdout.flush()
    return 0


def _approve(arguments: argparse.Namespace, folder: Path) -> int:
    sys.stdout.write(control.approve(folder, arguments.code).strip() + "\n")
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace, Path], int]] = {
    "start": _start,
    "stop": _stop,
    "status": _status,
    "reset": _reset,
    "env": _env,
    "traffic": _traffic,
    "approve": _approve,
    "scenario": scenario_command.execute,
    "import": import_command.execute,
}


def main() -> int:
    """Run without the rest of the wizard: `python -m wizard.sandbox.command start --folder F`."""
    parser = argparse.ArgumentParser(prog="python -m wizard.sandbox.command", description=__doc__)
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER)
    configure(parser)
    return execute(parser.parse_args(), DEFAULT_FOLDER)


if __name__ == "__main__":
    sys.exit(main())
