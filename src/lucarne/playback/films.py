"""What the media server keeps in memory: each film's state for a second, manifests.

Everything is touched on the event loop only; the database is asked in threads. Many
requests for one thing at once make one query (the first asks, the others wait).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import brotli
from django.db import close_old_connections

from lucarne.catalog.caption_queries import CaptionView, shown_captions
from lucarne.core import clock
from lucarne.core.storage import get_store
from lucarne.media import keys, queries, texts
from lucarne.media.queries import PlayState
from lucarne.playback.ranges import Chain
from lucarne_engine.captions import webvtt
from lucarne_engine.manifest import dash, hls
from lucarne_engine.package import progressive
from lucarne_engine.package.index import FilmIndex, TextIndex, TrackIndex

# How long a closed film may still answer, and how old a growing manifest may be.
STATE_S: Final = 1.0
TEXTS: Final = "captions"
_TIMED: Final = "-timed"
# Without a script nobody adapts: a picture that most lines carry.
PLAIN_HEIGHT: Final = 720

_Value = TypeVar("_Value")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A text ready to be sent in one coding: "" (as it is), "gzip" or "br"."""

    media_type: str
    coding: str
    etag: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class PlainFilm:
    """film.mp4: computed bytes, then files that exist."""

    etag: str
    content: Chain


