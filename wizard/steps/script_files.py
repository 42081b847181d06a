"""The install scripts: env.sh for shells and env.ps1 for PowerShell, which export a workspace's host and token."""

from __future__ import annotations

from pathlib import Path

from wizard.engine.context import Context
from wizard.engine.files import Project, write_atomically
from wizard.engine.secrets import MARK, Secret, is_ours, write_exports
from wizard.steps.names import ENVIRONMENTS

HOST = "DATABRICKS_HOST"
TOKEN = "DATABRICKS_TOKEN"  # noqa: S105  (a variable's name)


def token_key(context: Context) -> str:
    """Under which name the environment's token is kept."""
    return f"{TOKEN}@{context.environment}"


def shell_script(context: Context) -> Path:
    """The environment's script for shells."""
    return context.project.install_script(context.environment)


def powershell_script(context: Context) -> Path:
    """The environment's script for PowerShell."""
    return context.project.install_script(context.environment, ".ps1")


def every_script(project: Project) -> list[Path]:
    """The scripts of all environments, for both kinds of shell, whether or not they are there."""
    return [project.install_script(each, suffix) for each in ENVIRONMENTS for suffix in (".sh", ".ps1")]


def keep_previous(script: Path) -> None:
    """Put a script that somebody else wrote aside, as `env.sh.previous`, readable by its owner only."""
    if script.exists() and not is_ours(script):
        text = script.read_text(encoding="utf-8", errors="replace")
        write_atomically(script.with_name(script.name + ".previous"), text, mode=0o600)


def powershell_text(exports: dict[str, str]) -> str:
    """The same variables for PowerShell; a quote inside a value is doubled."""
    lines = [f"# {MARK}. Holds a secret: never commit it."]
    lines += [f"$env:{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in exports.items()]
    return "\n".join(lines) + "\n"


def write_both(context: Context, host: str, token: Secret) -> None:
    """Write both scripts, mode 0600; other lines of the one for shells stay."""
    shell, powershell = shell_script(context), powershell_script(context)
    keep_previous(shell)
    keep_previous(powershell)
    exports = {HOST: f"https://{host}", TOKEN: token.reveal()}
    write_exports(shell, exports)
    write_atomically(powershell, powershell_text(exports), mode=0o600)
