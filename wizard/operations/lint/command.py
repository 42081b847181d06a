"""`mlops-wizard lint`: the rules and the secret scan over a project folder, told in lines or as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.clients.secret_scanner import Leak, scan
from wizard.engine.errors import WizardError
from wizard.operations.lint.check import RULES, Found, check
from wizard.operations.lint.mending import BRANCH, mend
from wizard.operations.lint.project import Project

if TYPE_CHECKING:
    import argparse

EXIT_CLEAN, EXIT_FOUND, EXIT_USAGE = 0, 1, 2
LEAK_FIX = "revoke the secret at its service; then take it out of the commits that are not pushed yet"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--fix", action="store_true", help=f"offer fixes as commits on the branch {BRANCH}")
    parser.add_argument(
        "--since", default="", metavar="REF", help="scan commits after REF (default: what is not pushed)"
    )


def execute(parsed: argparse.Namespace, folder: Path) -> int:
    """Run the check; 0 clean, 1 findings, 2 when it cannot run here."""
    try:
        project = Project.read(folder)
        found = check(project)
        leaks = scan(folder, parsed.since) if parsed.since or is_repository(folder) else []
        mended = mend(folder) if parsed.fix else []
    except WizardError as error:
        sys.stderr.write(f"{error.message}\n  next: {error.fix}\n")
        return EXIT_USAGE
    if parsed.json:
        say(json.dumps(report(found, leaks, mended), ensure_ascii=False))
    else:
        tell(found, leaks, project)
        tell_mended(mended, asked=parsed.fix)
    return EXIT_FOUND if found or leaks else EXIT_CLEAN


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(line + "\n")


def is_repository(folder: Path) -> bool:
    """Whether there are commits to scan."""
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def report(found: list[Found], leaks: list[Leak], mended: list[str]) -> dict[str, Any]:
    """The result as data."""
    return {
        "rules": len(RULES),
        "findings": [
            {
                "rule": each.rule.id,
                "title": each.rule.title,
                "file": each.finding.file,
                "line": each.finding.line,
                "message": each.finding.message,
                "why": each.rule.why,
                "fix": each.rule.fix,
                "mechanical": each.finding.edit is not None,
            }
            for each in found
        ],
        "secrets": [{**asdict(leak), "fix": LEAK_FIX} for leak in leaks],
        "branch": BRANCH if mended else "",
        "commits": mended,
    }


def tell(found: list[Found], leaks: list[Leak], project: Project) -> None:
    """The result in lines; of a clean one how much was looked at, lest an empty folder is taken for a sound one."""
    for each in found:
        say(f"{each.finding.file}:{each.finding.line}: {each.rule.id} {each.rule.title}: {each.finding.message}")
        say(f"    why: {each.rule.why}")
        say(f"    fix: {each.rule.fix}{' (--fix does it)' if each.finding.edit else ''}")
    for leak in leaks:
        say(f"{leak.file}:{leak.line}: a secret ({leak.kind}) in commit {leak.commit}")
        say(f"    fix: {LEAK_FIX}")
    total = len(found) + len(leaks)
    scanned = "the secret scan" if is_repository(project.folder) else "no secret scan, as this is no repository"
    by = f"{len(RULES)} rules over {len(project.names)} file(s), and {scanned}"
    say(f"{total} finding(s) by {by}" if total else f"clean, by {by}")


def tell_mended(mended: list[str], *, asked: bool) -> None:
    """What the branch holds."""
    if mended:
        say(f"The branch {BRANCH} holds {len(mended)} commit(s); nothing else was changed:")
        for title in mended:
            say(f"    {title}")
        say(f"  next: git diff HEAD...{BRANCH}, then git merge {BRANCH}")
    elif asked:
        say("Nothing here can be fixed without a decision of yours.")
