from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lucarne.site import page_cache
from lucarne.site.page_cache import PageCache

HTML = (b"content-type", b"text/html; charset=utf-8")
Headers = tuple[tuple[bytes, bytes], ...]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def time_of(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(page_cache, "clock", clock)
    return clock


class Pages:
    """Counts what it is asked, and answers with the count."""

    def __init__(
        self, *, status: int = 200, headers: Headers = (HTML,), parts: int = 2
    ) -> None:
        self.asked = 0
        self.status, self.headers, self.parts = status, list(headers), parts
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.asked += 1
        body = f"page {self.asked}".encode()
        await self.gate.wait()
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": self.headers,
            }
        )
        for index in range(self.parts):
            more = index + 1 < self.parts
            part = body if index == 0 else b"!"
            await send({"type": "http.response.body", "body": part, "more_body": more})


def _scope(
    path: str = "/", query: bytes = b"", method: str = "GET", **headers: str
) -> dict[str, Any]:
    named = {"host": "tv.example.org", **headers}
    return {
        "type": "http", "method": method, "scheme": "http", "path": path,
        "query_string": query,
        "headers": [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in named.items()
        ],
    }  # fmt: skip


async def _never() -> dict[str, Any]:
    raise AssertionError("nobody reads a body here")


async def _get(cache: PageCache, scope: dict[str, Any]) -> bytes:
    body = b""

    async def send(message: dict[str, Any]) -> None:
        nonlocal body
        body += message.get("body", b"")

    await cache(scope, _never, send)
    return body


def _ask(pages: Pages, *scopes: dict[str, Any]) -> list[bytes]:
    async def all_of_them() -> list[bytes]:
        cache = PageCache(pages, language_cookie="lucarne_language")
        return [await _get(cache, scope) for scope in scopes]

    return asyncio.run(all_of_them())


def test_the_second_visitor_within_a_second_gets_the_same() -> None:
    assert _ask(Pages(), _scope(), _scope()) == [b"page 1!", b"page 1!"]


def test_a_second_later_it_is_made_anew(time_of: Clock) -> None:
    pages = Pages()

    async def visit() -> list[bytes]:
        cache = PageCache(pages, language_cookie="l")
        first = await _get(cache, _scope())
        time_of.now += 0.99
        second = await _get(cache, _scope())
        time_of.now += 0.02
        return [first, second, await _get(cache, _scope())]

    assert asyncio.run(visit()) == [b"page 1!", b"page 1!", b"page 2!"]


@pytest.mark.parametrize(
    "other",
    [
        _scope("/watch/x"),
        _scope(query=b"page=2"),
        _scope(accept_language="fr"),
        _scope(accept_encoding="gzip"),
        _scope(cookie="lucarne_language=fr"),
        _scope(host="other.example.org"),
    ],
)
def test_what_a_page_depends_on(other: dict[str, Any]) -> None:
    assert _ask(Pages(), _scope(), other, other) == [b"page 1!", b"page 2!", b"page 2!"]


@pytest.mark.parametrize(
    "personal",
    [
        _scope(cookie="lucarne_session=abc"),
        _scope(cookie="lucarne_language=fr; lucarne_session=abc"),
        _scope(cookie="csrftoken=abc"),
        _scope(cookie="unknown=1"),
        _scope(authorization="Bearer x"),
        _scope(hx_request="true"),
        _scope(method="POST"),
        _scope(method="HEAD"),
    ],
)
def test_what_is_never_repeated(personal: dict[str, Any]) -> None:
    assert _ask(Pages(), personal, personal) == [b"page 1!", b"page 2!"]


@pytest.mark.parametrize(
    "pages",
    [
        Pages(status=404),
        Pages(status=302),
        Pages(headers=(HTML, (b"set-cookie", b"csrftoken=1"))),
        Pages(headers=((b"content-type", b"application/json"),)),
        Pages(headers=(HTML, (b"cache-control", b"max-age=0, no-cache"))),
        Pages(headers=(HTML, (b"cache-control", b"private"))),
    ],
)
def test_which_answers_are_not_kept(pages: Pages) -> None:
    assert _ask(pages, _scope(), _scope()) == [b"page 1!", b"page 2!"]


def _at_once(pages: Pages, count: int) -> list[bytes]:
    async def crowd() -> list[bytes]:
        pages.gate.clear()
        cache = PageCache(pages, language_cookie="l")
        visits = [asyncio.ensure_future(_get(cache, _scope())) for _ in range(count)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        pages.gate.set()
        return await asyncio.gather(*visits)

    return asyncio.run(crowd())


def test_a_crowd_makes_the_page_once() -> None:
    pages = Pages()
    assert _at_once(pages, 50) == [b"page 1!"] * 50
    assert pages.asked == 1


def test_a_crowd_before_a_page_that_is_not_kept() -> None:
    pages = Pages(status=404)
    assert len(set(_at_once(pages, 5))) == 5


def test_a_page_that_fails_does_not_block_the_next() -> None:
    calls = 0

    async def broken(*_: Any) -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError

    async def visit() -> None:
        cache = PageCache(broken, language_cookie="l")
        for _ in range(2):
            with pytest.raises(RuntimeError):
                await _get(cache, _scope())

    asyncio.run(visit())
    assert calls == 2


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 3 * 4200)
    pages = Pages()

    async def visit() -> list[bytes]:
        cache = PageCache(pages, language_cookie="l")
        for number in range(4):
            await _get(cache, _scope(f"/{number}"))
        return [await _get(cache, _scope("/3")), await _get(cache, _scope("/0"))]

    assert asyncio.run(visit()) == [b"page 4!", b"page 5!"]
