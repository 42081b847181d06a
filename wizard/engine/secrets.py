"""Secrets in memory and at rest. At rest they live in the operating system's keyring or, where a machine has none,
in the private install script that the guide asks for anyway.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from wizard.engine.errors import StateError
from wizard.engine.files import Project, write_atomically
from wizard.engine.redaction import MASK, Redactor

MARK = "Written by mlops-wizard"  # by it a script is known as ours


class Secret:
    """A value that never shows itself: printing, formatting or logging it gives a mask."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class Vault(Protocol):
    """A place where secrets rest."""

    name: str

    def get(self, key: str) -> str | None:
        """The value, or None."""

    def put(self, key: str, value: str) -> None:
        """Keep a value."""

    def delete(self, key: str) -> None:
        """Drop a value; nothing happens when there is none."""


class KeyringVault:
    """The operating system's keyring, under a service name of its own for each cloud and project folder."""

    name = "the system keyring"

    def __init__(self, project: Project) -> None:
        self._service = f"mlops-wizard:{project.cloud}:{project.folder}"

    def get(self, key: str) -> str | None:
        """The value, or None."""
        import keyring

        return keyring.get_password(self._service, key)

    def put(self, key: str, value: str) -> None:
        """Keep a value."""
        import keyring

        keyring.set_password(self._service, key, value)

    def delete(self, key: str) -> None:
        """Drop a value."""
        import keyring
        from keyring.errors import PasswordDeleteError

        with contextlib.suppress(PasswordDeleteError):
            keyring.delete_password(self._service, key)


class ScriptVault:
    """The install scripts: a key `NAME@environment` is the line `export NAME=...` in that environment's script."""

    name = "the install script"

    def __init__(self, project: Project) -> None:
        self._project = project

    def _place(self, key: str) -> tuple[str, Path]:
        name, _, environment = key.partition("@")
        return name, self._project.install_script(environment or "dev")

    def get(self, key: str) -> str | None:
        """The value, or None."""
        name, file = self._place(key)
        return read_exports(file).get(name)

    def put(self, key: str, value: str) -> None:
        """Keep a value."""
        name, file = self._place(key)
        write_exports(file, {name: value})

    def delete(self, key: str) -> None:
        """Drop a value."""
        name, file = self._place(key)
        if name in read_exports(file):
            write_exports(file, {name: None})


def read_exports(file: Path) -> dict[str, str]:
    """The `export NAME=value` lines of a shell script, those aside that no shell would take; empty without a file."""
    exports: dict[str, str] = {}
    for line in _lines(file):
        name = _exported(line)
        with contextlib.suppress(ValueError):  # a quote that is not closed on this line
            exports |= {name: "".join(shlex.split(line.partition("=")[2], comments=True))} if name else {}
    return exports


def write_exports(file: Path, exports: Mapping[str, str | None]) -> None:
    """Set variables (None: drop them) in a shell script, readable by its owner only.

    Other lines of a script that the wizard wrote stay as they are; a script of somebody else is replaced. StateError
    for a value with a line break or another control character in it, which no such line can hold.
    """
    odd = [name for name, value in exports.items() if value and not value.isprintable()]
    if odd:
        raise StateError(f"{odd[0]} has a control character in it.", fix="enter it again, in one piece")
    lines = _lines(file)
    if not is_ours(file):
        lines = [f"# {MARK}. Holds a secret: never commit it.", f"# Use: source {file.name}"]
    lines = [line for line in lines if _exported(line) not in exports]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in exports.items() if value is not None]
    write_atomically(file, "\n".join(lines) + "\n", mode=0o600)


def is_ours(file: Path) -> bool:
    """Whether the wizard wrote that script."""
    return any(MARK in line for line in _lines(file))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"{file} cannot be read: {error.strerror}.", fix="move it away, then check again") from error


def _exported(line: str) -> str:
    """The variable that a line of a shell script exports, "" for none."""
    found = re.match(r"\s*export\s+(\w+)=", line)
    return found.group(1) if found else ""


def open_vault(project: Project) -> Vault:
    """The keyring where this machine has a working one, else the install scripts."""
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring

    return ScriptVault(project) if isinstance(keyring.get_keyring(), NoKeyring) else KeyringVault(project)


class SecretStore:
    """Secrets of one project; everything that passes through it is masked wherever the engine writes."""

    def __init__(self, vault: Vault, redactor: Redactor) -> None:
        self._vault = vault
        self._redactor = redactor

    @property
    def place(self) -> str:
        """Where secrets rest, in words."""
        return self._vault.name

    def guard(self, value: str) -> Secret:
        """Wrap a value that stays in memory only, and mask it from now on."""
        self._redactor.add(value)
        return Secret(value)

    def masked(self, value: Any) -> Any:
        """JSON-like data with every secret in its strings masked: those known, and what has the shape of one."""
        return self._redactor.data(value)

    def get(self, key: str) -> Secret | None:
        """A kept secret, or None."""
        value = self._vault.get(key)
        return self.guard(value) if value else None

    def put(self, key: str, secret: Secret) -> None:
        """Keep a secret."""
        self._redactor.add(secret.reveal())
        self._vault.put(key, secret.reveal())

    def delete(self, key: str) -> None:
        """Drop a secret."""
        self._vault.delete(key)
