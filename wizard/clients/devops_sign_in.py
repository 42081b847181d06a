"""The two ways into Azure DevOps: a token of Entra, or a personal access token of the organisation."""

from __future__ import annotations

import base64

import requests
from msrest.authentication import Authentication

from wizard.clients.azure_login import Credential
from wizard.engine.secrets import Secret

# Azure's public application id of Azure DevOps, the audience of its tokens:
# https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/service-principal-managed-identity
DEVOPS_SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"


class SignIn(Authentication):
    """Signs requests with the header that `authorization` gives."""

    def authorization(self) -> str:
        """The value of the Authorization header, as it is at this moment; git is given the same."""
        raise NotImplementedError

    def signed_session(self, session: requests.Session | None = None) -> requests.Session:
        """What msrest asks before each request."""
        session = super().signed_session(session)
        session.headers["Authorization"] = self.authorization()
        return session


class EntraSignIn(SignIn):
    """Signs each request with the token that azure-identity holds at that moment, so it never runs out."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def authorization(self) -> str:
        """A bearer's header."""
        return f"Bearer {self._credential.get_token(DEVOPS_SCOPE).token}"


class TokenSignIn(SignIn):
    """Signs each request with one personal access token."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def authorization(self) -> str:
        """The header of Basic authentication, without a name."""
        return "Basic " + base64.b64encode(f":{self._token.reveal()}".encode()).decode()
