"""Whether an environment's packages are there. The sandbox checks conda environments, it does not build them.

A service runs in the sandbox's own Python. A package that is missing there, or there in another major version than
wanted, fails the deployment as building the image would fail it.
"""

import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

# Packages that stand for others, and what must be there for them.
_STAND_FOR = {"azureml-defaults": "azureml-inference-server-http", "azureml-sdk": "azureml-core"}
_NOT_PACKAGES = {"python", "pip", "setuptools", "wheel", "conda"}
_SERVERS = {"azureml-defaults", "azureml-inference-server-http"}
_REQUIREMENT = re.compile(r"(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?:[=~>]=?=?\s*(\d+))?")


def problems(environment: dict[str, Any]) -> list[str]:
    """What is wrong with an environment, in the words of a failed build; empty when it can be had."""
    found = []
    for name, major in _wanted(environment):
        installed = _installed(_STAND_FOR.get(name, name))
        if installed is None:
            found.append(f"ERROR: No matching distribution found for {name}")
        elif name not in _STAND_FOR and major and installed.split(".")[0] != major:
            found.append(f"ERROR: No matching distribution found for {name}=={major}.* (the sandbox has {installed})")
    return found


def has_server(environment: dict[str, Any]) -> bool:
    """Whether the container gets a server to run: by its packages, or by the environment's inferencing stack."""
    python = environment.get("python") or {}
    if environment.get("inferencingStackVersion") or python.get("userManagedDependencies"):
        return True
    return any(name in _SERVERS for name, _ in _wanted(environment))


def _wanted(environment: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The names of the packages, each with the major version that is asked for, if any."""
    python = environment.get("python") or {}
    if python.get("userManagedDependencies"):
        return
    for entry in (python.get("condaDependencies") or {}).get("dependencies") or []:
        for text in (entry.get("pip") or []) if isinstance(entry, dict) else [entry]:
            match = _REQUIREMENT.match(str(text).strip())
            if match and match[1].lower() not in _NOT_PACKAGES:
                yield match[1].lower(), match[2] or ""


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
