"""The way into the sandbox cloud: an HTTP CONNECT proxy on loopback that knows the cloud's host names only.

It never dials out: a tunnel either ends at the cloud's own TLS server or is refused (RFC 9110, 9.3.6).
"""

import asyncio
import contextlib
import logging
import re
import socket
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

HEAD_LIMIT = 64 * 1024  # bytes of request line and headers
HEAD_SECONDS = 30.0
CHUNK = 256 * 1024
_LONGEST_SHOWN = 500  # characters of a request that its refusal repeats
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it
_PLAIN = re.compile(r"http://(?P<host>[^/:]+)(?::80)?(?:/|$)")


class Proxy:
    """Opens tunnels to the TLS server at `tls_port` for the hosts that `owns` knows.

    Requests for the few hosts of plain http:// go to the server at `plain_port`.
    """

    def __init__(
        self, owns: Callable[[str], bool], tls_port: int, owns_plain: Callable[[str], bool], plain_port: int
    ) -> None:
        self._owns = owns
        self._tls_port = tls_port
        self._owns_plain = owns_plain
        self._plain_port = plain_port
        self._tunnels: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client connection (the callback of `asyncio.start_server`)."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_server always runs it as a task
        self._tunnels.add(task)
        try:
            await self._answer(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            log.debug("a client went away before its tunnel was open")
        finally:
            self._tunnels.discard(task)
            writer.close()

    async def close(self) -> None:
        """End all tunnels."""
        tunnels = list(self._tunnels)
        for tunnel in tunnels:
            tunnel.cancel()
        await asyncio.gather(*tunnels, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        line = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        method, target = (line[0], line[1]) if len(line) == 3 else ("", "")
        plain = _PLAIN.match(target)
        if method != "CONNECT" and plain and self._owns_plain(plain["host"].lower()):
            await self._pass_on(reader, writer, self._plain_port, head)
            return
        refusal = self._refusal(method, target)
        if refusal:
            log.warning("refused %s %s: %s", _shown(method), _shown(target.split("?")[0]), _shown(refusal))
            await _refuse(writer, _shown(refusal))
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\nx-mlops-sandbox: 1\r\n\r\n")
        await self._pass_on(reader, writer, self._tls_port, b"")

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, first: bytes
    ) -> None:
        """Copy bytes both ways between the client and one of the cloud's own servers."""
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            inner_writer.write(first)
            asking = writer.get_extra_info("socket")
            await asyncio.gather(_copy(reader, inner_writer, asking), _copy(inner_reader, writer))
        finally:
            inner_writer.close()

    def _refusal(self, method: str, target: str) -> str:
        """Why this request gets no tunnel; empty when it gets one."""
        if method != "CONNECT":
            return "The sandbox cloud answers https:// only, through CONNECT; plain http:// at clusters alone"
        host, _, port = target.rpartition(":")
        if port != "443":
            return f"The sandbox cloud serves port 443 only, not {target}"
        if not self._owns(host.lower()):
            return f"The sandbox cloud has no host {host}, and it never connects to the outside"
        return ""


def _shown(text: str) -> str:
    """What a client sent, fit for a status line and a log: one line of ASCII, and not too long."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in text[:_LONGEST_SHOWN])


async def _refuse(writer: asyncio.StreamWriter, reason: str) -> None:
    """Say why in the status line too: most clients show nothing else of a proxy's answer."""
    body = (reason + ".\n").encode()
    head = (
        f"HTTP/1.1 403 {reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "x-mlops-sandbox: 1\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: Any = None) -> None:
    """Copy bytes until the sender is done, then tell the receiver so.

    Python's usual client (urllib3) holds a request's body back, through a proxy, until its head is acknowledged, which
    the system puts off for 40 ms; the sender's socket, where it is given, acknowledges at once.
    """
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            if sender is not None and _QUICK_ACK is not None:  # holds for a while only
                sender.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
