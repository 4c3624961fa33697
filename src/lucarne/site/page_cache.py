"""A one-second cache of finished pages for people who are not signed in.

When a film is talked about, thousands open one page within a second; Django then
makes it once. A page is kept only if everybody would have got the same: no cookie
came that could matter, none is set, and the page allows it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lucarne.core import clock

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Key = tuple[Any, ...]

LIFETIME_S: Final = 1.0
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_BYTES_OF_ONE: Final = 512 * 1024
# Whoever sends one of these may be told something else.
_PERSONAL: Final = {
    b"authorization", b"range", b"if-none-match", b"if-modified-since",
    b"hx-request", b"cache-control", b"x-forwarded-host",
}  # fmt: skip


@dataclass(kw_only=True)
class _Page:
    """What the pages' application said, and until when it is worth repeating."""

    start: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""
    until: float = 0.0

    @property
    def cost(self) -> int:
        """Bytes of memory, about."""
        return len(self.body) + 4096


class PageCache:
    """An ASGI application in front of another one."""

    def __init__(self, app: App, *, language_cookie: str) -> None:
        self._app = app
        self._language_cookie = language_cookie.encode()
        self._pages: OrderedDict[Key, _Page] = OrderedDict()
        self._bytes = 0
        self._making: dict[Key, asyncio.Future[_Page | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, else from the application."""
        key = self._key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        page = self._fresh(key)
        if page is None and (making := self._making.get(key)) is not None:
            # Somebody is making it right now: what she gets is fresh for us too.
            page = await asyncio.shield(making)
        if page is not None:
            await send(page.start)
            await send({"type": "http.response.body", "body": page.body})
            return
        await self._make(key, scope, receive, send)

    def _key(self, scope: Scope) -> Key | None:
        """Return all that an anonymous page depends on; None when it is personal."""
        if scope["method"] != "GET":
            return None
        host = accept_language = accept_encoding = language = b""
        for name, value in scope["headers"]:
            if name in _PERSONAL:
                return None
            if name == b"host":
                host = value
            elif name == b"accept-language":
                accept_language = value
            elif name == b"accept-encoding":
                accept_encoding = value
            elif name == b"cookie":
                known = self._language(value)
                if known is None:
                    return None
                language = known
        is_gzip = b"gzip" in accept_encoding
        where = (scope["scheme"], host, scope["path"], scope["query_string"])
        return (*where, accept_language, language, is_gzip)

    def _language(self, cookies: bytes) -> bytes | None:
        """Return the chosen language; None when there is any other cookie."""
        name, _, value = cookies.partition(b"=")
        if name.strip() != self._language_cookie or b";" in value:
            return None
        return value.strip()

    def _fresh(self, key: Key) -> _Page | None:
        page = self._pages.get(key)
        return page if page is not None and clock.monotonic() < page.until else None

    async def _make(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        made: asyncio.Future[_Page | None] = asyncio.get_running_loop().create_future()
        self._making[key] = made
        recorder = _Recorder(send, until=clock.monotonic() + LIFETIME_S)
        try:
            await self._app(scope, receive, recorder)
        finally:
            page = recorder.page()
            if self._making.get(key) is made:
                del self._making[key]
            made.set_result(page)
            if page is not None:
                self._keep(key, page)

    def _keep(self, key: Key, page: _Page) -> None:
        """Remember the page at the end; what is oldest goes first."""
        old = self._pages.pop(key, None)
        self._pages[key] = page
        self._bytes += page.cost - (old.cost if old else 0)
        while self._bytes > MOST_BYTES:
            self._bytes -= self._pages.popitem(last=False)[1].cost


class _Recorder:
    """Passes an answer on and remembers it."""

    def __init__(self, send: Send, *, until: float) -> None:
        self._send = send
        self._page = _Page(until=until)
        self._may_keep = False
        self._is_whole = False

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._page.start = message
            self._may_keep = _is_for_everybody(message)
        elif self._may_keep:
            self._page.body += message.get("body", b"")
            self._is_whole = not message.get("more_body", False)
            self._may_keep = len(self._page.body) <= MOST_BYTES_OF_ONE
        await self._send(message)

    def page(self) -> _Page | None:
        """Return what may be repeated, if anything."""
        return self._page if self._may_keep and self._is_whole else None


def _is_for_everybody(start: Mapping[str, Any]) -> bool:
    if start["status"] != 200:
        return False
    headers = {name.lower(): value for name, value in start["headers"]}
    if b"set-cookie" in headers:
        return False
    if not headers.get(b"content-type", b"").startswith(b"text/html"):
        return False
    directives = headers.get(b"cache-control", b"")
    return b"private" not in directives and b"no-" not in directives
