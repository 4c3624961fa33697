"""The door for media: manifests, segments, pictures, and the film as one MP4.

    /media/<token>/<asset>/main.m3u8 | manifest.mpd | film.mp4
    /media/<token>/<asset>/<plan>/<track>/index.m3u8 | iframes.m3u8
    /media/<token>/<asset>/<plan>/<track>/init.mp4 | <number>.m4s
    /media/<token>/<asset>/captions/<name>.vtt | <name>.m3u8 | <name>-timed.vtt
    /media/<token>/<asset>/posters/<name>/poster.jpg | thumb-…jpg
    /media/<token>/<asset>/<plan>/poster.jpg | thumb-…jpg | storyboard.vtt | storyboard/<n>.jpg

A native ASGI application: no Django request, no query but one per film and second.
Whole files leave by the server's pathsend extension, ranges in pieces read by
threads. Several ranges at once are answered with the whole (RFC 9110, 14.2).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lucarne.core import clock
from lucarne.core.storage import BadKey, NotStored, get_store
from lucarne.media.queries import PlayState
from lucarne.playback import ranges, tokens
from lucarne.playback.films import Films, Manifest, PlainFilm, fresh
from lucarne.playback.meter import Meter
from lucarne.playback.ranges import Content, File, Piece, Text

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PREFIX: Final = "/media/"
THREADS: Final = 6
CHUNK_BYTES: Final = 256 * 1024

# A segment never changes under its address. Browsers keep it for good; caches in
# between ask again after a minute (and hear 304), so that they close with the film.
_FOREVER: Final = "public, max-age=31536000, s-maxage=60, immutable"
# A better poster could replace the first one, where they had no names.
_PICTURE: Final = "public, max-age=600, s-maxage=60"
# Grows while the film is encoded, and drops the original when the ladder is ready.
_MANIFEST: Final = "public, max-age=1"
_PLAIN: Final = "no-cache"
_NEVER: Final = "no-store"
_NOTHING: Final = Text(b"")

_PATH: Final = re.compile(
    r"/media/(?P<token>[0-9A-Za-z_-]{1,64})/(?P<asset>[a-z]{3}_[0-9A-Za-z]{1,40})/"
    r"(?P<rest>[0-9A-Za-z_./-]{1,200})"
)
_NAME: Final = r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,63}"
_MANIFESTS: Final = re.compile(
    rf"main\.m3u8|manifest\.mpd|{_NAME}/{_NAME}/(?:index|iframes)\.m3u8"
    rf"|(?P<text>captions/{_NAME}\.(?:vtt|m3u8))"
)
_STILL: Final = r"(?:poster|thumb-[0-9]{1,4})\.jpg"
_STILLS: Final = re.compile(rf"(?:posters/)?{_NAME}/{_STILL}")
_FILES: Final = re.compile(
    rf"(?P<poster>posters/{_NAME}/{_STILL})"
    rf"|{_NAME}/(?:(?P<segment>{_NAME}/(?:init\.mp4|[0-9]{{1,9}}\.m4s))"
    rf"|{_STILL}|storyboard\.vtt|storyboard/[0-9]{{1,6}}\.jpg)"
)
_TYPES: Final = {
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    "jpg": "image/jpeg",
    "vtt": "text/vtt; charset=utf-8",
}
# Players of others may read everything that they have an address for.
_OPEN: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Length, Content-Range, ETag, Date",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}
_PREFLIGHT: Final = {
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": "Range, If-None-Match, If-Range, Cache-Control",
    "access-control-max-age": "86400",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request gets, before its method, conditions and range are looked at."""

    status: int = 200
    media_type: str = "text/plain; charset=utf-8"
    cache: str = _NEVER
    etag: str = ""
    content: Content = _NOTHING
    headers: Mapping[str, str] = field(default_factory=dict)
    has_ranges: bool = False


def _refusal(status: int, sentence: str, **headers: str) -> Answer:
    return Answer(
        status=status, content=Text(f"{sentence}\n".encode()), headers=headers
    )


