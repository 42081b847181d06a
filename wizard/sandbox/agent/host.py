"""What the interpreter and the agent need from the service around them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wizard.sandbox.agent.variables import Variable


@dataclass(frozen=True, slots=True)
class Connection:
    """A service connection as a task gets it: with a key, or with a token (`federated`)."""

    name: str
    client_id: str
    tenant: str
    subscription: str
    secret: str
    federated: bool


class Host(Protocol):
    """The service, as one run of one pipeline sees it."""

    def read(self, path: str) -> str | None:
        """A file of the repository at the run's commit."""

    def missing(self, path: str) -> str:
        """The message about a file that is not there."""

    def group(self, name: str) -> list[Variable] | None:
        """The variables of a group; None when there is none, or none that the pipeline may use."""

    def may_connect(self, name: str) -> bool:
        """Whether there is such a service connection, and the pipeline may use it."""

    def pool_refusal(self, name: str) -> str:
        """Why the pipeline cannot use a pool; empty when it can."""

    def environment(self, name: str) -> bool:
        """Whether there is such an environment; one that is missing is made, if whoever asked for the run may."""

    def connection(self, name: str) -> Connection:
        """A connection that was allowed; its token is fresh."""

    def artifact(self, name: str) -> Path:
        """A new folder for what a run keeps."""

    def add_tests(self, passed: int, failed: int, skipped: int) -> None:
        """Keep the results of tests."""
