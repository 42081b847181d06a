"""The programs and packages of this machine that the set-up works with: where they are and which version they have."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "mlops-wizard"
SECONDS = 20  # Azure CLI's first start on a slow disk
_VERSION = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that was found; `version` is "" where it does not tell."""

    path: str
    version: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package as this distribution asks for it; `version` is "" where it is not installed."""

    name: str
    wanted: str
    version: str

    @property
    def fits(self) -> bool:
        """Whether the installed version is one that is asked for."""
        from packaging.specifiers import SpecifierSet

        return bool(self.version) and SpecifierSet(self.wanted).contains(self.version, prereleases=True)


def git() -> Tool | None:
    """The git of this machine."""
    path = shutil.which("git")
    return Tool(path, _first_version(_said([path, "--version"]))) if path else None


def databricks_cli() -> Tool | None:
    """The Databricks CLI; nothing here needs it, so it is not started."""
    path = shutil.which("databricks")
    return Tool(path, "") if path else None


def azure_cli() -> Tool | None:
    """The Azure CLI.

    It takes seconds to start, so its version is read from its package, which every way of installing it leaves beside
    the program; only where it is not found is the CLI asked.
    """
    path = shutil.which("az")
    if path is None:
        return None
    found = packaged_version(Path(path), "azure-cli")
    return Tool(path, found or _asked_version(path))


def packaged_version(program: Path, package: str) -> str:
    """The version of the Python package that a program was installed with; "" where it is not beside it."""
    home = program.resolve().parent.parent
    homes = (
        home,  # a virtual environment
        home / "libexec",  # Homebrew
        home / "lib64" / "az",  # the package for Red Hat
        home.parent / "opt" / "az",  # the one for Debian
    )
    places = [place for each in homes for place in each.glob("lib*/python3*/site-packages")]
    places.append(home / "Lib" / "site-packages")  # Windows
    found = metadata.distributions(name=package, path=[str(place) for place in places])
    return next((each.version for each in found), "")


def _asked_version(path: str) -> str:
    try:
        return str(json.loads(_said([path, "version", "--output", "json"]))["azure-cli"])
    except (ValueError, KeyError, TypeError):
        return ""


def _said(command: list[str]) -> str:
    """What a program printed; "" when it did not end well, or in time."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _first_version(text: str) -> str:
    found = _VERSION.search(text)
    return found[0] if found else ""


def python() -> Package:
    """The Python that runs this, and the one that this distribution asks for."""
    try:
        wanted = metadata.metadata(DISTRIBUTION)["Requires-Python"] or ""
    except metadata.PackageNotFoundError:
        wanted = ""
    return Package(sys.executable, wanted, platform.python_version())


def packages(names: tuple[str, ...]) -> list[Package]:
    """Packages as this distribution requires them, with the versions that are installed."""
    from packaging.requirements import Requirement

    try:
        declared = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or ()]
    except metadata.PackageNotFoundError:  # run from its folder: then only their presence can be told
        declared = []
    wanted = {each.name: str(each.specifier) for each in declared}
    return [Package(name, wanted.get(name, ""), _installed(name)) for name in names]


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def installer() -> str:
    """The program that installs others on this machine: apt, dnf, brew or winget; "" for one that is not known."""
    by_system = {"Darwin": "brew", "Windows": "winget"}.get(platform.system())
    if by_system:
        return by_system
    try:
        about = platform.freedesktop_os_release()
    except OSError:
        return ""
    families = {about.get("ID", ""), *about.get("ID_LIKE", "").split()}
    if families & {"debian", "ubuntu"}:
        return "apt"
    return "dnf" if families & {"fedora", "rhel", "centos"} else ""
