"""When a request may be sent again: only where nothing can be done twice by that.

Databricks' client repeats whatever lost its connection, urllib3 (below that of Azure DevOps) whatever lost it behind a
proxy. But the answer may be what was lost, of a request that made a cluster, a token or a pipeline's run; so one that
makes something is repeated only if it cannot have arrived. Azure's own clients are as careful themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from databricks.sdk import WorkspaceClient
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError
from urllib3.util import Retry

MAKING = ("POST", "PATCH")
_NO_TUNNEL = "Tunnel connection failed"  # http.client, when a proxy refuses

Retryable = Callable[[BaseException], str | None]


class CarefulRetry(Retry):
    """urllib3's rules, of which the one for other errors than it knows minds no method."""

    def increment(self, method: str | None = None, url: str | None = None, *args: Any, **kwargs: Any) -> CarefulRetry:
        """What urllib3 calls after a request without success; raises the error of one that must not be repeated."""
        error = kwargs.get("error")
        if error is not None and method in MAKING and not never_arrived(error):
            raise error
        return super().increment(method, url, *args, **kwargs)


def repeat_with_care(sdk: WorkspaceClient) -> None:
    """Have Databricks' client ask here before it repeats a request."""
    client: Any = sdk.api_client._api_client  # the SDK has no setting for it
    client._is_retryable = carefully(client._is_retryable)


def carefully(retryable: Retryable) -> Retryable:
    """What the SDK finds worth repeating, but for requests that may have arrived and made something."""

    def reason(error: BaseException) -> str | None:
        lost = isinstance(error, requests.ConnectionError | requests.Timeout)
        return None if lost and _may_have_made_something(error) else retryable(error)

    return reason


def _may_have_made_something(error: Any) -> bool:
    method = getattr(error.request, "method", None)
    if method is not None and method not in MAKING:
        return False
    found = error.args[0] if error.args else None
    return not isinstance(error, requests.ConnectTimeout) and not never_arrived(getattr(found, "reason", found))


def never_arrived(error: object) -> bool:
    """Whether urllib3 says by this that there was no connection, neither to the service nor through a proxy."""
    # Behind a proxy it makes an error of the proxy's out of every lost answer.
    cause = error.original_error if isinstance(error, ProxyError) else error
    return isinstance(cause, NewConnectionError | ConnectTimeoutError) or _NO_TUNNEL in str(cause)
