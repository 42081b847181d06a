"""Secrets in the commits that are about to be pushed, found by detect-secrets; what is found is never repeated.

The scanner's guesses by entropy are left out: hashes and ids are all they find in a project like this. A line marked
`pragma: allowlist secret` and what `.secrets.baseline` lists (both the scanner's own means) are passed over.
Docs: https://github.com/Yelp/detect-secrets
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.clients.git_command import run_git
from wizard.engine.errors import WizardError

DETECTORS = Path(__file__).with_name("secret_detectors.py")
BASELINE = ".secrets.baseline"
GUESSES = {"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"}
MARK = "\0commit "


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret in a commit: where it is and of which kind, without what it is."""

    commit: str
    file: str
    line: int
    kind: str


def scan(folder: Path, since: str = "", tip: str = "HEAD") -> list[Leak]:
    """The secrets in lines that commits up to `tip` add, each where it came in first.

    Looked at are the commits after `since`; without it, those that no remote is known to have: what others have was
    published before. WizardError when there is no repository here, no such commit, or a git older than 2.35.
    """
    arguments = ["log", "--reverse", "--patch", "--unified=0", "--diff-merges=remerge", "--no-color", "--no-ext-diff"]
    arguments += ["--no-textconv", "--no-renames", "--format=%x00commit %h"]
    arguments += [f"{since}..{tip}"] if since else [tip, "--not", "--remotes"]
    seen: set[tuple[str, str, str]] = set()
    leaks = []
    for leak, fingerprint in _found(_git(folder, *arguments), _listed(folder)):
        key = (leak.file, leak.kind, fingerprint)
        if key not in seen:
            seen.add(key)
            leaks.append(leak)
    return leaks


def _found(log: str, listed: set[tuple[str, str]]) -> Iterator[tuple[Leak, str]]:
    """Every secret of a log, with the scanner's hash of it."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import transient_settings

    detectors: dict[str, type] = get_mapping_from_secret_type_to_class()
    names = {detector.__name__ for detector in detectors.values()} - GUESSES
    own = ("DatabricksTokenDetector", "AzureStorageBareKeyDetector", "EntraClientSecretDetector")
    plugins = [{"name": name} for name in sorted(names - set(own))]
    plugins += [{"name": name, "path": f"file://{DETECTORS}"} for name in own]
    get_mapping_from_secret_type_to_class.cache_clear()  # or the scanner would not look for plugin files again
    with transient_settings({"plugins_used": plugins}) as settings:
        settings.disable_filters("detect_secrets.filters.common.is_invalid_file")  # a commit's file may be gone by now
        for part in log.split(MARK)[1:]:
            commit, _, diff = part.partition("\n")
            secrets = SecretsCollection()
            secrets.scan_diff(diff)
            for file, secret in secrets:
                if (file, secret.secret_hash) not in listed:
                    yield Leak(commit, file, secret.line_number, secret.type), secret.secret_hash


def _listed(folder: Path) -> set[tuple[str, str]]:
    """File and hash of what the baseline lists as no secret."""
    file = folder / BASELINE
    if not file.exists():
        return set()
    try:
        results = json.loads(file.read_text(encoding="utf-8"))["results"]
        return {(name, each["hashed_secret"]) for name, found in results.items() for each in found}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WizardError(
            f"{file} is no baseline of detect-secrets.", fix="make it anew: detect-secrets scan > .secrets.baseline"
        ) from error


def _git(folder: Path, *arguments: str) -> str:
    done = run_git(folder, *arguments)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise WizardError(
            f"git could not list the commits: {said[0] if said else 'no reason given'}",
            fix="this has to be a git repository with a commit, and git 2.35 or newer",
        )
    return done.stdout.decode(errors="replace")
