"""Requests and answers of a native ASGI application, as ``tus`` reads and writes them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from io import FileIO
from typing import Any, Final

from lucarne.api import protocol

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_PIECE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Instead of a body: a file, and how many of its bytes.
    file: tuple[FileIO, int] | None = None


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


def refusal(status: int, code: str, sentence: str, **headers: str) -> Answer:
    return Answer(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=json.dumps({"code": code, "error": sentence}).encode(),
    )


async def reply(
    answer: Answer,
    send: Send,
    *,
    has_body: bool,
    in_thread: Callable[..., Awaitable[Any]],
) -> None:
    """Send it; a file is read ``in_thread``, and closed in any case."""
    file, length = answer.file or (None, len(answer.body) if has_body else 0)
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": _encoded(answer, length),
        }
    )
    left = length if file else 0
    try:
        while file and left > 0:
            data = await in_thread(file.read, min(left, _PIECE_BYTES))
            if not data:
                break
            left -= len(data)
            await send({"type": "http.response.body", "body": data, "more_body": True})
    finally:
        if file:
            file.close()
    body = b"" if file or not has_body else answer.body
    await send({"type": "http.response.body", "body": body})


def _encoded(answer: Answer, length: int) -> list[tuple[bytes, bytes]]:
    headers = {
        "tus-resumable": protocol.VERSION,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **protocol.ACROSS_SITES,
        **answer.headers,
    }
    if answer.status != 204:
        headers["content-length"] = str(length)
    return [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
