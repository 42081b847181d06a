"""Pages for people where a service's answer is expected: a captive portal or a gateway may give them, with status 200.

Many an operation of Azure's clients reads headers only, or nothing of an answer; to it such a page is a success.
"""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import DecodeError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy

from wizard.clients.limits import AZURE_CORE


class NoPages(SansIOHTTPPolicy[Any, Any]):
    """Refuses a page that says it is a success. It stands before the retries: such a page would only come again."""

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:  # noqa: ARG002
        """What azure-core calls with each answer."""
        answer = response.http_response
        if answer.status_code < 300 and is_page(answer.headers.get("Content-Type")):
            raise DecodeError("a web page instead of JSON", response=answer)


def is_page(content_type: str | None) -> bool:
    """Whether an answer of that type is for people."""
    return "text/html" in (content_type or "").lower()


# Options of the clients of Azure's services.
AZURE_CLIENT: dict[str, Any] = {**AZURE_CORE, "per_call_policies": NoPages()}
