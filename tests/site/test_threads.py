"""A WSGI application behind ASGI: what it says, in which pieces, and what it leaves."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from lucarne.site.threads import Threads

SCOPE = {
    "type": "http", "http_version": "1.1", "method": "POST", "scheme": "https",
    "path": "/é", "raw_path": b"/%C3%A9", "query_string": b"a=1", "root_path": "",
    "headers": [(b"host", b"tv.example.org"), (b"x-a", b"1")],
    "client": ("127.0.0.1", 40000), "server": ("127.0.0.1", 8000),
}  # fmt: skip
SEEN: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")


class Pieces:
    """An answer that streams."""

    streaming = True

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.closed_in, self.asked = pieces, "", 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.asked += 1
            yield piece

    def close(self) -> None:
        self.closed_in = threading.current_thread().name


class Whole(Pieces):
    streaming = False


def says(content: Any) -> Callable[[Any, Any], Any]:
    def app(environ: Mapping[str, Any], start_response: Any) -> Any:
        start_response("207 Multi-Status", [("X-Path", environ["PATH_INFO"])])
        return content

    return app


def ask(app: Threads, *bodies: bytes) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    left = [
        {"type": "http.request", "body": body, "more_body": n < len(bodies)}
        for n, body in enumerate(bodies, 1)
    ]

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    async def receive() -> Mapping[str, Any]:
        return left.pop(0) if left else {"type": "http.disconnect"}

    asyncio.run(app(SCOPE, receive, send))
    return messages


@pytest.mark.parametrize(
    "content", [[b"one", b"two"], [b"onetwo"], Whole(b"one", b"two")]
)
def test_a_finished_answer_leaves_whole(content: Any) -> None:
    start, body = ask(Threads(says(content), count=1), b"")
    assert start == {
        "type": "http.response.start",
        "status": 207,
        "headers": [(b"x-path", "/é".encode())],
    }
    assert body == {"type": "http.response.body", "body": b"onetwo"}
    if isinstance(content, Whole):
        assert content.closed_in.startswith("pages")


def test_a_streaming_answer_leaves_in_pieces() -> None:
    content = Pieces(b"one", b"", b"two")
    _, *bodies = ask(Threads(says(content), count=1), b"")
    assert [one["body"] for one in bodies] == [b"one", b"", b"two", b""]
    assert [one.get("more_body", False) for one in bodies] == [True, True, True, False]
    assert content.closed_in.startswith("pages")


def test_a_piece_is_made_when_the_one_before_it_has_left() -> None:
    content = Pieces(*[b"x"] * 100)

    async def scene() -> None:
        sent = 0

        async def send(_: Mapping[str, Any]) -> None:
            nonlocal sent
            sent += 1
            if sent == 4:
                raise ConnectionError

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        with pytest.raises(ConnectionError):
            await Threads(says(content), count=2)(SCOPE, receive, send)

    asyncio.run(scene())
    assert content.asked == 3
    assert content.closed_in


def test_a_body_is_read_piece_by_piece_and_must_be_whole() -> None:
    def app(environ: Mapping[str, Any], start_response: Any) -> list[bytes]:
        read = [environ["wsgi.input"].read(2) for _ in range(3)]
        start_response("200 OK", [])
        return read

    assert ask(Threads(app, count=1), b"abc", b"de")[1]["body"] == b"abcde"
    with pytest.raises(OSError, match="the client left"):
        ask(Threads(app, count=1))


def test_what_an_answer_raises_is_raised() -> None:
    closed = Whole(b"x")
    closed.pieces = (b"x", None)  # type: ignore[assignment]
    with pytest.raises(TypeError):
        ask(Threads(says(closed), count=1), b"")
    assert closed.closed_in


def test_no_request_sees_what_another_one_set() -> None:
    def app(_: Mapping[str, Any], start_response: Any) -> list[bytes]:
        seen = SEEN.get()
        SEEN.set("something")
        start_response("200 OK", [])
        return [seen.encode()]

    threads = Threads(app, count=1)
    assert [ask(threads, b"")[1]["body"] for _ in range(2)] == [b"nothing"] * 2
