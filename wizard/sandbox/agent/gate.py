"""The gate before each stage: whether those who own what it uses let it in."""

from typing import Protocol

from wizard.sandbox.agent.model import Stage

WAITING = ""


class Gate(Protocol):
    """The owners' word on the stages of one run."""

    def asked(self, record: str) -> bool:
        """Whether the owners were asked already about the stage with this record."""

    def verdict(self, stage: Stage, record: str) -> str:
        """SUCCEEDED for a stage that may begin, WAITING, or the result of one that may not.

        The first call asks the owners.
        """

    def wait(self) -> None:
        """Wait until a verdict may have changed."""
