"""Another server on the loopback, which behaves as a test wants it to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FilmServer:
    """Serves ``data`` at /film.mp4; what it does wrong is a setting."""

    data: bytes = b""
    etag: str = '"1"'
    cut_after: int = 0  # bytes of one answer, then the connection breaks
    says_length: bool = True
    knows_ranges: bool = True
    moved_to: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)  # of the next answers
    content_type: str = "video/mp4"
    asked: list[tuple[str, str]] = field(default_factory=list)  # path and Range
    pages: dict[str, bytes] = field(default_factory=dict)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving() -> Iterator[FilmServer]:
    one = FilmServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            answer(one, self)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()


def answer(one: FilmServer, to: BaseHTTPRequestHandler) -> None:
    one.asked.append((to.path, to.headers.get("Range", "")))
    if one.statuses:
        status = one.statuses.pop(0)
        to.send_response(status)
        to.send_header("Content-Length", "0")
        to.end_headers()
        return
    if to.path in one.moved_to:
        to.send_response(302)
        to.send_header("Location", one.moved_to[to.path])
        to.end_headers()
        return
    data = one.pages.get(to.path, one.data)
    start = 0
    given = to.headers.get("Range", "")
    if one.knows_ranges and given and to.headers.get("If-Range") == one.etag:
        start = int(given.removeprefix("bytes=").rstrip("-"))
        to.send_response(206)
        span = f"bytes {start}-{len(data) - 1}/{len(data)}"
        to.send_header("Content-Range", span)
    else:
        to.send_response(200)
    body = data[start:]
    to.send_header("Content-Type", one.content_type)
    if one.etag:
        to.send_header("ETag", one.etag)
    if one.says_length:
        to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body[: one.cut_after] if one.cut_after else body)
