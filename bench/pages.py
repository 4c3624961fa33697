"""CPU time and queries of home, watch and manifest with 10,000 films.

    make bench-pages [ARGS="--films 10000 --postgres --json"]

Everything goes through the application that ``lucarne run`` serves: the page cache
(which a reload's ``Cache-Control`` passes by), WSGI in threads, Django's middleware,
database and templates, compression; manifests through a media server that has
forgotten everything. Only the HTTP parser stays outside. What is counted is CPU of
the whole process, all threads; every round asks for each page once, so that a busy
machine disturbs all alike, and the median of the rounds is shown.

The goals are for what everybody sees; other rows are shown beside them. Exit status
1 when a page misses its goal. The yardstick is a fixed piece of Python: it tells how
fast this machine is right now. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

MOST_QUERIES: Final = 4
MOST_MS: Final = 3.0
ROUNDS: Final = 200
SEGMENTS: Final = 150  # ten minutes in segments of four seconds
LADDER: Final = ((426, 240), (640, 360), (854, 480), (1280, 720), (1920, 1080))
Ask = Callable[[], int]


@dataclass(kw_only=True)
class Row:
    """One kind of request and what it costs."""

    name: str
    ask: Ask = field(repr=False)
    has_goal: bool = True
    queries: int = 0
    size_bytes: int = 0
    times_ms: list[float] = field(default_factory=list, repr=False)

    @property
    def cpu_ms(self) -> float:
        return statistics.median(self.times_ms)

    @property
    def is_slow(self) -> bool:
        return self.has_goal and (self.queries > MOST_QUERIES or self.cpu_ms > MOST_MS)

    def facts(self) -> dict[str, Any]:
        """Return the row as it is written down."""
        ordered = sorted(self.times_ms)
        return {
            "name": self.name,
            "queries": self.queries,
            "cpu_ms": round(self.cpu_ms, 3),
            "least_ms": round(ordered[0], 3),
            "p95_ms": round(ordered[int(len(ordered) * 0.95)], 3),
            "bytes": self.size_bytes,
            "ratio": round(self.cpu_ms / MOST_MS, 3),
            "has_goal": self.has_goal,
            "is_met": not self.is_slow,
        }


def main() -> int:
    """Fill a database in a temporary folder and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--postgres", action="store_true", help="a server of our own")
    parser.add_argument("--json", action="store_true", help="print only the last line")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder,
        database_url(args.postgres) as url,
    ):
        set_up(Path(folder), url)
        rows = rows_of(*fill(args.films), middle=max(1, args.films // 48))
        yardstick_ms = measure(rows, args.rounds)
    result = {
        "films": args.films,
        "database": "postgresql" if args.postgres else "sqlite",
        "rounds": args.rounds,
        "most_queries": MOST_QUERIES,
        "most_ms": MOST_MS,
        "yardstick_ms": round(yardstick_ms, 3),
        "rows": [row.facts() for row in rows],
    }
    if not args.json:
        show(result)
    print(json.dumps(result), flush=True)
    return 1 if any(row.is_slow for row in rows) else 0


@contextlib.contextmanager
def database_url(is_postgres: bool) -> Iterator[str]:  # noqa: FBT001
    """Start a PostgreSQL server for the time being; "" is SQLite."""
    if not is_postgres:
        yield ""
        return
    from tests.postgres import INSTALL, Server, binaries

    programs = binaries()
    if programs is None:
        sys.exit(f"PostgreSQL is missing. Install it with: {INSTALL}")
    server = Server(programs)
    try:
        yield server.new_database()
    finally:
        server.stop()


def set_up(folder: Path, url: str = "") -> None:
    """Begin with an empty portal."""
    for name in [name for name in os.environ if name.startswith("LUCARNE_")]:
        del os.environ[name]
    os.environ["LUCARNE_DATA"] = str(folder / "data")
    os.environ["LUCARNE_DATABASE__URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "lucarne.site.settings"
    import django

    django.setup()
    from lucarne.cli import database

    database.prepare()


def fill(films: int) -> tuple[str, str]:
    """Write that many films; return a video's id and the path of its media."""
    from django.db import transaction

    from lucarne.catalog.models import Channel, Video
    from lucarne.core import clock, ids
    from lucarne.core.portal import set_portal
    from lucarne.media.models import Asset
    from lucarne.playback import tokens

    now = clock.now()
    with transaction.atomic():
        set_portal(name="Bench", language="en", actor=None, at=now)
        channels = [
            Channel.objects.create(
                public_id=ids.new("chn"), slug=f"channel-{n}", name=f"Channel {n}",
                created_at=now,
            )
            for n in range(20)
        ]  # fmt: skip
        assets = Asset.objects.bulk_create(
            [
                Asset(
                    public_id=ids.new("ast"), state="ready", source_name="f.mp4",
                    size_bytes=1, received_at=now, playable_at=now, ready_at=now,
                    plan_id="plan", duration_ms=SEGMENTS * 4000, width=1920, height=1080,
                    color="#336699", has_poster=True, has_storyboard=True,
                )
                for _ in range(films)
            ],
            batch_size=500,
        )  # fmt: skip
        videos = Video.objects.bulk_create(
            [
                Video(
                    public_id=ids.new("vid"), channel=channels[n % 20], asset=asset,
                    title=f"A film with a title of a usual length, number {n}",
                    description="What it is about.\n\nAnd who made it." * 5,
                    visibility="public", created_at=now - timedelta(minutes=n),
                    published_at=now - timedelta(minutes=n),
                    first_published_at=now - timedelta(minutes=n),
                )
                for n, asset in enumerate(assets)
            ],
            batch_size=500,
        )  # fmt: skip
        middle = films // 2
        add_tracks(assets[middle])
    asset = assets[middle]
    token = tokens.sign(asset.public_id, asset.epoch, now)
    return videos[middle].public_id, f"/media/{token}/{asset.public_id}"


def add_tracks(asset: Any) -> None:
    """Give one film a ladder of five rungs and a sound track."""
    from lucarne.media import record
    from lucarne.media.models import Run, Track

    def add(name: str, timescale: int, frame: int, size: int, **facts: Any) -> None:
        track = Track.objects.create(
            asset=asset, plan_id="plan", name=name, timescale=timescale,
            init_bytes=900, is_complete=True, **facts,
        )  # fmt: skip
        # Whole frames: those of sound do not end with the pictures.
        starts = [4 * timescale * n // frame * frame for n in range(SEGMENTS + 1)]
        segments = [
            [start, end - start, size + n, size // 8]
            for n, (start, end) in enumerate(pairwise(starts))
        ]
        for first in range(0, SEGMENTS, 10):
            Run.objects.create(
                track=track, first_number=first, segments=segments[first : first + 10]
            )
        record.note_outline(track)

    for width, height in LADDER:
        add(
            f"h264-{height}", 12800, 512, width * height // 2, kind="video",
            codec="avc1.64001f", width=width, height=height, frame_rate="25",
        )  # fmt: skip
    add(
        "aac-0", 48000, 1024, 64_000, kind="audio", codec="mp4a.40.2", channels=2,
        sample_rate_hz=48000, language="fr", is_default=True,
    )  # fmt: skip


def rows_of(video_id: str, media: str, *, middle: int) -> list[Row]:
    """Return every kind of request that is measured."""
    page, door, known, member = App(), Media(), Media(), sign_in()
    watch, manifest = f"/watch/{video_id}", f"{media}/plan/h264-720/index.m3u8"
    return [
        # What Django itself takes for a page without rows and template.
        Row(name="robots.txt", ask=lambda: page("/robots.txt"), has_goal=False),
        Row(name="home", ask=lambda: page("/")),
        Row(name="home, halfway", ask=lambda: page(f"/?page={middle}"), has_goal=False),
        Row(name="channel", ask=lambda: page("/c/channel-3")),
        Row(name="watch", ask=lambda: page(watch)),
        Row(name="watch, state", ask=lambda: page(f"{watch}/state")),
        Row(name="main.m3u8", ask=lambda: door(f"{media}/main.m3u8")),
        Row(name="index.m3u8", ask=lambda: door(manifest)),
        Row(name="manifest.mpd", ask=lambda: door(f"{media}/manifest.mpd")),
        Row(name="main.m3u8, known", ask=lambda: known.again(f"{media}/main.m3u8")),
        Row(name="home, signed in", ask=lambda: page("/", member), has_goal=False),
        Row(name="watch, signed in", ask=lambda: page(watch, member), has_goal=False),
        Row(name="studio", ask=lambda: page("/studio/", member), has_goal=False),
    ]


def sign_in(*, channels: int | None = None) -> bytes:
    """Make a person with a session; return her cookie.

    She is the portal's owner, or an editor of so many channels.
    """
    from django.conf import settings
    from django.test import Client

    from lucarne.accounts.models import Person
    from lucarne.catalog.models import Channel
    from lucarne.core import clock, ids

    person = Person.objects.create(
        public_id=ids.new("per"), email=f"anne{channels}@example.org", name="Anne",
        language="fr", is_owner=channels is None, created_at=clock.now(),
    )  # fmt: skip
    for one in Channel.objects.order_by("pk")[: channels or 0]:
        one.team.create(person=person, role="editor", created_at=clock.now())
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}".encode()


class App:
    """Asks for pages as a browser does that reloads them."""

    def __init__(self) -> None:
        from lucarne.site.asgi import application

        self._app, self._loop = application, asyncio.new_event_loop()

    def __call__(self, path: str, cookie: bytes = b"") -> int:
        """Return the size of the page."""
        headers = (b"cache-control", b"max-age=0"), (b"cookie", cookie)
        return self._loop.run_until_complete(fetch(self._app, path, *headers))


class Media:
    """Asks for manifests."""

    def __init__(self) -> None:
        from lucarne.playback.media_server import MediaServer

        self._server, self._loop = MediaServer(), asyncio.new_event_loop()

    def __call__(self, path: str) -> int:
        """Return the size of an answer to which everything must be found out."""
        self._server.forget()
        return self.again(path)

    def again(self, path: str) -> int:
        """Return the size of an answer that may be remembered."""
        return self._loop.run_until_complete(fetch(self._server, path))


async def fetch(app: Any, path: str, *headers: tuple[bytes, bytes]) -> int:
    """Return the size of the answer; fail when it is not 200."""
    where, _, query = path.partition("?")
    asked = [(b"host", b"127.0.0.1:8000"), (b"accept-encoding", b"gzip"), *headers]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
        "method": "GET", "scheme": "http", "path": where, "raw_path": where.encode(),
        "query_string": query.encode(), "root_path": "", "extensions": {},
        "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8000),
        "headers": [*asked, (b"accept-language", b"fr")],
    }  # fmt: skip
    size = 0
    left = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        nonlocal size
        assert message.get("status", 200) == 200, (path, message)
        size += len(message.get("body", b""))

    async def receive() -> dict[str, Any]:
        if not left.is_set():
            left.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    await app(scope, receive, send)
    return size


def measure(rows: list[Row], rounds: int) -> float:
    """Ask for everything in turns; return the yardstick's median milliseconds."""
    for row in rows:
        for _ in range(5):
            row.size_bytes = row.ask()
        with counted() as statements:
            row.ask()
        row.queries = len(statements)
    yardsticks = []
    for _ in range(rounds):
        for row in rows:
            row.times_ms.append(cpu_ms(row.ask))
        yardsticks.append(cpu_ms(yardstick))
    return statistics.median(yardsticks)


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the milliseconds of CPU that all our threads spend on it."""
    begun = time.process_time_ns()
    work()
    return (time.process_time_ns() - begun) / 1e6


def yardstick() -> int:
    """Do what templates and rows are made of: dictionaries, strings, calls."""
    rows = [{"id": n, "title": f"film {n}", "size": n * 7} for n in range(1000)]
    text = "".join("<li>{title} {size}</li>".format(**row) for row in rows)
    return len(json.loads(json.dumps(rows))) + text.count("7")


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements of every thread's connection."""
    from django.db.backends.utils import CursorWrapper

    statements: list[str] = []
    one, many = CursorWrapper.execute, CursorWrapper.executemany

    def execute(cursor: Any, sql: str, params: Any = None) -> Any:
        statements.append(sql)
        return one(cursor, sql, params)

    def executemany(cursor: Any, sql: str, params: Any) -> Any:
        statements.append(sql)
        return many(cursor, sql, params)

    CursorWrapper.execute = execute  # type: ignore[method-assign]
    CursorWrapper.executemany = executemany  # type: ignore[method-assign]
    try:
        yield statements
    finally:
        CursorWrapper.execute = one  # type: ignore[method-assign]
        CursorWrapper.executemany = many  # type: ignore[method-assign]


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    print(
        f"{result['films']} films, {result['database']}, median of {result['rounds']} "
        f"requests; goal {MOST_QUERIES} queries and {MOST_MS:g} ms; "
        f"yardstick {result['yardstick_ms']:.2f} ms"
    )
    heads = ("queries", "CPU ms", "of goal", "least", "p95", "bytes")
    print(" " * 18 + "".join(f"{head:>9}" for head in heads))
    for row in result["rows"]:
        mark = "" if row["is_met"] else "  too much"
        ratio = f"{row['ratio']:.2f}x" if row["has_goal"] else "-"
        print(
            f"{row['name']:<18}{row['queries']:>9}{row['cpu_ms']:>9.2f}{ratio:>9}"
            f"{row['least_ms']:>9.2f}{row['p95_ms']:>9.2f}{row['bytes']:>9}{mark}"
        )


if __name__ == "__main__":
    sys.exit(main())
