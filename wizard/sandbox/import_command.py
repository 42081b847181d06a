"""The command `mlops-wizard sandbox import FILE ...`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

EXIT_USAGE = 2
_SHOWN = 20  # problems; more would scroll the first ones away


def configure(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", parents: Sequence[argparse.ArgumentParser]
) -> None:
    """Add the sub-command to those of `sandbox`."""
    parser = commands.add_parser(
        "import", parents=list(parents), help="make the resource groups, clusters and repositories that files list"
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="what `az group list -o json`, `databricks clusters list -o json`, `az repos list -o json` print, or all"
        " in one: {resource_groups: [...], clusters: {WORKSPACE: [...]}, repositories: {PROJECT: [...]}}",
    )
    parser.add_argument("--workspace", default="", metavar="NAME", help="whose clusters a bare list of them is")


def execute(arguments: argparse.Namespace, folder: Path) -> int:
    """Take the files over; raises SandboxError when there is no sandbox. Exit code 2 when an entry breaks a rule."""
    from wizard.sandbox.cloud import open_cloud
    from wizard.sandbox.imports.importer import take_over  # the services are loaded only where they are needed
    from wizard.sandbox.imports.listings import ListingError, read

    cloud = open_cloud(folder)
    try:
        imported = take_over(cloud, read(arguments.files, arguments.workspace))
    except ListingError as error:
        more = len(error.problems) - _SHOWN
        lines = [*error.problems[:_SHOWN], *([f"... and {more} more"] if more > 0 else []), "Nothing was imported."]
        sys.stderr.writelines(_plain(line) + "\n" for line in lines)
        return EXIT_USAGE
    finally:
        cloud.store.close()
    if getattr(arguments, "json", False):
        sys.stdout.write(json.dumps(asdict(imported)) + "\n")
        return 0
    for kind, made in imported.made.items():
        there = imported.there[kind]
        sys.stdout.write(f"{kind.replace('_', ' '):<16}{made:>6} made{f', {there} were there' if there else ''}\n")
    return 0


def _plain(line: str) -> str:
    """A line without the control characters that a name in a file may hold."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
