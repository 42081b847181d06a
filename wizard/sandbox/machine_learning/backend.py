"""Asking a service's server over its Unix socket.

In HTTP/1.0: the server (gunicorn's synchronous workers) closes each connection anyway, and the end of the connection
is then the end of the answer, so that nothing has to be taken apart on the way.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BackendLostError(Exception):
    """The server closed the connection before it had answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def ask(socket: Path, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send one request and read the answer. Raises BackendLostError, and OSError when nobody listens."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        sent = {**headers, "content-length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(f"{method} {path} HTTP/1.0\r\n{head}\r\n".encode("latin-1") + body)
        await writer.drain()
        return _taken_apart(await reader.read())
    except ConnectionError as error:
        raise BackendLostError from error
    finally:
        writer.close()


def _taken_apart(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    if not first.startswith(b"HTTP/"):
        raise BackendLostError
    pairs = (line.partition(b":") for line in lines)
    return Answer(int(first.split(b" ")[1]), [(name.strip().lower(), value.strip()) for name, _, value in pairs], body)
