"""A project folder as the rules see it: its files, each parsed once as what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

from wizard.clients.git_command import run_git
from wizard.engine.errors import WizardError

LARGEST = 200_000  # bytes; no file that a person writes is larger, and YAML is parsed at 0.4 MB/s
NOT_THE_PROJECT = {".git", ".venv", "venv", "node_modules", "__pycache__", ".mlops-wizard", "build", "dist"}
TESTS = {"tests", "test", "fixtures"}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that cannot be parsed as what its name says."""

    file: str
    line: int
    reason: str


@dataclass(slots=True)
class Project:
    """The text files of a folder without its tests, which hold defects on purpose."""

    folder: Path
    unreadable: list[Unreadable] = field(default_factory=list)
    _texts: dict[str, str] = field(default_factory=dict)
    _python: dict[str, ast.Module] = field(default_factory=dict)
    _yaml: dict[str, list[yaml.Node]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Project:
        """Read and parse every file of the folder that the rules may want; WizardError when there is no folder."""
        if not folder.is_dir():
            raise WizardError(f"There is no folder {folder}.", fix="name the project's folder with --project")
        project = cls(folder)
        for name in names_in(folder):
            path = PurePosixPath(name)
            if not TESTS & set(path.parts[:-1]) and (folder / name).stat().st_size <= LARGEST:
                project._take(name, path.suffix.lower())
        return project

    def _take(self, name: str, suffix: str) -> None:
        try:
            text = self._texts[name] = (self.folder / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return
        try:
            if suffix == ".py":
                self._python[name] = ast.parse(text)
            elif suffix in (".yml", ".yaml", ".json"):
                self._yaml[name] = [node for node in yaml.compose_all(text, yaml.SafeLoader) if node is not None]
        except SyntaxError as error:
            self.unreadable.append(Unreadable(name, error.lineno or 1, error.msg))
        except RecursionError:
            self.unreadable.append(Unreadable(name, 1, "nested too deeply"))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error)
            line = min(mark.line + 1, len(text.splitlines())) if mark else 1
            self.unreadable.append(Unreadable(name, line, str(reason)))

    @property
    def python(self) -> dict[str, ast.Module]:
        """Python files by name."""
        return self._python

    @property
    def yaml(self) -> dict[str, list[yaml.Node]]:
        """Documents of YAML and JSON files by name; their nodes know their lines."""
        return self._yaml

    @property
    def names(self) -> list[str]:
        """All text files."""
        return list(self._texts)

    def lines(self, name: str) -> list[str]:
        """The lines of a file."""
        return self._texts[name].splitlines()

    def named(self, *patterns: str) -> Iterator[str]:
        """Files whose own name matches one of the patterns."""
        return (name for name in self._texts if any(PurePosixPath(name).match(pattern) for pattern in patterns))


def names_in(folder: Path) -> list[str]:
    """Files below the folder that are the project's: what git tracks or would, or all where there is no git."""
    listed = run_git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode == 0:
        names = sorted(set(listed.stdout.decode(errors="surrogateescape").split("\0")) - {""})
    else:
        names = sorted(str(file.relative_to(folder).as_posix()) for file in folder.rglob("*"))
    return [
        name for name in names if not NOT_THE_PROJECT & set(PurePosixPath(name).parts) and (folder / name).is_file()
    ]
