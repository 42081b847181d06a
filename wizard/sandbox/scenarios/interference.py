"""Answers given in place of a service's own, for trouble that no rule of a service brings about.

An answer says which requests it is for (`host`, `path`, `method`: regular expressions, all in full), how many of
them it meets (`times`; without it: all), and what they get: `wait` seconds first, then the service's own answer; or
`status`, `headers` and `body`; or, with `drop`, a connection that breaks off in the middle.
"""

import asyncio
import json
import re
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from wizard.sandbox.front import MARK
from wizard.sandbox.store import Document, Store

ANSWER = "scenario_answer"
_JSON = "application/json; charset=utf-8"


class Interference:
    """ASGI wrapper around the cloud's front door."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request the answer that is meant for it, or pass it on."""
        answer = self._take(scope)
        if answer is not None and "wait" in answer:
            await asyncio.sleep(float(answer["wait"]))
        if answer is None or "wait" in answer:
            await self._app(scope, receive, send)
            return
        while (await receive()).get("more_body"):  # most clients look at the answer only once they have sent all
            pass
        await _give(answer, send)

    def _take(self, scope: Scope) -> dict[str, Any] | None:
        """The answer for a request, counted as given."""
        for key, document in self._store.items(ANSWER):
            if not _is_for(document["answer"], scope):
                continue
            with self._store.transaction():
                fresh = self._store.get(ANSWER, key)
                if fresh is not None and _is_left(fresh):
                    self._store.put(ANSWER, key, fresh | {"given": fresh["given"] + 1})
                    return dict(fresh["answer"])
        return None


def _is_for(answer: dict[str, Any], scope: Scope) -> bool:
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower().removesuffix(":443")
    facts = {"host": host, "path": scope["path"], "method": scope["method"]}
    return all(re.fullmatch(answer[name], fact, re.IGNORECASE) for name, fact in facts.items() if name in answer)


def _is_left(document: Document) -> bool:
    times = document["answer"].get("times")
    return times is None or bool(document["given"] < times)


async def _give(answer: dict[str, Any], send: Send) -> None:
    body = answer.get("body", "")
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {"content-type": _JSON} | {name.lower(): str(value) for name, value in answer.get("headers", {}).items()}
    missing = 100 if answer.get("drop") else 0  # bytes that are promised and never come
    headers["content-length"] = str(len(content) + missing)
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.get("status", 200), "headers": [*raw, MARK]})
    # Without an end of the body the server closes the connection as soon as this returns.
    await send({"type": "http.response.body", "body": content, "more_body": bool(missing)})
