"""Git over HTTPS to one repository of Azure DevOps, by the credential that the SDK's clients use.

The credential goes to git by environment, for that address alone: it is in no argument, no configuration file and no
remote's address. Helpers and prompts are switched off, so git never takes another one, and never waits for a person.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from wizard.clients.faults import next_action
from wizard.clients.git_command import run_git
from wizard.engine.errors import NotFoundError, NotSignedInError, ServiceError, UnreachableError
from wizard.engine.secrets import Secret

SERVICE = "Azure DevOps"
NO_ANSWER = re.compile(
    r"Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out)|Operation too slow"
    r"|Operation timed out|Recv failure|Empty reply|early EOF|unexpected disconnect|hung up unexpectedly"
    r"|Proxy CONNECT aborted|SSL_ERROR_SYSCALL|RPC failed; curl",
    re.IGNORECASE,
)
FOREIGN = re.compile(r"bad line length character|not valid: is this a git repository|Cannot access URL")
REFUSED = re.compile(r"Authentication failed|could not read (?:Username|Password)|returned error: 401")
MOVED_ON = re.compile(r"\((?:fetch first|non-fast-forward)\)")
SLOWEST_SECONDS = 60  # without a byte a second for so long, git gives up
LONGEST_SECONDS = 240.0  # git's own processes wait for each other for ever when an answer breaks off in certain places


class GitRemote:
    """The repository at `url`, seen from a folder."""

    def __init__(self, folder: Path, url: str, authorization: Secret) -> None:
        self._folder = folder
        self._url = url
        self._authorization = authorization

    def push(self, commit: str, branch: str) -> None:
        """Move a branch over there forward to a commit; never by force."""
        self._run("push", "--porcelain", self._url, f"{commit}:refs/heads/{branch}")

    def delete(self, branch: str, commit: str) -> None:
        """Delete a branch over there, as long as it is where it was seen."""
        lease = f"--force-with-lease=refs/heads/{branch}:{commit}"
        self._run("push", "--porcelain", lease, self._url, f":refs/heads/{branch}")

    def fetch(self, remote: str) -> None:
        """Bring what a remote of this folder is known to have up to date; no branch of one's own moves."""
        self._run("fetch", "--quiet", "--no-tags", "--prune", self._url, f"+refs/heads/*:refs/remotes/{remote}/*")

    def _run(self, *arguments: str) -> None:
        try:
            done = run_git(self._folder, *arguments, variables=self._variables(), seconds=LONGEST_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise UnreachableError(
                f"git {arguments[0]} has not ended after {LONGEST_SECONDS:.0f} s.",
                service=SERVICE,
                fix="see whether the network is up, then try again: what has arrived is found",
            ) from error
        if done.returncode != 0:
            said = "\n".join(part.decode(errors="replace").strip() for part in (done.stderr, done.stdout) if part)
            raise refusal(arguments[0], said)

    def _variables(self) -> dict[str, str]:
        settings = {
            "credential.helper": "",
            f"http.{self._url}.extraHeader": f"Authorization: {self._authorization.reveal()}",
            "http.lowSpeedLimit": "1",
            "http.lowSpeedTime": str(SLOWEST_SECONDS),
        }
        count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)  # somebody may hand settings to git by the same way
        variables = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}
        for number, (name, value) in enumerate(settings.items(), count):
            variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return {**variables, "GIT_CONFIG_COUNT": str(count + len(settings))}


def refusal(command: str, said: str) -> ServiceError:
    """The engine error for what git printed when a command on a remote failed."""
    found = re.search(r"returned error: (\d{3})", said)
    status = int(found[1]) if found else 0
    message = f"git {command}: {reason(said)}"
    if REFUSED.search(said):
        fix = "sign in again; see that the token in AZURE_DEVOPS_EXT_PAT may read and write code"
        return NotSignedInError(message, service=SERVICE, status=401, fix=fix, body=said)
    if FOREIGN.search(said):
        fix = "a proxy, a captive portal or an outage may stand between; open the address in a browser, then try again"
        return UnreachableError(f"{message} (what answered is no git service)", service=SERVICE, fix=fix, body=said)
    if not status and NO_ANSWER.search(said):
        return UnreachableError(
            message, service=SERVICE, fix="see whether the network is up, then try again", body=said
        )
    fix = next_action(status) or "do what git says, then try again"
    if MOVED_ON.search(said):
        fix = "somebody pushed to that branch: `git pull --rebase` it, see that all still works, then apply again"
    kind = NotFoundError if "TF401019" in said or status == 404 else ServiceError
    return kind(message, service=SERVICE, status=status, fix=fix, body=said)


def reason(said: str) -> str:
    """The line that tells why: the service's own, else the rejected branch's, else git's."""
    for pattern in (
        r"^remote: .*?((?:TF|VS)\d+:.*)$",
        r"\[(?:remote )?rejected\].*?\((.*)\)\s*$",
        r"^(?:fatal|error): (.*)$",
        r"^(.+)$",
    ):
        if found := re.search(pattern, said, re.MULTILINE):
            return found[1].strip()
    return "it failed without a word"
