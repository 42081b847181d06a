"""Is a library there? The driver's Python environment is asked; nothing is downloaded or installed.

A driver here runs in the sandbox's own environment, so that a Python requirement is installed if, and only if, that
environment holds a distribution that satisfies it. Of an extra (`mlflow[extras]`), the distribution itself decides;
what the extra asks for beside it and is not there is named in the messages of an INSTALLED library.
"""

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

_PIP = "/local_disk0/.ephemeral_nfs/cluster_libraries/python/bin/pip"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a library is there, and what there is to say about it."""

    installed: bool
    messages: tuple[str, ...] = ()


def check_library(library: dict[str, Any], cluster_id: str, spark_version: str, workspace_files: Path) -> Verdict:
    """Check one library, as the Libraries API names it, for a cluster."""
    if "pypi" in library:
        return _check_requirement(library["pypi"]["package"], cluster_id)
    if "requirements" in library:
        return _check_file(library["requirements"], cluster_id, workspace_files)
    kind = next(iter(library))
    place = library[kind] if isinstance(library[kind], str) else ""
    if place.startswith("dbfs:") and int(spark_version.partition(".")[0]) >= 15:
        return _failed(cluster_id, "DBFS library installations are not supported on DBR 15 or above.")
    return _failed(cluster_id, f"A driver of this sandbox cannot install libraries of kind {kind}: {place}")


def without_index(library: dict[str, Any], cluster_id: str, state: str) -> Verdict | None:
    """What comes of a library from the package index while that is unreachable or failing; None for any other."""
    if "pypi" not in library:
        return None
    package = library["pypi"]["package"]
    if state == "unreachable":
        return _no_match(cluster_id, package, "none")
    reason = f"Library installation failed for library due to infra fault for Some(python-pypi {package})."
    return _failed(cluster_id, f"{reason} Error code: DRIVER_LIBRARY_INSTALLATION_FAILURE.")


def _check_file(path: str, cluster_id: str, workspace_files: Path) -> Verdict:
    file = workspace_files / path.removeprefix("/Workspace").strip("/")
    if not file.resolve().is_relative_to(workspace_files.resolve()) or not file.is_file():
        return _failed(cluster_id, f"ERROR: Could not open requirements file: No such file or directory: '{path}'")
    lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    verdicts = [_check_requirement(line, cluster_id) for line in lines if line]
    failed = [verdict for verdict in verdicts if not verdict.installed]
    if failed:
        return failed[0]
    return Verdict(True, tuple(message for verdict in verdicts for message in verdict.messages))


def _check_requirement(text: str, cluster_id: str) -> Verdict:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return _pip_failed(cluster_id, text, "ERROR_INVALID_REQUIREMENT", f"ERROR: Invalid requirement: {text!r}")
    try:
        found = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return _no_match(cluster_id, text, "none")
    if not requirement.specifier.contains(found, prereleases=True):
        return _no_match(cluster_id, text, found)
    missing = sorted(_missing_of_extras(requirement))
    if not missing:
        return Verdict(True)
    extras = ",".join(sorted(requirement.extras))
    return Verdict(True, (f"Not in this environment, though extra '{extras}' asks for it: {', '.join(missing)}",))


def _missing_of_extras(requirement: Requirement) -> set[str]:
    """The requirements that the chosen extras add and that the environment does not satisfy."""
    missing = set()
    for text in metadata.requires(requirement.name) or []:
        wanted = Requirement(text)
        chosen = any(wanted.marker and wanted.marker.evaluate({"extra": extra}) for extra in requirement.extras)
        if chosen and not _satisfied(wanted):
            missing.add(wanted.name)
    return missing


def _satisfied(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def _no_match(cluster_id: str, text: str, versions: str) -> Verdict:
    error = f"ERROR: Could not find a version that satisfies the requirement {text} (from versions: {versions})"
    error += f"\nERROR: No matching distribution found for {text}"
    return _pip_failed(cluster_id, text, "ERROR_NO_MATCHING_DISTRIBUTION", error)


def _pip_failed(cluster_id: str, text: str, code: str, error: str) -> Verdict:
    process = f"Process List({_PIP}, install, {text}, --disable-pip-version-check) exited with code 1."
    reason = f"Error code: {code}, error message: org.apache.spark.SparkException: {process} {error}"
    return _failed(cluster_id, f"Please check your library version and dependencies. {reason}")


def _failed(cluster_id: str, reason: str) -> Verdict:
    start = f"Library installation attempted on the driver node of cluster {cluster_id} and failed."
    return Verdict(False, (f"{start} {reason}",))
