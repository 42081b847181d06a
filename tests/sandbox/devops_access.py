"""Azure DevOps as people use it: the vendor's own Python client, plain HTTP, and git in folders of its own."""

import base64
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.sandbox.workspaces import entra_token, http_client

DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"


def connection(environment: dict[str, str], token: str):
    """A connection of the azure-devops package, by personal access token. Call it inside the cloud."""
    from azure.devops.connection import Connection
    from msrest.authentication import BasicAuthentication

    return Connection(environment["AZURE_DEVOPS_ORG_URL"], BasicAuthentication("", token))


def rest(environment: dict[str, str], authorization: str = "") -> httpx.Client:
    """HTTP below the organisation; with the handed out token unless another header is given."""
    http = http_client(environment)
    http.base_url = environment["AZURE_DEVOPS_ORG_URL"] + "/"
    http.headers["Authorization"] = authorization or basic(environment["AZURE_DEVOPS_EXT_PAT"])
    http.headers["Accept"] = "application/json;api-version=7.1-preview"
    return http


def basic(token: str) -> str:
    """The header for a personal access token."""
    return "Basic " + base64.b64encode(f":{token}".encode()).decode()


def service_principal(environment: dict[str, str]) -> str:
    """The header for the sandbox's service principal, by a token of Entra's."""
    with http_client(environment) as http:
        return f"Bearer {entra_token(http, environment, DEVOPS)}"


@dataclass(frozen=True)
class Git:
    """Runs git inside the cloud, knowing nothing of this machine's configuration."""

    environment: dict[str, str]
    folder: Path
    authorization: str

    def run(self, *command: str, succeeds: bool = True) -> str:
        """What a git command printed, on both channels."""
        done = subprocess.run(
            ["git", *command], cwd=self.folder, env=self._variables(), capture_output=True, text=True, timeout=60
        )
        said = done.stdout + done.stderr
        assert (done.returncode == 0) is succeeds, said
        return said.strip()

    def commit(self, path: str, content: str, message: str = "A change") -> str:
        """Write a file and commit it; returns the commit's id."""
        (self.folder / path).write_text(content)
        self.run("add", path)
        self.run("commit", "--quiet", "-m", message)
        return self.run("rev-parse", "HEAD")

    def _variables(self) -> dict[str, str]:
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        names = ("HTTPS_PROXY", "GIT_SSL_CAINFO", "NO_PROXY", "GIT_TERMINAL_PROMPT")
        variables |= {name: self.environment[name] for name in names}
        settings = {"user.name": "Casey", "user.email": "casey@example.com", "init.defaultBranch": "main"}
        if self.authorization:
            settings["http.extraHeader"] = f"Authorization: {self.authorization}"
        variables["GIT_CONFIG_COUNT"] = str(len(settings))
        for number, (key, value) in enumerate(settings.items()):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return variables


def clone(environment: dict[str, str], place: Path, url: str, authorization: str = "") -> Git:
    """Clone into a new folder."""
    place.mkdir(parents=True)
    git = Git(environment, place, authorization or basic(environment["AZURE_DEVOPS_EXT_PAT"]))
    git.run("clone", "--quiet", url, ".")
    return git
