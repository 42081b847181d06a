"""The answers a person gave, kept in `mlops-wizard.toml`: no secrets, meant to be committed and shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from wizard.engine.errors import AnswerError, StateError
from wizard.engine.files import write_atomically
from wizard.engine.step import Question

HEADER = "Answers of mlops-wizard. Nothing secret is in here; commit and share this file."
SETTINGS = ("keys.", "notify.")  # a person's own, for all their projects: they are in no file that is shared
LONGEST_SHOWN = 100  # characters of a refused answer that its complaint repeats
LARGEST = 1 << 20  # bytes of the file: it holds some dozens of short lines


class Answers:
    """Dotted names (`prefix`, `dev.storage_account`) to values. Overrides from the command line win over the file.

    Every value is held against its question's rule when it is read or set, so a bad file is reported before any call.
    """

    def __init__(self, file: Path, questions: Iterable[tuple[str, Question]], overrides: Mapping[str, str]) -> None:
        self._file = file
        self._questions = dict(questions)
        self._secrets: dict[str, str] = {}
        self._overrides = {name: self._valid(name, value) for name, value in overrides.items()}
        self._saved = {name: self._valid(name, value) for name, value in self._load().items()}

    def _load(self) -> dict[str, str]:
        """What the file says; nothing where there is none."""
        return dict(_flatten(self._document().unwrap()))

    def _document(self) -> tomlkit.TOMLDocument:
        try:
            with self._file.open("rb") as stream:
                content = stream.read(LARGEST + 1)
            text = content[:LARGEST].decode()
        except FileNotFoundError:
            return tomlkit.document()
        except (OSError, UnicodeDecodeError) as error:
            raise StateError(
                f"{self._file} cannot be read: {error}.", fix="see its permissions and encoding"
            ) from error
        if len(content) > LARGEST:
            raise StateError(f"{self._file} is too large to be a file of answers.", fix="see what is in it")
        try:
            return tomlkit.parse(text)
        except (TOMLKitError, ValueError, RecursionError) as error:
            raise StateError(
                f"{self._file} is not valid TOML: {error}.", fix="correct that line; nothing was changed"
            ) from error

    def _valid(self, name: str, value: str) -> str:
        question = self._questions.get(name)
        if question is None:
            raise AnswerError(f"There is no answer called `{name}`.", fix=_where_it_belongs(name))
        if question.secret:
            raise AnswerError(
                f"`{name}` is a secret and does not belong into a file or a command line.",
                fix="leave it out; the wizard asks for it",
            )
        complaint = question.complaint(value)
        if complaint:
            raise AnswerError(
                f"`{name}` = {_shortened(value)!r}: {complaint}",
                fix=f"correct it in {self._file.name}, or with --set {name}=...",
            )
        return value

    def question(self, name: str) -> Question:
        """The question of that dotted name; AnswerError when there is none."""
        if name not in self._questions:
            raise AnswerError(f"There is no answer called `{name}`.")
        return self._questions[name]

    def has_question(self, name: str) -> bool:
        """Whether any step asks for this name."""
        return name in self._questions

    def get(self, name: str) -> str | None:
        """The value a person gave, or None."""
        return self._overrides.get(name, self._saved.get(name))

    def saved(self) -> dict[str, str]:
        """What the file holds."""
        return dict(self._saved)

    def set(self, name: str, value: str) -> None:
        """Take an answer for this session; AnswerError names the rule it breaks. `save` writes it down.

        A secret stays in memory and is never written.
        """
        question = self.question(name)
        if not question.secret:
            self._overrides[name] = self._valid(name, value)
            return
        complaint = question.complaint(value)
        if complaint:
            raise AnswerError(f"`{name}`: {complaint}")
        self._secrets[name] = value

    def secret(self, name: str) -> str | None:
        """A secret that a person typed in this session, or None."""
        return self._secrets.get(name)

    def save(self, values: Mapping[str, str]) -> None:
        """Write answers to the file; comments and unrelated lines in it stay as they are."""
        document = self._document()
        if not document:
            document.add(tomlkit.comment(HEADER))
        for name, value in values.items():
            *tables, key = name.split(".")
            place: Any = document
            for table in tables:
                if not isinstance(place.get(table), MutableMapping):
                    place[table] = tomlkit.table()
                place = place[table]
            place[key] = self._valid(name, value)
            self._saved[name] = value
        write_atomically(self._file, tomlkit.dumps(document), mode=0o644)


def _where_it_belongs(name: str) -> str:
    if name.startswith(SETTINGS):
        return f"[{name.partition('.')[0]}] belongs into your settings.toml; `mlops-wizard where` tells where that is"
    return "`mlops-wizard plan --json` names them all"


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}… ({len(value)} characters)"


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)
