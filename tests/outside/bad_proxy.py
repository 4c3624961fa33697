"""A proxy as people have them: it cuts large bodies, and loses requests now and then."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import Iterator
from random import Random


class BadProxy:
    """Passes requests on, one for each connection, except for those that it loses.

    Of ``one_in`` requests one is lost at random, in the middle of its body or of its
    answer; a body over ``most_bytes`` is never passed on whole.
    """

    def __init__(self, behind: int, *, one_in: int, most_bytes: int, seed: int) -> None:
        self.behind = behind
        self.one_in = one_in
        self.most_bytes = most_bytes
        self.random = Random(seed)
        self.lost = self.cut = self.passed = 0
        self.carried = 0  # bytes of bodies, also of those that came to nothing
        self.port = 0

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await stop.wait()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._pass_on(reader, writer)
        writer.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        length = int(found[1]) if found else 0
        head = re.sub(rb"(?i)\r\n(connection|keep-alive):[^\r]*", b"", head)
        head = head[:-2] + b"Connection: close\r\n\r\n"
        most = length
        is_lost_behind = False
        if length > self.most_bytes:
            self.cut += 1
            most = self.most_bytes
        elif self.random.randrange(self.one_in) == 0:
            self.lost += 1
            is_lost_behind = self.random.random() < 0.5
            most = length if is_lost_behind else int(length * self.random.random())
        else:
            self.passed += 1
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.behind)
        try:
            up_writer.write(head)
            sent = 0
            while sent < most:
                data = await reader.read(min(65_536, most - sent))
                if not data:
                    return
                up_writer.write(data)
                await up_writer.drain()
                sent += len(data)
                self.carried += len(data)
            if most < length:
                return
            if is_lost_behind:
                await up_reader.read(1)  # it was done, and nobody will hear of it
                return
            while data := await up_reader.read(65_536):
                writer.write(data)
                await writer.drain()
        finally:
            up_writer.close()


@contextlib.contextmanager
def bad_proxy(
    behind: int, *, one_in: int = 5, most_bytes: int, seed: int = 1
) -> Iterator[BadProxy]:
    """Run one before the server at port ``behind``, in a thread of its own."""
    proxy = BadProxy(behind, one_in=one_in, most_bytes=most_bytes, seed=seed)
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(proxy.serve(ready, stop)), daemon=True
    )
    thread.start()
    ready.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
