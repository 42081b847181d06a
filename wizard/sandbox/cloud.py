"""What every service of the sandbox cloud shares: its folder, memory, sense of time and way to itself."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from wizard.sandbox.control import SandboxError
from wizard.sandbox.store import Store

# Azure's public first-party application ids, the audiences of tokens.
DATABRICKS_APP_ID = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
DEVOPS_APP_ID = "499b84ac-1321-427f-aa17-267ca6975798"
# Where requests from outside seem to come from: an address that is reserved for examples (RFC 5737).
CLIENT_ADDRESS = "203.0.113.7"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request comes from, as proven by its token."""

    object_id: str
    tenant_id: str
    name: str  # user principal name, or the display name of a service principal
    kind: str  # "User" or "ServicePrincipal"
    app_id: str = ""  # of a service principal
    is_guest: bool = False  # at home in another tenant


@dataclass(slots=True)
class Cloud:
    """One sandbox cloud. `speed` divides the durations that the real services take."""

    folder: Path
    store: Store
    speed: float = 60.0
    # Environment variables that send a child process (driver, agent, MLflow client) into this cloud; filled
    # in once the proxy listens.
    client_environment: dict[str, str] = field(default_factory=dict)

    def ready_at(self, realistic_seconds: float) -> float:
        """When an operation that begins now and really takes so many seconds will be done (Unix time)."""
        return time.time() + realistic_seconds / self.speed


def open_cloud(folder: Path) -> Cloud:
    """The cloud in a folder, for a command that works on its memory; the cloud may be running meanwhile.

    The caller closes its store. Raises SandboxError when the folder holds none.
    """
    file = folder / "state.sqlite"
    if not file.is_file():
        raise SandboxError("there is no sandbox cloud yet; start it with: mlops-wizard sandbox start")
    return Cloud(folder.resolve(), Store(file))
