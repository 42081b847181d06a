"""Azure ML's SDK, and signing in to a workspace: as a pipeline's service connection, or as the person at this machine.

The SDK is version 1, which Microsoft no longer supports: AKS inference clusters, which the guide deploys to, exist in
no other. All of it that the jobs use is imported here and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzureCliCredential,
    ChainedTokenCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    EnvironmentCredential,
)
from azureml.core import Environment, Workspace  # lint: allow G17
from azureml.core.authentication import TokenAuthentication  # lint: allow G17
from azureml.core.compute import AksCompute, ComputeTarget  # lint: allow G17
from azureml.core.conda_dependencies import CondaDependencies  # lint: allow G17
from azureml.core.model import InferenceConfig, Model  # lint: allow G17
from azureml.core.webservice import AksWebservice, Webservice  # lint: allow G17
from azureml.exceptions import AzureMLException, ComputeTargetException, WebserviceException  # lint: allow G17

from jobs.registry import given

__all__ = [
    "AksCompute",
    "AksWebservice",
    "AzureMLException",
    "ComputeTarget",
    "ComputeTargetException",
    "CondaDependencies",
    "Environment",
    "InferenceConfig",
    "Model",
    "SignInError",
    "Webservice",
    "WebserviceException",
    "WorkspaceName",
    "open_workspace",
]

MANAGEMENT = "https://management.core.windows.net/.default"


class SignInError(Exception):
    """There is no credential, or it is refused; the message says which was tried."""


@dataclass(frozen=True, slots=True)
class WorkspaceName:
    """Where an Azure ML workspace is."""

    subscription_id: str
    resource_group: str
    workspace_name: str


class GivenToken:
    """An access token that whoever started this process had: it is not renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        """The token, whatever the scopes: it is for Azure's management, which is all that the SDK asks for."""
        return AccessToken(self._token, int(time.time()) + 300)


def credential(environment: Mapping[str, str]) -> TokenCredential:
    """A token given in AZURE_ACCESS_TOKEN, else what AzureCLI@2 hands to its script (`addSpnToEnvironment: true`), else
    azure-identity's variables or `az login`.

    The federated token of a service connection lives for minutes, so it is exchanged at once, by `open_workspace`; the
    access token that it gives lives for an hour and more, and is kept in memory.
    """
    if token := given(environment, "AZURE_ACCESS_TOKEN"):
        return GivenToken(token)
    client, tenant = given(environment, "servicePrincipalId"), given(environment, "tenantId")
    key, token = given(environment, "servicePrincipalKey"), given(environment, "idToken")
    if not client:
        return ChainedTokenCredential(EnvironmentCredential(), AzureCliCredential())
    if tenant and token:
        return ClientAssertionCredential(tenant, client, lambda: token)
    if tenant and key:
        return ClientSecretCredential(tenant, client, key)
    raise SignInError("servicePrincipalId is set, and tenantId with idToken or servicePrincipalKey is not.")


def open_workspace(name: WorkspaceName, environment: Mapping[str, str]) -> Any:
    """The workspace, signed in. SignInError where Entra refuses; AzureMLException where the workspace does."""
    signed_in = credential(environment)
    try:
        signed_in.get_token(MANAGEMENT)
    except ClientAuthenticationError as error:
        first = str(error.message).strip().splitlines()[0]
        raise SignInError(f"Azure refuses the sign-in: {first}") from error
    auth = TokenAuthentication(lambda audience: signed_in.get_token(f"{audience.rstrip('/')}/.default").token)
    return Workspace(name.subscription_id, name.resource_group, name.workspace_name, auth=auth)
