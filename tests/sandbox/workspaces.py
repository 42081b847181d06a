"""Making a Databricks workspace in a sandbox cloud, with nothing but HTTP, so that tests start fast."""

import ssl
import time
from dataclasses import dataclass

import httpx

DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
ARM = "https://management.azure.com"


@dataclass(frozen=True)
class WorkspaceAccess:
    """A workspace that answers, and a token for it."""

    host: str  # with scheme
    workspace_id: str
    token: str


def http_client(environment: dict[str, str]) -> httpx.Client:
    """A client that sees the cloud and nothing else."""
    trust = ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
    return httpx.Client(proxy=environment["HTTPS_PROXY"], verify=trust, trust_env=False, timeout=60)


def entra_token(http: httpx.Client, environment: dict[str, str], resource: str) -> str:
    """A token of the cloud's own service principal."""
    answer = http.post(
        f"https://login.microsoftonline.com/{environment['AZURE_TENANT_ID']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": environment["AZURE_CLIENT_ID"],
            "client_secret": environment["AZURE_CLIENT_SECRET"],
            "scope": f"{resource}/.default",
        },
    )
    return str(answer.raise_for_status().json()["access_token"])


def new_workspace(environment: dict[str, str], name: str) -> WorkspaceAccess:
    """A new resource group, a workspace in it and a personal access token of that."""
    group = f"/subscriptions/{environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/rg-{name}"
    workspace = f"{ARM}{group}/providers/Microsoft.Databricks/workspaces/{name}?api-version=2024-05-01"
    provider = f"{ARM}/subscriptions/{environment['AZURE_SUBSCRIPTION_ID']}/providers/Microsoft.Databricks"
    with http_client(environment) as http:
        http.headers["Authorization"] = f"Bearer {entra_token(http, environment, ARM)}"
        _register(http, provider)
        http.put(f"{ARM}{group}?api-version=2021-04-01", json={"location": "eastus"}).raise_for_status()
        body = {
            "location": "eastus",
            "sku": {"name": "premium"},
            "properties": {"managedResourceGroupId": f"{group}-managed"},
        }
        http.put(workspace, json=body).raise_for_status()
        about = _ready(http, workspace)
        host = f"https://{about['workspaceUrl']}"
        http.headers["Authorization"] = f"Bearer {entra_token(http, environment, DATABRICKS)}"
        request = {"comment": "tests", "lifetime_seconds": 3600}
        made = http.post(f"{host}/api/2.0/token/create", json=request).raise_for_status().json()
    return WorkspaceAccess(host, about["workspaceId"], made["token_value"])


def _register(http: httpx.Client, provider: str) -> None:
    """Register a resource provider, and wait until it is."""
    http.post(f"{provider}/register?api-version=2021-04-01").raise_for_status()
    deadline = time.monotonic() + 60
    while http.get(f"{provider}?api-version=2021-04-01").raise_for_status().json()["registrationState"] != "Registered":
        if time.monotonic() > deadline:
            raise TimeoutError("the provider was not registered within 60 s")


def _ready(http: httpx.Client, address: str) -> dict[str, str]:
    """The workspace's properties once it is there; a sandbox makes one in a second or two."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        properties = http.get(address).raise_for_status().json()["properties"]
        if properties["provisioningState"] == "Succeeded":
            return dict(properties)
        time.sleep(0.05)
    raise TimeoutError("the workspace was not made within 60 s")
