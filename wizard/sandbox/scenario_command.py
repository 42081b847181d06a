"""The command `mlops-wizard sandbox scenario list|play|clear`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path


def configure(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    plain: Sequence[argparse.ArgumentParser],
    with_json: Sequence[argparse.ArgumentParser],
) -> None:
    """Add the sub-command to those of `sandbox`."""
    parser = commands.add_parser("scenario", parents=list(plain), help="play a failure, to practise what helps")
    verbs = parser.add_subparsers(dest="scenario_verb", metavar="VERB", required=True)
    verbs.add_parser("list", parents=list(with_json), help="list the failures that can be played")
    play = verbs.add_parser("play", parents=list(plain), help="begin one")
    play.add_argument("name", help="as the list names it")
    clear = verbs.add_parser("clear", parents=list(plain), help="end one, or all, and restore what was changed")
    clear.add_argument("name", nargs="?", default="", help="as the list names it")


def execute(arguments: argparse.Namespace, folder: Path) -> int:
    """Run one verb; raises SandboxError."""
    return {"list": _list, "play": _play, "clear": _clear}[arguments.scenario_verb](arguments, folder)


def _list(arguments: argparse.Namespace, folder: Path) -> int:
    from wizard.sandbox.scenarios.catalogue import scenarios  # PyYAML is loaded only where it is needed
    from wizard.sandbox.scenarios.player import Player

    played: list[str] = []
    if (folder / "state.sqlite").is_file():
        with Player(folder) as player:
            played = player.played()
    if getattr(arguments, "json", False):
        rows = [asdict(each) | {"played": name in played} for name, each in scenarios().items()]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    widest = max(len(name) for name in scenarios())
    for name, each in scenarios().items():
        sys.stdout.write(f"{'>' if name in played else ' '} {name:<{widest}}  {each.title}\n")
    return 0


def _play(arguments: argparse.Namespace, folder: Path) -> int:
    from wizard.sandbox.scenarios.player import Player

    with Player(folder) as player:
        chosen = player.play(arguments.name)
    sys.stdout.write(f"{chosen.name}: {chosen.title}\nYou will see: {chosen.shows}\nWhat helps: {chosen.fix}\n")
    sys.stdout.write(f"End it with: mlops-wizard sandbox scenario clear {chosen.name}\n")
    return 0


def _clear(arguments: argparse.Namespace, folder: Path) -> int:
    from wizard.sandbox.scenarios.player import Player

    with Player(folder) as player:
        ended = player.clear(arguments.name)
    sys.stdout.write(f"Ended: {', '.join(ended)}\n" if ended else "No scenario was being played\n")
    return 0
