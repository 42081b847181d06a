"""A service's server that another one takes the place of: what it was asked, it answers first."""

import asyncio
import os
import socket

from wizard.sandbox.machine_learning import serving
from wizard.sandbox.machine_learning.serving import Server

PATIENCE = 30.0  # seconds


class Container:
    """Stands for the process: it takes a request when it may, and answers it."""

    def __init__(self, server):
        self.may_answer = asyncio.Event()
        self._server = server

    async def listen(self):
        inherited = socket.socket(fileno=os.dup(self._server._socket.fileno()))
        return await asyncio.start_unix_server(self._serve, sock=inherited)

    async def _serve(self, reader, writer):
        await self.may_answer.wait()
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n[5.04]")
        writer.close()


async def retired_while_asked(folder, *, answers):
    """A request, and whether the server was there until it was answered."""
    server = Server(folder, {}, {}, None)
    container = Container(server)
    listening = await container.listen()
    request = asyncio.create_task(server.ask("POST", "/score", {}, b"{}"))
    await asyncio.sleep(0)  # it is on its way
    retiring = asyncio.create_task(server.retire())
    done, _ = await asyncio.wait({retiring}, timeout=0.1)
    waited = not done
    if answers:
        container.may_answer.set()
    await asyncio.wait_for(retiring, PATIENCE)
    container.may_answer.set()
    answer = await asyncio.wait_for(request, PATIENCE)
    listening.close()
    return waited, answer


def test_it_answers_before_it_ends(tmp_path):
    waited, answer = asyncio.run(retired_while_asked(tmp_path, answers=True))
    assert waited
    assert (answer.status, answer.body) == (200, b"[5.04]")


def test_its_grace_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "GRACE_SECONDS", 0.2)
    asyncio.run(retired_while_asked(tmp_path, answers=False))


def test_one_that_nobody_asks_ends_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "GRACE_SECONDS", 10 * PATIENCE)

    async def retired():
        await asyncio.wait_for(Server(tmp_path, {}, {}, None).retire(), PATIENCE)

    asyncio.run(retired())
