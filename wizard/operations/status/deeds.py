"""What can be done about a row of the status, as commands that the engine takes."""

from __future__ import annotations

from functools import cache

from wizard.operations.status.rows import Deed, Number
from wizard.steps import cluster_stop, clusters, promotion, rows_of_wines

WINES = "eleven numbers with commas between them, or a CSV or JSON file; empty for a few wines of the data set"


def apply(step: str, environment: str) -> str:
    """The command that sets a step right, as a person types it."""
    return f"mlops-wizard apply --step {step}@{environment}"


def applying(step: str, environment: str) -> Deed:
    """Set that step right."""
    key = f"{step}@{environment}" if environment else step
    return Deed(f"Set up {key} again", key, {"do": "apply", "stages": [], "steps": [key]})


def checking(key: str) -> Deed:
    """Check a step again."""
    return Deed(f"Check {key} again", key, {"do": "check", "stages": [], "steps": [key]})


def rotating(environment: str) -> Deed:
    """Make a new token."""
    key, command = f"token.rotation@{environment}", {"do": "rotate", "environments": [environment]}
    return Deed(f"Rotate the token of {environment}", key, command)


def asking(environment: str) -> Deed:
    """Send test data to a service."""
    command = {"do": "ask", "environment": environment}
    return Deed("Ask about wines", f"service.{environment}@{environment}", command, WINES)


def describing(environment: str) -> Deed:
    """Send a service one wine, described number by number."""
    command = {"do": "ask", "environment": environment}
    return Deed("Ask about one wine, by a form", f"service.{environment}@{environment}", command, form=_wine())


@cache
def _wine() -> tuple[Number, ...]:
    """The form of a wine: the first of the data set is proposed."""
    rows = rows_of_wines.all_known()
    columns = zip(rows_of_wines.COLUMNS, rows[0], zip(*rows, strict=True), strict=True)
    return tuple(Number(name, first, min(values), max(values)) for name, first, values in columns)


def reading_log(environment: str) -> Deed:
    """Read what a service wrote."""
    command = {"do": "logs", "environment": environment}
    return Deed("Read its log", f"service.{environment}@{environment}", command)


def restarting(environment: str) -> Deed:
    """Replace a service's containers."""
    command = {"do": "restart", "environment": environment}
    return Deed("Restart it", f"{promotion.RESTART}@{environment}", command)


def rolling_back(environment: str) -> Deed:
    """Let a service run the version before."""
    command = {"do": "rollback", "environment": environment}
    return Deed("Roll back to the version before", f"{promotion.ID}@{environment}", command)


def promoting(environment: str, version: str) -> Deed:
    """Let a service run a version."""
    command = {"do": "promote", "environment": environment, "version": version}
    return Deed(f"Let {environment} serve version {version}", f"{promotion.ID}@{environment}", command)


def comparing(environment: str, first: str, second: str) -> Deed:
    """Two versions on the same wines."""
    command = {"do": "compare", "environment": environment, "first": first, "second": second}
    return Deed(f"Compare version {first} with {second}", f"service.{environment}@{environment}", command)


def starting_cluster(environment: str) -> Deed:
    """Start a cluster."""
    command = {"do": "cluster", "what": "start", "environment": environment}
    return Deed("Start the cluster", f"{clusters.CLUSTER.id}@{environment}", command)


def stopping_cluster(environment: str) -> Deed:
    """Stop a cluster."""
    command = {"do": "cluster", "what": "stop", "environment": environment}
    return Deed(cluster_stop.TITLE, f"{cluster_stop.STOP.id}@{environment}", command)
