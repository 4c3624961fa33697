"""The application that the server runs, asked without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from lucarne.site.asgi import make_application

REQUEST = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/media/nothing",
    "raw_path": b"/media/nothing",
    "query_string": b"",
    "headers": [(b"host", b"127.0.0.1")],
    "client": ("127.0.0.1", 40000),
    "server": ("127.0.0.1", 8000),
}


def test_the_end_of_the_process_ends_an_answer_without_a_word() -> None:
    """Who does not read holds an answer up; the server prints what an answer raises."""

    async def scene() -> None:
        reached = asyncio.Event()

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Mapping[str, Any]) -> None:
            reached.set()
            await asyncio.Event().wait()

        asking = asyncio.ensure_future(make_application()(dict(REQUEST), receive, send))
        await asyncio.wait_for(reached.wait(), 30)
        asking.cancel()
        await asking

    asyncio.run(scene())
