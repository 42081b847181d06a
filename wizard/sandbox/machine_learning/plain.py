"""Plain HTTP, which a Kubernetes cluster without a certificate serves at its address, as it comes through a proxy."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from wizard.sandbox.machine_learning.computes import ADDRESSES

# Through a proxy, a request for http:// names all of its address (RFC 9112, 3.2.2).
_ADDRESS = re.compile(r"http://(?P<host>[^/:]+)(?::80)?(?P<path>/.*)?")


class PlainHttp:
    """ASGI wrapper that takes the host out of the request's address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as if it had come without a proxy."""
        match = _ADDRESS.fullmatch(scope["path"])
        if match is not None:
            headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
            headers.append((b"host", match["host"].encode()))
            path = match["path"] or "/"
            scope = {**scope, "path": path, "raw_path": path.encode(), "headers": headers}
        await self._app(scope, receive, send)


def is_plain(host: str) -> bool:
    """Whether a host is served without TLS: the bare addresses of clusters."""
    return host.startswith(ADDRESSES)
