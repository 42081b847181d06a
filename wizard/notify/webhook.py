"""Posts an ending to a webhook: https alone, no redirects, a short patience, and a complaint in place of an error."""

from __future__ import annotations

import json
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from wizard.notify.endings import Ending

PATIENCE = 5.0  # seconds


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What an address is sent on to was not chosen by the person, and might not be https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none: the redirect's status is an error then."""


def body(ending: Ending, cloud: str) -> dict[str, object]:
    """What is told: `text` is what chat services show, the rest is for programs."""
    return {
        "text": ending.text,
        "what": ending.what,
        "result": ending.result,
        "seconds": round(ending.seconds, 1),
        "counts": dict(ending.counts),
        "cloud": cloud,
    }


def post(address: str, ending: Ending, cloud: str) -> str:
    """Tell the webhook; "" when it took that, else why not. The address itself is never repeated: it is a secret."""
    host = urlsplit(address).hostname
    if urlsplit(address).scheme != "https":
        return "The webhook was not told: its address is not https."
    data = json.dumps(body(ending, cloud)).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})  # noqa: S310  (https, above)
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=PATIENCE):
            return ""
    except (OSError, HTTPException, ValueError) as error:
        status = getattr(error, "code", None)
        why = f"HTTP status {status}" if status else "it does not answer"
        return f"The webhook at {host} was not told: {why}."
