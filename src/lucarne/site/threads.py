"""A WSGI application in a pool of threads, as an ASGI application.

A finished answer leaves its thread whole: each message that a thread hands over on its
own makes it wait for the event loop, which cost a page more than its own headers and
middleware. Bodies of requests, and answers that stream, pass through piece by piece.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, cast

from a2wsgi.wsgi import Body, build_environ

from lucarne.site.disconnects import telling
from lucarne.site.page_cache import Receive, Scope, Send

Wsgi = Callable[[Any, Any], Iterable[bytes]]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What the application said: its body, or the rest of it that is still to come."""

    start: dict[str, Any]
    body: bytes = b""
    rest: Iterator[bytes] | None = None
    close: Callable[[], object]


class Threads:
    """Runs a WSGI application, one thread per answer."""

    def __init__(self, app: Wsgi, *, count: int) -> None:
        self._app: Final = app
        self._threads: Final = ThreadPoolExecutor(count, thread_name_prefix="pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; what the application raises is raised here."""
        loop = asyncio.get_running_loop()
        body: Any = Body(loop, cast("Any", telling(receive)))
        environ = build_environ(cast("Any", scope), body)
        # What one request sets (its language, say) must not reach the next.
        context = contextvars.copy_context()

        def in_thread(function: Callable[..., Any], *args: Any) -> Awaitable[Any]:
            return loop.run_in_executor(self._threads, context.run, function, *args)

        answer: _Answer = await in_thread(_ask, self._app, environ)
        await send(answer.start)
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.body})
            return
        try:
            while (piece := await in_thread(next, answer.rest, None)) is not None:
                await send(
                    {"type": "http.response.body", "body": piece, "more_body": True}
                )
            await send({"type": "http.response.body", "body": b""})
        finally:
            # Outside the context, in which an abandoned piece may still be read.
            await loop.run_in_executor(self._threads, answer.close)


def _ask(app: Wsgi, environ: Any) -> _Answer:
    start: dict[str, Any] = {}

    def start_response(status: str, headers: Iterable[tuple[str, str]]) -> None:
        start["type"] = "http.response.start"
        start["status"] = int(status.partition(" ")[0])
        start["headers"] = [
            (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1"))
            for name, value in headers
        ]

    content = app(environ, start_response)
    close = getattr(content, "close", _nothing)
    # Lists, and Django's responses that are finished, are here already.
    if not isinstance(content, list) and getattr(content, "streaming", True):
        return _Answer(start=start, rest=iter(content), close=close)
    try:
        body = b"".join(content)
    finally:
        close()
    return _Answer(start=start, body=body, close=_nothing)


def _nothing() -> None:
    """There is nothing to close."""
