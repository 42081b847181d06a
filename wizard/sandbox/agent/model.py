"""A pipeline as it is run: stages of jobs of steps, after its files were expanded."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class GivenVariable:
    """One variable of a file; `group` instead of a name stands for all of a variable group."""

    name: str = ""
    value: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; scripts are tasks, too."""

    task: str
    version: str
    name: str
    display_name: str
    inputs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    condition: str = ""
    continue_on_error: str = ""
    enabled: bool = True
    minutes: float = 0.0  # 0 is no limit


@dataclass(frozen=True, slots=True)
class Pool:
    """Where a job runs: one of Microsoft's images, or a pool by its name."""

    image: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. A `deployment` does not check its repository out by itself."""

    name: str
    display_name: str
    steps: tuple[Step, ...]
    depends_on: tuple[str, ...]
    condition: str
    pool: Pool
    variables: tuple[GivenVariable, ...]
    continue_on_error: str = ""
    minutes: float = 60.0
    deployment: bool = False
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage."""

    name: str
    display_name: str
    jobs: tuple[Job, ...]
    depends_on: tuple[str, ...]
    condition: str
    variables: tuple[GivenVariable, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A whole pipeline; `trigger` is as the file has it, None when it says nothing."""

    stages: tuple[Stage, ...]
    variables: tuple[GivenVariable, ...]
    trigger: Any = None
    name: str = ""

    def groups(self) -> list[str]:
        """The variable groups it uses anywhere, those of the root first."""
        return list(dict.fromkeys(name for stage in self.stages for name in self.groups_of(stage)))

    def groups_of(self, stage: Stage) -> list[str]:
        """The variable groups that a stage uses, each once."""
        given = [*self.variables, *stage.variables]
        for job in stage.jobs:
            given += job.variables
        return list(dict.fromkeys(each.group for each in given if each.group))
