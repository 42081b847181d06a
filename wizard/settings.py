"""What a person sets for all their projects: keys and notifications, in `settings.toml` of their configuration folder.

The answers file is no place for it: that one is shared with others, and a webhook's address is as good as a password.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LARGEST = 1 << 20  # bytes
WEBHOOK = "MLOPS_WIZARD_WEBHOOK"
TABLES = {"keys": "a key for each command", "notify": "webhook, bell"}


class SettingsError(Exception):
    """The settings cannot be used; the message says where and why, `fix` what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Settings:
    """`keys` by command id; `webhook` is an https address that is told of the ends of long waits, "" for none."""

    keys: Mapping[str, str] = field(default_factory=dict)
    webhook: str = ""
    bell: bool = True


def settings_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the settings are, whether or not there are any."""
    folder = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME") or Path.home()) / ".config"
    return Path(folder) / "mlops-wizard" / "settings.toml"


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings; the environment's webhook outranks the file's. SettingsError names what cannot be used."""
    found = _read(settings_file(environment))
    unknown = found.keys() - TABLES.keys()
    if unknown:
        known = "; ".join(f"[{name}] ({what})" for name, what in TABLES.items())
        raise SettingsError(f"There is no setting called `{min(unknown)}`.", f"what there is: {known}")
    keys, notify = _table(found, "keys"), _table(found, "notify")
    wrong = [name for name, value in keys.items() if not isinstance(value, str) or not value.strip()]
    if wrong:
        raise SettingsError(f"`{wrong[0]}` in [keys] has no key.", f'write it as in {wrong[0]} = "f5"')
    if unknown := notify.keys() - {"webhook", "bell"}:
        raise SettingsError(f"[notify] has no `{min(unknown)}`.", "it has webhook and bell")
    bell = notify.get("bell", True)
    if not isinstance(bell, bool):
        raise SettingsError("`bell` in [notify] is neither true nor false.", "write bell = false")
    if WEBHOOK in environment:
        return Settings(keys, _webhook(environment[WEBHOOK], WEBHOOK), bell)
    return Settings(keys, _webhook(notify.get("webhook", ""), "`webhook` in [notify]"), bell)


def told(error: SettingsError) -> str:
    """The error for a person, with the file it is about."""
    return f"Your settings in {settings_file()} cannot be used.\n{error.message}\n  next: {error.fix}\n"


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():  # most people have none, and need not wait for a parser
        return {}
    import tomllib

    try:
        with file.open("rb") as stream:
            text = stream.read(LARGEST + 1)
        found = tomllib.loads(text.decode()) if len(text) <= LARGEST else None
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"The file cannot be read: {error}.", "correct it, or move it away") from error
    if found is None:
        raise SettingsError("The file is too large to be one of settings.", "see what is in it; move it away")
    return found


def _table(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = found.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"`{name}` is no table.", f"begin it with a line [{name}]")
    return table


def _webhook(address: object, where: str) -> str:
    """The address, if it may be used. It is not repeated: whoever has it can post there."""
    if not address:
        return ""
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
        usable = parts is not None and parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{where} is not an https address.", "give an address that begins with https://")
    return str(address)
