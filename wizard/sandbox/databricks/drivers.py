"""Drivers: the Python processes that stand for what runs on a cluster's driver node."""

import os
import sys
import threading
from pathlib import Path

import wizard
from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.folders import workspace_folder
from wizard.sandbox.databricks.metastore import volumes_folder
from wizard.sandbox.databricks.tokens import Tokens
from wizard.sandbox.settings import setting

# All that a driver inherits from the sandbox's own environment: nothing that could name a real account.
_INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH")


class Drivers:
    """How to start a Python process "on a cluster" of a workspace."""

    def __init__(self, cloud: Cloud, tokens: Tokens) -> None:
        self._cloud = cloud
        self._tokens = tokens
        self._driver_tokens: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def environment(self, workspace: Workspace, principal: Principal, access_mode: str = "") -> dict[str, str]:
        """The whole environment of a driver that works for a principal in a workspace.

        `access_mode` is that of its cluster (data_security_mode).

        DATABRICKS_RUNTIME_VERSION is left out on purpose: where it is set, mlflow asks the notebook's JVM
        gateway for its context (`dbutils.notebook.entry_point`), and a driver here has no JVM.
        """
        folder = workspace_folder(self._cloud, workspace.workspace_id)
        home = folder / "driver"
        home.mkdir(parents=True, exist_ok=True)
        return {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            **self._cloud.client_environment,
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "PYTHONPATH": str(Path(wizard.__file__).parent.parent),
            "PYTHONUNBUFFERED": "1",
            "DATABRICKS_HOST": f"https://{workspace.host}",
            "DATABRICKS_TOKEN": self._token(workspace, principal),
            "MLFLOW_TRACKING_URI": "databricks",
            "MLFLOW_REGISTRY_URI": "databricks",
            "DRIVER_WORKSPACE_ID": workspace.workspace_id,
            "DRIVER_WORKSPACE_FOLDER": str(folder),
            "DRIVER_STORE": str(self._cloud.store.file),
            "DRIVER_VOLUMES": str(volumes_folder(self._cloud, workspace)),
            "DRIVER_ACCESS_MODE": setting(self._cloud.store, "databricks.access_mode", access_mode),
        }

    def script_command(self, file: Path, arguments: list[str]) -> list[str]:
        """The command line that runs a Python file as a job's task does: in an IPython shell with dbutils.

        Its output is the process's own; it exits 1 with the traceback on stderr when the file raises, and
        with the file's own code when it calls sys.exit.
        """
        return [sys.executable, "-P", "-m", "wizard.sandbox.databricks.driver.script", str(file), *arguments]

    def _token(self, workspace: Workspace, principal: Principal) -> str:
        """A token that makes the driver's calls the principal's own; one for each principal and workspace."""
        key = (workspace.workspace_id, principal.object_id)
        with self._lock:
            if key not in self._driver_tokens:
                value, _ = self._tokens.issue(workspace.workspace_id, principal, "driver", None, hidden=True)
                self._driver_tokens[key] = value
            return self._driver_tokens[key]
