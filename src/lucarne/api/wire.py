"""Requests and answers of a native ASGI application, as ``tus`` reads and writes them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lucarne.api import protocol

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Gone(Exception):
    """The client left, or came back by another connection."""


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    origin: str  # scheme and host, as the client wrote them
    headers: Mapping[str, str]
    receive: Receive

    @classmethod
    def read(cls, scope: Scope, receive: Receive) -> Request:
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        method: str = headers.get("x-http-method-override") or scope["method"]
        return cls(
            method=method.strip().upper(),
            path=scope["path"],
            origin=f"{scope['scheme']}://{headers.get('host', '')}",
            headers=headers,
            receive=receive,
        )

    @property
    def announced_bytes(self) -> int:
        """The length of the body; 0 when it is not said."""
        length = self.headers.get("content-length", "")
        return int(length) if length.isdecimal() and len(length) < 19 else 0


async def body_of(
    receive: Receive, stopped: asyncio.Future[Any]
) -> AsyncIterator[bytes]:
    """Give the body as it comes. Raises Gone when it breaks off or is stopped."""
    while True:
        message = asyncio.ensure_future(receive())
        await asyncio.sleep(0)  # most pieces are here already
        if not message.done():
            await asyncio.wait({message, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not message.done() or stopped.done():
            message.cancel()
            raise Gone
        event = message.result()
        if event["type"] == "http.disconnect":
            raise Gone
        if event.get("body"):
            yield event["body"]
        if not event.get("more_body"):
            return


def refusal(status: int, code: str, sentence: str, **headers: str) -> Answer:
    return Answer(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=json.dumps({"code": code, "error": sentence}).encode(),
    )


async def reply(answer: Answer, send: Send, *, has_body: bool) -> None:
    body = answer.body if has_body else b""
    headers = {
        "tus-resumable": protocol.VERSION,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **answer.headers,
    }
    if answer.status != 204:
        headers["content-length"] = str(len(body))
    encoded = [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": encoded}
    )
    await send({"type": "http.response.body", "body": body})
