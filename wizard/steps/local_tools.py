"""What this machine must have: git, Python with the packages of the jobs, and for one way to sign in the Azure CLI."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step

if TYPE_CHECKING:
    from wizard.clients.local_tools import Package, Tool

GIT_MINIMUM = "2.35"
AZURE_CLI_MINIMUM = "2.30"  # from here on its tokens are MSAL's, which azure-identity reads
FOR_JOBS = ("mlflow", "scikit-learn", "pandas")
AZURE_CLI = "azure-cli"

# installer -> program -> the command that installs it.
COMMANDS = {
    "apt": {
        "git": "sudo apt-get update && sudo apt-get install git",
        AZURE_CLI: "curl -sL https://aka.ms/InstallAzureCLIDeb | sudo bash",
    },
    "dnf": {"git": "sudo dnf install git", AZURE_CLI: "sudo dnf install azure-cli"},
    "brew": {"git": "brew install git", AZURE_CLI: "brew install azure-cli"},
    "winget": {
        "git": "winget install --exact --id Git.Git",
        AZURE_CLI: "winget install --exact --id Microsoft.AzureCLI",
    },
}
PAGES = {
    "git": "https://git-scm.com/downloads",
    AZURE_CLI: "https://learn.microsoft.com/cli/azure/install-azure-cli",
}


async def check(context: Context) -> Outcome:
    """Look at each program and package; only what the chosen way needs and lacks is trouble."""
    from wizard.clients import local_tools

    git, cli, databricks = await asyncio.gather(
        asyncio.to_thread(local_tools.git),
        context.service(("azure cli",), local_tools.azure_cli),
        asyncio.to_thread(local_tools.databricks_cli),
    )
    if cli is None:  # it may be installed meanwhile
        context.session.services.forget(("azure cli",))
    python, packages = local_tools.python(), local_tools.packages(FOR_JOBS)
    installer = local_tools.installer()
    needed = context.answer("azure.signin") == AZURE_CLI
    bad = [*_git_trouble(git, installer), *_package_trouble(python, packages)]
    odd = _cli_trouble(cli, installer, needed)
    lines = [
        _line("git", git, GIT_MINIMUM),
        f"Python {python.version} ({python.wanted or 'any'}), {python.name}",
        *(f"{each.name} {each.version or 'missing'} ({each.wanted or 'any'})" for each in packages),
        _line("Azure CLI", cli, AZURE_CLI_MINIMUM) + ("" if needed else ", not needed for your way to sign in"),
        f"Databricks CLI {databricks.path if databricks else 'missing'}, not needed",
    ]
    trouble = bad or odd
    if trouble:
        return Outcome(
            Status.FAIL if bad else Status.WARN,
            "; ".join(what for what, _ in trouble),
            proof="\n".join(lines),
            fix="; ".join(dict.fromkeys(how for _, how in trouble)),
            links=tuple(PAGES.values()),
            diagnosis="F34" if _package_trouble(python, packages) else "",
        )
    versions = ", ".join(f"{each.name} {each.version}" for each in packages)
    message = f"git {git.version if git else ''}, Python {python.version}, {versions}"
    return Outcome(Status.OK, message, proof="\n".join(lines))


def _line(name: str, tool: Tool | None, minimum: str) -> str:
    if tool is None:
        return f"{name} missing ({minimum} or newer)"
    return f"{name} {tool.version or 'of unknown version'} ({minimum} or newer), {tool.path}"


def older(version: str, minimum: str) -> bool:
    """Whether a version is below another; both as numbers with dots."""
    return [int(part) for part in version.split(".")] < [int(part) for part in minimum.split(".")]


def _install(program: str, installer: str) -> str:
    """How to install a program here."""
    command = COMMANDS.get(installer, {}).get(program)
    return f"`{command}`" if command else f"install {program}: {PAGES[program]}"


def _git_trouble(git: Tool | None, installer: str) -> list[tuple[str, str]]:
    if git is None:
        return [("There is no git on this machine.", _install("git", installer))]
    if not git.version:
        return [(f"{git.path} does not tell its version.", f"see what `{git.path} --version` says")]
    if older(git.version, GIT_MINIMUM):
        return [(f"git {git.version} is older than {GIT_MINIMUM}.", _install("git", installer))]
    return []


def _cli_trouble(cli: Tool | None, installer: str, needed: bool) -> list[tuple[str, str]]:
    """What to warn of. Another way to sign in is always there, so a missing CLI stops nobody."""
    other = "or choose another way to sign in (answer azure.signin)"
    if not needed:
        return []
    if cli is None:
        return [("The Azure CLI is missing, and you sign in with it.", f"{_install(AZURE_CLI, installer)}, {other}")]
    if cli.version and older(cli.version, AZURE_CLI_MINIMUM):
        return [(f"Azure CLI {cli.version} is older than {AZURE_CLI_MINIMUM}.", f"`az upgrade`, {other}")]
    return []


def _package_trouble(python: Package, packages: list[Package]) -> list[tuple[str, str]]:
    if not python.fits:
        return [(f"Python {python.version} is not {python.wanted}.", "install Python 3.11, then `make setup`")]
    found = []
    for each in packages:
        if not each.fits:
            state = f"is {each.version}, not {each.wanted}" if each.version else "is missing"
            found.append((f"{each.name} {state}.", f"`{python.name} -m pip install '{each.name}{each.wanted}'`"))
    return found


async def plan(_: Context) -> list[Action] | None:
    """Installing programs on somebody's machine is theirs to do."""
    return None


TOOLS = Step(
    id="local.tools",
    title="Tools on this machine",
    why=(
        "git carries the code, and the jobs run here as they run on a cluster, so their packages must be here too. "
        "The Azure CLI is needed only if you sign in with it."
    ),
    check=check,
    plan=plan,
    manual="Run the command that the check shows, then check again.",
    docs="https://learn.microsoft.com/cli/azure/install-azure-cli",
)