class Recent(Generic[_Value]):
    """The last ``size`` answers by key; one maker per key at a time."""

    def __init__(self, size: int, *, lifetime_s: float | None = None) -> None:
        self._size = size
        self._lifetime_s = lifetime_s
        self._kept: OrderedDict[Hashable, tuple[float, _Value]] = OrderedDict()
        self._making: dict[Hashable, asyncio.Task[_Value]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[_Value]]) -> _Value:
        """Return the answer that is kept, else the one that ``make`` gives."""
        kept = self._kept.get(key)
        if kept is not None and clock.monotonic() < kept[0]:
            self._kept.move_to_end(key)
            return kept[1]
        task = self._making.get(key)
        if task is None:
            task = asyncio.ensure_future(self._make(key, make))
            self._making[key] = task
        # One impatient client must not take the answer away from the others.
        return await asyncio.shield(task)

    def forget(self, key: Hashable) -> None:
        """Ask anew the next time."""
        self._kept.pop(key, None)

    async def _make(
        self, key: Hashable, make: Callable[[], Awaitable[_Value]]
    ) -> _Value:
        # The age counts from before the question: an answer is never older than told.
        asked = clock.monotonic()
        try:
            value = await make()
        finally:
            del self._making[key]
        until = asked + self._lifetime_s if self._lifetime_s else float("inf")
        self._kept[key] = (until, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return value


class Films:
    """Answers about films for one event loop."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._states: Recent[PlayState | None] = Recent(4096, lifetime_s=STATE_S)
        self._manifests: Recent[Manifest | None] = Recent(256)
        self._plain: Recent[PlainFilm | None] = Recent(16)

    async def state(self, asset_id: str, *, epoch: int = 0) -> PlayState | None:
        """Return how the film is, as of at most a second ago.

        Whoever has an address of a later ``epoch`` knows more than what is kept: a
        page that shows a film right after it was closed or opened.
        """
        film = await self._state(asset_id)
        if film is not None and film.epoch < epoch:
            self._states.forget(asset_id)
            film = await self._state(asset_id)
        return film

    async def _state(self, asset_id: str) -> PlayState | None:
        return await self._states.get(
            asset_id, lambda: self._in_thread(queries.play_state, asset_id)
        )

    async def manifest(
        self, film: PlayState, name: str, coding: str
    ) -> Manifest | None:
        """Return a manifest by its path below the film; None when there is none."""
        return await self._manifests.get(
            (film.asset_id, film.revision, name, coding),
            lambda: self._in_thread(_make, film, name, coding),
        )

    async def plain_film(self, film: PlayState) -> PlainFilm | None:
        """Return the layout of the film as one MP4 file; None when there is none."""
        return await self._plain.get(
            (film.asset_id, film.revision), lambda: self._in_thread(_lay_out, film)
        )

    async def _in_thread(self, function: Callable[..., _Value], *args: Any) -> _Value:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, fresh, function, *args)


def fresh(function: Callable[..., _Value], *args: Any) -> _Value:
    """Call with a database connection that is not known to be broken."""
    close_old_connections()
    try:
        return function(*args)
    finally:
        close_old_connections()


def _make(film: PlayState, name: str, coding: str) -> Manifest | None:
    base, _, kind = name.rpartition("/")
    if base == TEXTS:
        text = _write_text(film, kind)
    else:
        text = _write_playlist(film, base, kind) if base else _write(film, name)
    if text is None:
        return None
    body = text.encode()
    return Manifest(
        media_type=_MEDIA_TYPES[name.rpartition(".")[2]],
        coding=coding,
        etag=hashlib.sha256(body).hexdigest()[:20],
        body=_COMPRESS[coding](body),
    )


_MEDIA_TYPES: Final = {
    "m3u8": hls.MEDIA_TYPE, "mpd": dash.MEDIA_TYPE, "vtt": webvtt.MEDIA_TYPE
}  # fmt: skip
_COMPRESS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "": lambda body: body,
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "br": lambda body: brotli.compress(body, quality=5),
}


def _write(film: PlayState, name: str) -> str | None:
    """Write a manifest of the whole film."""
    outline = queries.film_outline(film)
    if outline is None:
        return None
    if film.is_failed:
        # Nothing more will come: players must not go on asking.
        outline = replace(outline, is_complete=True)
    outline = replace(outline, texts=_texts(shown_captions(film.asset_id)))
    if name == "main.m3u8":
        return hls.multivariant(outline)
    now = clock.now()
    return dash.mpd(outline, published_at=film.playable_at or now, updated_at=now)


def _texts(shown: Sequence[CaptionView]) -> tuple[TextIndex, ...]:
    """Name each text as its speakers would; no name twice."""
    made: list[TextIndex] = []
    for view in shown:
        base = f"{view.own_name} (CC)" if view.is_for_deaf else view.own_name
        name, count = base, 1
        while name in {one.name for one in made}:
            count += 1
            name = f"{base} {count}"
        made.append(
            TextIndex(
                base=f"{TEXTS}/{view.file_name}",
                name=name,
                language=view.language,
                is_for_deaf=view.is_for_deaf,
                size_bytes=view.size_bytes,
            )
        )
    return tuple(made)


def _write_text(film: PlayState, kind: str) -> str | None:
    """Write a file of captions, or its playlist, as long as viewers may see them."""
    name, _, suffix = kind.rpartition(".")
    own = name.removesuffix(_TIMED)
    if own not in {view.file_name for view in shown_captions(film.asset_id)}:
        return None
    if suffix == "m3u8":
        return hls.text(own, Fraction(film.duration_ms, 1000))
    content = texts.content(film.asset_id, own)
    return hls.timed(content) if content and own != name else content


def _write_playlist(film: PlayState, base: str, kind: str) -> str | None:
    """Write a track's playlist, also of one that has just left the manifests.

    Whoever read them a moment ago asks for its playlist now.
    """
    plan_id, _, name = base.partition("/")
    if not film.is_playable or plan_id != film.plan_id:
        return None
    track = queries.track_index(film.asset_id, plan_id, name)
    is_complete = film.is_complete or film.is_failed
    if track is None:
        return None
    if kind == "index.m3u8":
        return hls.media(track, is_complete=is_complete)
    if track.kind != "video":
        return None
    return hls.iframes(track, is_complete=is_complete)


def _lay_out(film: PlayState) -> PlainFilm | None:
    index = queries.film_index(film)
    if index is None:
        return None
    picture, sound = _plain_tracks(index)
    if picture is None and sound is None:
        return None
    store = get_store()
    shown = picture or sound
    assert shown is not None  # noqa: S101  one of them is there

    def path_of(name: str) -> Path:
        return store.local_path(keys.init(film.asset_id, film.plan_id, name))

    file = progressive.layout(
        index,
        picture.name if picture else None,
        sound.name if sound else None,
        lambda name: path_of(name).read_bytes(),
    )
    # films/<asset>: two folders above a track's init segment.
    root = path_of(shown.name).parents[2]
    files = [(f"{part.base}/{part.number}.m4s", part.size) for part in file.parts]
    named = hashlib.sha256(file.head + str(file.size).encode()).hexdigest()[:20]
    return PlainFilm(etag=f'"{named}"', content=Chain(file.head, files, root))


def _plain_tracks(index: FilmIndex) -> tuple[TrackIndex | None, TrackIndex | None]:
    """Choose what a bare <video> gets: H.264 of middling size, the default sound."""
    h264 = [track for track in index.video if track.codec.startswith("avc1")]
    by_height = sorted(
        h264 or index.video, key=lambda track: (track.height, track.width)
    )
    small = [track for track in by_height if _short_side(track) <= PLAIN_HEIGHT]
    chosen = small[-1:] or by_height[:1]
    picture = chosen[0] if chosen else None
    sounds = sorted(index.audio, key=lambda track: not track.is_default)
    return picture, sounds[0] if sounds else None


def _short_side(track: TrackIndex) -> int:
    return min(track.width, track.height)
