"""What makes other tools of this shell act as somebody else: environment variables, and the profiles of Databricks.

The wizard names its credentials itself, so they do not lead it astray; `az`, `databricks`, `mlflow` and `git` they do.
Values of secrets are never told, only that they are there.

Order of Databricks' tools: https://learn.microsoft.com/azure/databricks/dev-tools/auth/unified-auth
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

CONFIG_FILE = "DATABRICKS_CONFIG_FILE"
_ADDRESSES = ("DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE")
_CREDENTIALS = ("DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_AZURE_RESOURCE_ID", "DATABRICKS_AUTH_TYPE")


def over_azure(environment: Mapping[str, str], method: str, subscription: str) -> list[str]:
    """What else decides who one is in Azure, when the wizard signs in by `method` and works in `subscription`."""
    found = []
    if environment.get("AZURE_CLIENT_ID") and method != "environment":
        found.append("AZURE_CLIENT_ID: programs with Azure's default credential sign in as that service principal")
    if environment.get("AZURE_TENANT_ID"):
        found.append(f"AZURE_TENANT_ID: sign-ins go to tenant {environment['AZURE_TENANT_ID']}")
    named = environment.get("AZURE_SUBSCRIPTION_ID", "")
    if named and subscription and named != subscription:
        found.append(f"AZURE_SUBSCRIPTION_ID: names {named}, the wizard works in {subscription}")
    terraform = sorted(name for name in environment if name.startswith("ARM_") and environment[name])
    if terraform:
        found.append(f"{', '.join(terraform)}: terraform and the databricks command sign in to Azure by these")
    return found


def over_databricks(environment: Mapping[str, str], home: Path, host: str) -> list[str]:
    """What decides where and as whom Databricks' tools act, besides what is kept for the workspace at `host`."""
    found = []
    for name in _ADDRESSES:
        value = environment.get(name, "")
        if value and _host(value) != host:
            found.append(f"{name}: databricks and mlflow commands of this shell go to {value}")
    found += [f"{name}: wins over profiles and `az login`" for name in _CREDENTIALS if environment.get(name)]
    file = Path(environment.get(CONFIG_FILE) or home / ".databrickscfg")
    for profile, address in profiles(file).items():
        where = "this workspace" if address == host else address or "no address"
        chosen = ", taken unless another is named" if profile == configparser.DEFAULTSECT else ""
        found.append(f"profile {profile} of {file.name}: {where}{chosen}")
    return found


def over_devops(environment: Mapping[str, str]) -> list[str]:
    """What decides as whom the Azure DevOps commands act."""
    if environment.get("AZURE_DEVOPS_EXT_PAT"):
        return ["AZURE_DEVOPS_EXT_PAT: wins over `az devops login` and `az login`"]
    return []


def profiles(file: Path) -> dict[str, str]:
    """The profiles of a .databrickscfg by name, each with its host; none where the file is missing or no such file."""
    parser = configparser.ConfigParser(default_section="", interpolation=None, strict=False)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    return {name: _host(parser[name].get("host", "")) for name in parser.sections()}


def _host(address: str) -> str:
    return address.strip().removeprefix("https://").rstrip("/").lower()
