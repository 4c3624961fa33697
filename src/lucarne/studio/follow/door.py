"""The door for pages that follow work: server-sent events at /follow/<token>.

    GET /follow/<token>    200  text/event-stream: "work" with figures, then at the end
                                "end" (nothing is done any more) or "renew" (the token
                                has run out: the page gives out another one)
                           403  the token is not good, or not any more
                           429  this person listens too often already
                           503  too many listen, or the server stops

A native ASGI application: a listener costs no thread and no query, only its connection.
Whoever is refused falls back to asking the page.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from lucarne.core import clock
from lucarne.studio.follow import address
from lucarne.studio.follow.address import Ticket
from lucarne.studio.follow.watch import Listener, Look, Watch

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PREFIX: Final = address.PREFIX
HEARTBEAT_S: Final = 15.0
RETRY_MS: Final = 3000
# Tabs of one person; each keeps a connection open, of which a browser has six.
MOST_OF_ONE: Final = 8
# Below what the web server takes at once (cli.server): pages must have room beside.
MOST: Final = 256

_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    # nginx hands every event on as it comes.
    "x-accel-buffering": "no",
}


class FollowServer:
    """An ASGI application for everything below /follow/."""

    def __init__(self, look: Look) -> None:
        self._watch = Watch(look)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_stopping = False

    def stop(self) -> None:
        """End every stream, and take no more. From any thread."""
        self._is_stopping = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._send_away)

    def _send_away(self) -> None:
        for listener in self._watch.listeners:
            listener.leave()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        self._loop = asyncio.get_running_loop()
        if scope["method"] != "GET":
            await _refuse(send, 405, "Only GET works here.", allow="GET")
            return
        ticket = address.read(scope["path"], clock.now())
        if ticket is None:
            sentence = "This address is no longer valid: open the page again."
            await _refuse(send, 403, sentence)
            return
        listening = self._watch.listeners
        mine = sum(one.person_id == ticket.person_id for one in listening)
        if self._is_stopping or len(listening) >= MOST:
            again = {"retry-after": "30"}
            await _refuse(send, 503, "Too many follow work at this moment.", **again)
        elif mine >= MOST_OF_ONE:
            await _refuse(send, 429, "You follow work in too many places already.")
        else:
            await self._tell(ticket, scope, receive, send)

    async def _tell(
        self, ticket: Ticket, scope: Scope, receive: Receive, send: Send
    ) -> None:
        listener = Listener(ticket.person_id)
        self._watch.join(ticket.subject, listener)
        gone = asyncio.ensure_future(_wait_until_gone(receive))
        gone.add_done_callback(lambda _: listener.leave())
        try:
            await _start(send, 200, {"content-type": "text/event-stream", **_HEADERS})
            await _say(send, f"retry: {RETRY_MS}\n\n")
            await _Stream(listener, send, ticket.until).run(last_heard(scope))
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._watch.part(ticket.subject, listener)
            gone.cancel()


class _Stream:
    """What one listener is sent."""

    def __init__(self, listener: Listener, send: Send, until: int) -> None:
        self._listener = listener
        self._send = send
        self._ends_at = clock.monotonic() + until - clock.now().timestamp()

    async def run(self, heard: str) -> None:
        """Send what changes; ``heard`` is what the listener had when it broke off."""
        while (left := self._ends_at - clock.monotonic()) > 0:
            if not await self._has_happened(min(left, HEARTBEAT_S)):
                await _say(self._send, ": still here\n\n")
                continue
            figures = self._listener.latest
            if self._listener.has_left or figures is None:
                return
            if figures.id != heard:
                event = f"id: {figures.id}\nevent: work\ndata: {figures.text}\n\n"
                await _say(self._send, event)
                heard = figures.id
            if figures.is_over:
                await _say(self._send, "event: end\ndata:\n\n")
                return
        await _say(self._send, "event: renew\ndata:\n\n")

    async def _has_happened(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._listener.happened.wait()
        except TimeoutError:
            return False
        self._listener.happened.clear()
        return True


def last_heard(scope: Scope) -> str:
    """Return the id that a listener says it had last, "" when it says none."""
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            found: str = value.decode("latin-1")
            return found
    return ""


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, text: str) -> None:
    body = text.encode()
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


async def _refuse(send: Send, status: int, sentence: str, **headers: str) -> None:
    plain = {"content-type": "text/plain; charset=utf-8"}
    await _start(send, status, {**plain, **_HEADERS, **headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode()})
