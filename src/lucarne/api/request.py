"""An HTTP request whose body is read as it comes, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Gone(Exception):
    """The client left, or came back by another connection."""


class Request:
    """``origin``: scheme and host, as the client wrote them."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.headers: Mapping[str, str] = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        method: str = self.headers.get("x-http-method-override") or scope["method"]
        self.method = method.strip().upper()
        self.path: str = scope["path"]
        self.origin = f"{scope['scheme']}://{self.headers.get('host', '')}"
        self._receive = receive
        self._is_over = False

    @property
    def announced_bytes(self) -> int:
        """The length of the body; 0 when it is not said."""
        length = self.headers.get("content-length", "")
        return int(length) if length.isdecimal() and len(length) < 19 else 0

    async def body(self, stopped: asyncio.Future[Any]) -> AsyncIterator[bytes]:
        """Give the body as it comes. Raises Gone when it breaks off or is stopped."""
        while not self._is_over:
            message = asyncio.ensure_future(self._receive())
            await asyncio.sleep(0)  # most pieces are here already
            if not message.done():
                await asyncio.wait(
                    {message, stopped}, return_when=asyncio.FIRST_COMPLETED
                )
            if not message.done() or stopped.done():
                message.cancel()
                raise Gone
            yield self._data(message.result())

    async def drop(self, most_bytes: int) -> None:
        """Read on for nothing: until the end, or that far."""
        try:
            while not self._is_over and most_bytes > 0:
                most_bytes -= len(self._data(await self._receive()))
        except Gone:
            return

    def _data(self, event: Mapping[str, Any]) -> bytes:
        if event["type"] == "http.disconnect":
            self._is_over = True
            raise Gone
        self._is_over = not event.get("more_body")
        data: bytes = event.get("body") or b""
        return data
