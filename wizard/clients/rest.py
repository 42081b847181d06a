"""Plain requests to Azure's services, for the calls that none of Azure's small clients has.

They go through the same pipeline that those clients are made of (azure-core), with our limits and retries.
"""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.exceptions import ARMErrorFormat
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.clients.limits import AZURE_CORE


class Rest:
    """Sends requests to one address, signed in as the credential; refusals come out as engine errors of `service`."""

    def __init__(self, address: str, credential: Credential, scope: str, service: str) -> None:
        self._service = service
        self._client: ARMPipelineClient[HttpRequest, HttpResponse] = ARMPipelineClient(
            address,
            policies=[
                policies.RequestIdPolicy(),
                policies.HeadersPolicy(),
                policies.UserAgentPolicy("mlops-wizard"),
                policies.ProxyPolicy(),
                policies.RedirectPolicy(),
                policies.RetryPolicy(**AZURE_CORE),
                ARMChallengeAuthenticationPolicy(credential, scope),
            ],
            **AZURE_CLIENT,
        )

    def send(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """Send a request to a path, or a whole address; the JSON of the answer, None where it has no body."""
        request = HttpRequest(method, path, params=query, json=body)
        with translated(self._service):
            request.url = self._client.format_url(request.url)
            response = self._client.send_request(request)
            response.read()
            if response.status_code >= 400:
                raise HttpResponseError(response=response, error_format=ARMErrorFormat)
            return response.json() if response.content else None
