"""What one process serves: media natively, pages by Django, a second of memory.

    request ─▶ /media/ ─▶ playback.media_server
            ├▶ /follow/ ─▶ studio.follow.door
            └▶ trusted proxies ─▶ /uploads/ ─▶ api.tus
                               └▶ the rest ─▶ page cache ─▶ WSGI in threads ─▶ Django

Django runs under WSGI in a pool of threads, since its own ASGI handler costs about
twice as much per page and reads whole files into memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Final

# Before Django is touched by anything below.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucarne.site.settings")  # noqa: TID251

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from lucarne.api.tus import PREFIX as UPLOADS, TusServer
from lucarne.core import conf
from lucarne.playback.media_server import PREFIX, MediaServer
from lucarne.site.page_cache import App, PageCache, Receive, Scope, Send
from lucarne.site.proxies import believed, networks
from lucarne.site.threads import Threads
from lucarne.studio.follow import figures
from lucarne.studio.follow.door import PREFIX as FOLLOW, FollowServer

THREADS: Final = 12

# Of this process, so that whoever ends it can end the streams first.
following: Final = FollowServer(figures.look)


def make_application() -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Compose the application from the settings."""
    trusted = networks(conf.get().server.trusted_proxies)
    django = Threads(get_wsgi_application(), count=THREADS)
    pages: App = PageCache(django, language_cookie=settings.LANGUAGE_COOKIE_NAME)
    media = MediaServer()
    tus = TusServer(session_cookie=settings.SESSION_COOKIE_NAME)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # Only the end of the process cancels an answer: nobody waits for it any more,
        # and the server would print where it was.
        with contextlib.suppress(asyncio.CancelledError):
            await find(scope, receive, send)

    async def find(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, at_end=media.close)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"].startswith(PREFIX):
            await media(scope, receive, send)
        elif scope["path"].startswith(FOLLOW):
            await following(scope, receive, send)
        elif f"{scope['path']}/".startswith(UPLOADS):
            await tus(believed(scope, trusted), receive, send)
        else:
            await pages(believed(scope, trusted), receive, send)

    return answer


async def _lifespan(
    receive: Receive, send: Send, *, at_end: Callable[[], Awaitable[None]]
) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await at_end()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = make_application()
