"""A proxy on loopback behind which every host misbehaves as a test wants: slow, broken, refusing, foreign."""

import contextlib
import json
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import responses
from pathlib import Path

import trustme

TENANT = "11111111-1111-1111-1111-111111111111"


@dataclass(frozen=True)
class Answer:
    """What a faulty host says. `cut` closes the connection that many bytes before the promised end."""

    status: int
    body: str
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    cut: int = 0


Behaviour = Callable[[str, str, str], Answer | None]  # method, host, path -> answer; None: never answer


class FaultyInternet:
    """A CONNECT proxy that ends TLS for any host and answers by a behaviour. Use as a context manager."""

    def __init__(self, folder: Path, behaviour: Behaviour) -> None:
        self._ca = trustme.CA()
        self._bundle = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self._bundle))
        self._over = threading.Event()
        internet = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    internet._serve(self.request, behaviour)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> "FaultyInternet":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """What sends a client here, with a service principal to sign in with."""
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        bundle = str(self._bundle)
        return {
            "HTTPS_PROXY": proxy,
            "HTTP_PROXY": proxy,
            "NO_PROXY": "localhost,127.0.0.1",
            "REQUESTS_CA_BUNDLE": bundle,
            "SSL_CERT_FILE": bundle,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222",
            "AZURE_CLIENT_SECRET": "a-client-secret-for-tests",
            "AZURE_SUBSCRIPTION_ID": "33333333-3333-3333-3333-333333333333",
        }

    def _serve(self, raw: socket.socket, behaviour: Behaviour) -> None:
        host = _read_head(raw).split()[1].partition(":")[0]
        raw.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(host).configure_cert(context)
        with context.wrap_socket(raw, server_side=True) as stream:
            head = _read_request(stream)
            method, path = head.split()[:2]
            answer = behaviour(method, host, path)
            if answer is None:
                self._over.wait()
                return
            body = answer.body.encode()
            lines = [f"HTTP/1.1 {answer.status} {responses[answer.status]}", f"Content-Type: {answer.kind}"]
            lines += [f"{name}: {value}" for name, value in answer.headers]
            lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
            stream.sendall("\r\n".join(lines).encode() + body[: len(body) - answer.cut])


def _read_request(stream: socket.socket) -> str:
    """The head of a request whose body is heard out: closing on unread bytes would reset the connection."""
    head = _read_head(stream)
    length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
    missing = int(length[1]) - len(head.partition("\r\n\r\n")[2].encode()) if length else 0
    while missing > 0 and (piece := stream.recv(65536)):
        missing -= len(piece)
    return head


def _read_head(stream: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(65536)
        if not piece:
            break
        data += piece
    return data.decode(errors="replace")


def sign_in(method: str, host: str, path: str) -> Answer | None:
    """A working login host, so that a test reaches the faulty one behind it."""
    base = f"https://{host}/{TENANT}"
    if "openid-configuration" in path:
        endpoints = {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
        }
        return Answer(200, json.dumps(endpoints))
    if "/discovery/instance" in path:
        entry = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        document = f"{base}/v2.0/.well-known/openid-configuration"
        known = {"tenant_discovery_endpoint": document, "api-version": "1.1", "metadata": [entry]}
        return Answer(200, json.dumps(known))
    token = {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": "e30.e30.e30"}
    return Answer(200, json.dumps(token))
