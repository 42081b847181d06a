"""A proxy on loopback between clients and a sandbox cloud: it reads every request, and may spoil its answer.

It ends TLS with certificates of the sandbox's own authority and passes requests on through the sandbox's own proxy, so
a client is put behind it by the environment alone.
"""

import contextlib
import http.client
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tests.chaos.matrix.exchange import Answer, BrokenOff, Request, Silence
from wizard.sandbox.certificates import CertificateAuthority

HOP_BY_HOP = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "content-length", "expect"}
BODILESS = (204, 304)
PATIENCE = 120.0  # seconds: the longest that a service, or a silence, takes
FRESH = 30.0  # seconds for which a connection to the sandbox is used again
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s; closing then resets the connection


class Meddler(Protocol):
    """Who decides what becomes of requests."""

    def refuses(self, host: str) -> bool:
        """Whether a new connection to that host is refused."""

    def answer(self, request: Request, ask: Callable[[], Answer]) -> Answer:
        """The answer to a request, for which the service may be asked; may raise BrokenOff or Silence."""


class Between:
    """Stands before the sandbox cloud in that folder, whose proxy listens at `port`. Use as a context manager."""

    def __init__(self, sandbox: Path, port: int, meddler: Meddler) -> None:
        self.meddler = meddler
        self.over = threading.Event()
        self.port = port
        self._authority = CertificateAuthority(sandbox / "ca")
        self._making = threading.Lock()
        self.trust = ssl.create_default_context(cafile=str(self._authority.bundle))
        between = self

        class Handler(_Connection):
            owner = between

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None

    def __enter__(self) -> "Between":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def environment(self, of_sandbox: dict[str, str]) -> dict[str, str]:
        """The sandbox's own environment, but through here."""
        here = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {name: here if name.lower() in ("https_proxy", "http_proxy") else value
                for name, value in of_sandbox.items()}  # fmt: skip

    def certificate_of(self, host: str) -> ssl.SSLContext:
        """The TLS context that answers for a host."""
        with self._making:
            return self._authority.context_of(host)


class _Connection(BaseHTTPRequestHandler):
    """One connection of a client: usually a tunnel, and in it requests to one host."""

    owner: Between
    protocol_version = "HTTP/1.1"
    host = ""
    _service: http.client.HTTPConnection | None = None
    _used = 0.0

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle_one_request(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if hasattr(socket, "TCP_QUICKACK"):  # urllib3 holds a body back until its head is acknowledged
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            super().handle_one_request()
            return
        self.close_connection = True

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.wfile.close()
        self.rfile.close()
        self.connection.close()
        if self._service is not None:
            self._service.close()

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def do_CONNECT(self) -> None:
        self.host = self.path.rpartition(":")[0].lower()
        if self.owner.meddler.refuses(self.host):
            self.connection.sendall(b"HTTP/1.1 502 Connection refused\r\nContent-Length: 0\r\n\r\n")
            self.close_connection = True
            return
        self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.connection = self.owner.certificate_of(self.host).wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.close_connection = False

    def exchange(self) -> None:
        """Take one request, and give the answer that becomes of it."""
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP]
        host = self.host or urlsplit(self.path).hostname or ""
        named = {name.lower(): value for name, value in headers}
        request = Request(self.command, host, self.path, named, self._body())
        try:
            self._give(self.owner.meddler.answer(request, lambda: self._ask(request, headers)))
        except BrokenOff:
            self._reset()
        except Silence:
            self._be_silent()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = exchange  # noqa: N815 - as above

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(parts)

    def _ask(self, request: Request, headers: list[tuple[str, str]]) -> Answer:
        """Pass the request on to the sandbox cloud."""
        service = self._connection_to_sandbox()
        service.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            service.putheader(name, value)
        if request.body or request.method in ("POST", "PUT", "PATCH"):
            service.putheader("Content-Length", str(len(request.body)))
        service.endheaders(request.body or None)
        answer = service.getresponse()
        body = answer.read()
        self._used = time.monotonic()
        kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP)
        length = int(answer.headers.get("Content-Length") or 0) if request.method == "HEAD" else None
        return Answer(answer.status, kept, body, length)

    def _connection_to_sandbox(self) -> http.client.HTTPConnection:
        if self._service is not None and time.monotonic() - self._used < FRESH:
            return self._service
        here = ("127.0.0.1", self.owner.port)
        if self.host:
            self._service = http.client.HTTPSConnection(*here, timeout=PATIENCE, context=self.owner.trust)
            self._service.set_tunnel(self.host, 443)
        else:
            self._service = http.client.HTTPConnection(*here, timeout=PATIENCE)
        return self._service

    def _give(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        promised = len(answer.body) if answer.promised is None else answer.promised
        if answer.status not in BODILESS:
            self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()
        if promised > len(answer.body) and self.command != "HEAD":
            self._reset()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close_connection = True

    def _be_silent(self) -> None:
        """Until the client closes the connection, or the test is over."""
        self.close_connection = True
        self.connection.settimeout(0.5)
        end = time.monotonic() + PATIENCE
        while not self.owner.over.is_set() and time.monotonic() < end:
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return
