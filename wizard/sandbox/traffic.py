"""The record of every exchange with the sandbox cloud: one JSON line each, without secrets.

The lines hold method, url, request_headers, request_body, status, response_headers and response_body.
Bodies are parsed JSON, or text; for binary or very large bodies the line says how many bytes there were.
"""

import json
import os
import queue
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wizard.sandbox import redaction

BODY_LIMIT = 4 * 1024 * 1024  # bytes kept of one body; the record of a longer one is its size
_SCORING = "/api/v1/service/"  # calls of deployed services: many, and what they say is the callers' own

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Body:
    """A body, unless it is too long to keep, and its length."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    limit: int = BODY_LIMIT

    def add(self, data: bytes) -> None:
        """Take the next piece."""
        self.size += len(data)
        if self.size <= self.limit:
            self.parts.append(data)
        else:
            self.parts.clear()

    @property
    def complete(self) -> bool:
        """Whether all of it was kept."""
        return self.size <= self.limit


@dataclass(slots=True)
class Exchange:
    """One request and its answer, as they pass by."""

    method: str
    url: str
    query: str
    request_headers: RawHeaders
    request_body: Body = field(default_factory=Body)
    status: int = 0
    response_headers: RawHeaders = field(default_factory=list)
    response_body: Body = field(default_factory=Body)

    def record(self) -> dict[str, Any]:
        """The line of the log, redacted."""
        request_headers, response_headers = _headers(self.request_headers), _headers(self.response_headers)
        query = redaction.query(self.query)
        vault = ".vault.azure.net/" in self.url or self.url.endswith("/api/2.0/secrets/get")
        return {
            "method": self.method,
            "url": self.url + (f"?{query}" if query else ""),
            "request_headers": redaction.headers(request_headers),
            "request_body": _content(self.request_body, request_headers.get("content-type", ""), vault=vault),
            "status": self.status,
            "response_headers": redaction.headers(response_headers),
            "response_body": _content(self.response_body, response_headers.get("content-type", ""), vault=vault),
        }


def _headers(raw: RawHeaders) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _content(body: Body, content_type: str, *, vault: bool) -> Any:
    """A body as the log shows it: JSON, text, or its size in words; `vault`: it may be a key vault's secret."""
    if not body.size:
        return None
    kind = content_type.split(";")[0].strip().lower()
    readable = not kind or kind.startswith("text/") or kind.endswith(("json", "xml", "x-www-form-urlencoded"))
    if not body.complete or not readable:
        return f"[{body.size} bytes]"
    try:
        text = b"".join(body.parts).decode()
    except UnicodeDecodeError:
        return f"[{body.size} bytes]"
    if kind.endswith("x-www-form-urlencoded"):
        return redaction.form(text)
    if kind.endswith("json") or (not kind and text[:1] in "{["):
        try:
            found = json.loads(text)
            return redaction.secret_values(found) if vault else redaction.document(found)
        except ValueError:
            return redaction.text(text)
    return redaction.text(text)


class TrafficLog:
    """Writes exchanges in a thread of its own, so that no answer waits for the disk."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._waiting: queue.SimpleQueue[Exchange | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="traffic log", daemon=True)
        self._thread.start()

    def add(self, exchange: Exchange) -> None:
        """Take one finished exchange."""
        self._waiting.put(exchange)

    def close(self) -> None:
        """Write what is waiting, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            while (exchange := self._waiting.get()) is not None:
                out.write(json.dumps(exchange.record(), separators=(",", ":")) + "\n")
                out.flush()


class Recorder:
    """ASGI wrapper that hands each exchange to the traffic log once its answer is complete."""

    def __init__(self, app: ASGIApp, log: TrafficLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on unchanged, and keep a copy."""
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        exchange = Exchange(
            scope["method"], f"https://{host}{path}", scope["query_string"].decode("latin-1"), scope["headers"]
        )
        if path.startswith(_SCORING):
            exchange.request_body.limit = exchange.response_body.limit = 0

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                exchange.request_body.add(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.response_headers = list(message.get("headers", []))
            elif message["type"] == "http.response.body":
                exchange.response_body.add(message.get("body", b""))
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._log.add(exchange)

        await self._app(scope, receiving, sending)
