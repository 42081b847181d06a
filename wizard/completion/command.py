"""`mlops-wizard completion bash|zsh|fish`: prints the script that completes the command in that shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.completion.table import lists_of, table
from wizard.sandbox.scenarios.catalogue import scenarios
from wizard.steps.checklist import CHECKLIST
from wizard.steps.jobs import JOBS

if TYPE_CHECKING:
    import argparse

SCRIPTS = Path(__file__).parent
TABLE = "@TABLE@"


def execute(parsed: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Print the script; `parser` is the whole one, with the options of every command."""
    sys.stdout.write(script(parsed.shell, parser))
    return 0


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The shell's reader with the table in it."""
    titles = {name: each.title for name, each in scenarios().items()}
    lists = lists_of(CHECKLIST, dict.fromkeys(JOBS, ""), titles)
    reader = (SCRIPTS / f"mlops-wizard.{shell}").read_text(encoding="utf-8")
    return reader.replace(TABLE, "\n".join(table(parser, lists)))
