"""A request that breaks off is an error, never a shorter request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class ClientGone(OSError):
    """The client left before its request was complete.

    Django turns an OSError while a body is read into UnreadablePostError.
    """


def telling(receive: Receive) -> Receive:
    """Let a body that breaks off be an error, not an early end.

    a2wsgi takes http.disconnect for the end of the body: half a film would look
    like a whole one.
    """

    async def next_message() -> Mapping[str, Any]:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("the client left before its request was complete")
        return message

    return next_message
