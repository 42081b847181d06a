"""The cloud's front door: finds the service a request is for, and marks every answer as the sandbox's."""

import json
import logging
from collections.abc import Sequence

from starlette.types import Message, Receive, Scope, Send

from wizard.sandbox.service import Service

log = logging.getLogger(__name__)

MARK = (b"x-mlops-sandbox", b"1")  # on every answer; a client can tell with it that this is not the real cloud


class Front:
    """ASGI application that gives each request to the service whose hosts match its Host header."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = services

    def service_of(self, host: str) -> Service | None:
        """The service that answers for a host name, without port."""
        return next((service for service in self._services if service.hosts.fullmatch(host)), None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = False

        async def marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*message.get("headers", []), MARK]}
            await send(message)

        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower().removesuffix(":443")
        service = self.service_of(host)
        if service is None:
            await _error(marked, 421, "MisdirectedRequest", f"The sandbox cloud has no service for host '{host}'.")
            return
        try:
            await service(scope, receive, marked)
        except Exception:
            log.exception("%s https://%s%s broke", scope["method"], host, scope["path"])
            if not started:
                await _error(marked, 500, "InternalServerError", "The sandbox cloud broke; its log says where.")


async def _error(send: Send, status: int, code: str, message: str) -> None:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
