"""Plain requests to Azure Resource Manager, for the few calls that none of Azure's declared clients has.

They go through the same pipeline that those clients are made of (azure-core), with our limits and retries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.exceptions import ARMErrorFormat
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from wizard.clients.azure_login import ARM_SCOPE, Credential
from wizard.clients.faults import translated
from wizard.clients.limits import AZURE_CORE
from wizard.clients.subscriptions import ARM_HOST


class Arm:
    """Sends requests signed in as the credential; refusals come out as engine errors."""

    host = ARM_HOST

    def __init__(self, credential: Credential) -> None:
        self._client: ARMPipelineClient[HttpRequest, HttpResponse] = ARMPipelineClient(
            f"https://{ARM_HOST}",
            policies=[
                policies.RequestIdPolicy(),
                policies.HeadersPolicy(),
                policies.UserAgentPolicy("mlops-wizard"),
                policies.ProxyPolicy(),
                policies.RedirectPolicy(),
                policies.RetryPolicy(**AZURE_CORE),
                ARMChallengeAuthenticationPolicy(credential, ARM_SCOPE),
            ],
            **AZURE_CORE,
        )

    def send(self, method: str, path: str, version: str, body: object = None, **query: str) -> Any:
        """Send a request to a path of this api-version; the JSON of the answer, None where it has no body."""
        request = HttpRequest(method, path, params={**query, "api-version": version}, json=body)
        return self._answer(request)

    def all(self, path: str, version: str, **query: str) -> Iterator[dict[str, Any]]:
        """The items of a list, page after page."""
        request = HttpRequest("GET", path, params={**query, "api-version": version})
        while True:
            page = self._answer(request)
            yield from page["value"]
            if not page.get("nextLink"):
                return
            request = HttpRequest("GET", page["nextLink"])

    def _answer(self, request: HttpRequest) -> Any:
        with translated("Azure"):
            request.url = self._client.format_url(request.url)
            response = self._client.send_request(request)
            response.read()
            if response.status_code >= 400:
                raise HttpResponseError(response=response, error_format=ARMErrorFormat)
            return response.json() if response.content else None