_NOT_THERE: Final = _refusal(404, "There is nothing at this address.")
_CLOSED: Final = _refusal(
    403, "This address is no longer valid: open the film's page again."
)
_METHOD: Final = _refusal(405, "Only GET and HEAD work here.", allow="GET, HEAD")


class MediaServer:
    """An ASGI application for everything below /media/."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="media")
        self._films = Films(self._threads)
        self._meter = Meter()

    async def close(self) -> None:
        """Write down what was counted and not yet written."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, fresh, self._meter.write)

    def forget(self) -> None:
        """Drop what is kept in memory."""
        self._films = Films(self._threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        method = scope["method"]
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        if method == "OPTIONS":
            answer = Answer(status=204, headers=_PREFLIGHT)
        elif method not in {"GET", "HEAD"}:
            answer = _METHOD
        else:
            answer = await self._find(scope["path"], headers)
        reply = _Reply(scope, receive, send, self._threads)
        await reply.send_answer(answer, headers)
        if reply.sent_bytes and (match := _PATH.fullmatch(scope["path"])):
            self._meter.add(match["asset"], reply.sent_bytes)
            if self._meter.is_due:
                await self.close()

    async def _find(self, path: str, headers: Mapping[str, str]) -> Answer:
        match = _PATH.fullmatch(path)
        if match is None:
            return _NOT_THERE
        # A poster's address, which lists show to everybody, opens nothing else.
        of_stills = _STILLS.fullmatch(match["rest"]) is not None
        epoch = tokens.verify(
            match["token"], match["asset"], clock.now(), of_stills=of_stills
        )
        if epoch is None:
            return _CLOSED
        film = await self._films.state(match["asset"], epoch=epoch)
        if film is None:
            return _NOT_THERE
        if film.epoch != epoch:
            return _CLOSED
        return await self._of_film(film, match["rest"], headers)

    async def _of_film(
        self, film: PlayState, rest: str, headers: Mapping[str, str]
    ) -> Answer:
        answer: Answer | None = None
        if named := _MANIFESTS.fullmatch(rest):
            coding = _coding(headers.get("accept-encoding", ""))
            manifest = await self._films.manifest(film, rest, coding)
            # Another text has another name.
            cache = _FOREVER if named["text"] else _MANIFEST
            answer = _manifest_answer(manifest, cache) if manifest else None
        elif rest == "film.mp4":
            plain = await self._films.plain_film(film)
            answer = _plain_answer(plain) if plain else None
        elif file := _FILES.fullmatch(rest):
            cache = _FOREVER if file["segment"] or file["poster"] else _PICTURE
            answer = await self._stored(f"films/{film.asset_id}/{rest}", cache)
        return answer or _NOT_THERE

    async def _stored(self, key: str, cache: str) -> Answer | None:
        loop = asyncio.get_running_loop()
        try:
            file, etag = await loop.run_in_executor(self._threads, _look_up, key)
        except (NotStored, BadKey):
            return None
        return Answer(
            media_type=_TYPES[key.rpartition(".")[2]],
            cache=cache,
            etag=etag,
            content=file,
            has_ranges=True,
        )


def _look_up(key: str) -> tuple[File, str]:
    path = get_store().local_path(key)
    try:
        found = path.stat()
    except FileNotFoundError:
        raise NotStored(key) from None
    return File(path, found.st_size), f'"{found.st_size:x}-{found.st_mtime_ns:x}"'


def _plain_answer(plain: PlainFilm) -> Answer:
    return Answer(
        media_type="video/mp4",
        cache=_PLAIN,
        etag=plain.etag,
        content=plain.content,
        has_ranges=True,
    )


def _manifest_answer(manifest: Manifest, cache: str) -> Answer:
    extra, coding = {"vary": "Accept-Encoding"}, manifest.coding
    if coding:
        extra["content-encoding"] = coding
    return Answer(
        media_type=manifest.media_type,
        cache=cache,
        etag=f'"{manifest.etag}{f"-{coding}" if coding else ""}"',
        content=Text(manifest.body),
        headers=extra,
    )


def _coding(accepted: str) -> str:
    return next((name for name in ("br", "gzip") if _accepts(accepted, name)), "")


def _accepts(header: str, coding: str) -> bool:
    for offer in header.split(","):
        name, _, weight = offer.partition(";")
        if name.strip().lower() == coding:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


class _Reply:
    """Sends one answer."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, threads: ThreadPoolExecutor
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._threads = threads
        self.sent_bytes = 0  # of a film, without headers

    async def send_answer(self, answer: Answer, asked: Mapping[str, str]) -> None:
        """Apply conditions and range, then send what is left of the answer."""
        headers = {**_OPEN, **answer.headers, "cache-control": answer.cache}
        if answer.status == 204:
            await self._start(204, headers)
            await self._body(b"", is_last=True)
            return
        headers["content-type"] = answer.media_type
        if answer.etag:
            headers["etag"] = answer.etag
            if ranges.matches(asked.get("if-none-match"), answer.etag):
                del headers["content-type"]
                await self._start(304, headers)
                await self._body(b"", is_last=True)
                return
        size = answer.content.size
        status, start, end = answer.status, 0, size
        if answer.has_ranges:
            headers["accept-ranges"] = "bytes"
            try:
                wanted = ranges.parse(_range_header(asked, answer.etag), size)
            except ranges.Unsatisfiable:
                headers |= {"content-range": f"bytes */{size}", "cache-control": _NEVER}
                status, end = 416, 0
            else:
                if wanted is not None:
                    status, (start, end) = 206, wanted
                    headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
        headers["content-length"] = str(end - start)
        await self._start(status, headers)
        if self._scope["method"] == "HEAD" or start == end:
            await self._body(b"", is_last=True)
            return
        await self._content(answer.content, start, end)
        if status < 300:
            self.sent_bytes = end - start

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send(
            {"type": "http.response.start", "status": status, "headers": encoded}
        )

    async def _body(self, data: bytes, *, is_last: bool) -> None:
        await self._send(
            {"type": "http.response.body", "body": data, "more_body": not is_last}
        )

    async def _content(self, content: Content, start: int, end: int) -> None:
        if isinstance(content, Text):
            await self._body(content.body[start:end], is_last=True)
        elif (
            isinstance(content, File)
            and end - start == content.size
            and self._has_pathsend()
        ):
            await self._send(
                {"type": "http.response.pathsend", "path": str(content.path)}
            )
        else:
            await self._stream(content.cut(start, end))

    def _has_pathsend(self) -> bool:
        return "http.response.pathsend" in (self._scope.get("extensions") or {})

    async def _stream(self, pieces: Iterable[Piece]) -> None:
        """Send file contents in chunks, until the client has left."""
        gone = asyncio.ensure_future(self._wait_until_gone())
        loop = asyncio.get_running_loop()
        try:
            for piece in pieces:
                if isinstance(piece, bytes):
                    await self._body(piece, is_last=False)
                    continue
                position, stop = piece.offset, piece.offset + piece.size
                while position < stop and not gone.done():
                    count = min(CHUNK_BYTES, stop - position)
                    data = await loop.run_in_executor(
                        self._threads, _read, piece.path, position, count
                    )
                    await self._body(data, is_last=False)
                    position += count
                if gone.done():
                    return
            await self._body(b"", is_last=True)
        finally:
            gone.cancel()

    async def _wait_until_gone(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return


def _range_header(asked: Mapping[str, str], etag: str) -> str | None:
    """Return the Range that counts: none when If-Range names another version."""
    condition = asked.get("if-range")
    if condition is not None and condition.strip() != etag:
        return None
    return asked.get("range")


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) < size:
        raise EOFError(f"{path} is shorter than the index says")
    return data
