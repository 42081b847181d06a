"""The scenarios: one YAML file each, named like the scenario, in the folder beside this module."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from wizard.sandbox.control import SandboxError

FOLDER = Path(__file__).with_name("catalogue")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One failure. `settings`, `changes` and `answers` say how it is played; see player.py."""

    name: str
    title: str
    failure: str  # its number in the failure catalogue, such as F03; empty for trouble of any kind
    shows: str  # what one will see
    fix: str  # what helps, as long as the scenario is played
    settings: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)


@cache
def scenarios() -> dict[str, Scenario]:
    """All scenarios by name, in the order of the failure catalogue."""
    found = [Scenario(name=file.stem, **yaml.safe_load(file.read_text())) for file in sorted(FOLDER.glob("*.yaml"))]
    return {scenario.name: scenario for scenario in found}


def scenario(name: str) -> Scenario:
    """One scenario. Raises SandboxError, with the names that come near, when there is none."""
    known = scenarios()
    if name in known:
        return known[name]
    near = [other for other in known if other.startswith(name.lower())]
    raise SandboxError(
        f"there is no scenario {name!r}; "
        + (f"did you mean {', '.join(near)}?" if near else "`mlops-wizard sandbox scenario list` shows all")
    )
