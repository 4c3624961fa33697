"""CPU time and queries of home, watch and manifest with 10,000 films.

    make bench-pages [ARGS="--films 10000 --json"]

Pages go through the whole of Django (middleware, database, template) by its WSGI
handler, in one thread, without the page cache; manifests through the media server
with an empty memory each time, except for the last line. Exit status 1 when a page
needs more than 4 queries or 3 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

MOST_QUERIES: Final = 4
MOST_MS: Final = 3.0
ROUNDS: Final = 200
SEGMENTS: Final = 150  # ten minutes in segments of four seconds
LADDER: Final = ((426, 240), (640, 360), (854, 480), (1280, 720), (1920, 1080))


def main() -> int:
    """Fill a database in a temporary folder and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lucarne-bench-") as folder:
        set_up(Path(folder))
        video_id, media = fill(args.films)
        rows = [
            measure("home", wsgi_request("/")),
            measure("home, page 200", wsgi_request("/?page=200")),
            measure("channel", wsgi_request("/c/channel-3")),
            measure("watch", wsgi_request(f"/watch/{video_id}")),
            measure("main.m3u8", media_request(f"{media}/main.m3u8")),
            measure("index.m3u8", media_request(f"{media}/plan/h264-720/index.m3u8")),
            measure("manifest.mpd", media_request(f"{media}/manifest.mpd")),
            measure(
                "main.m3u8 (memory)", warm_request(f"{media}/main.m3u8"), is_warm=True
            ),
        ]
    if args.json:
        print(json.dumps({"films": args.films, "rows": rows}))
    else:
        show(args.films, rows)
    return 1 if any(is_slow(row) for row in rows) else 0


def set_up(folder: Path) -> None:
    """Begin with an empty portal."""
    for name in [name for name in os.environ if name.startswith("LUCARNE_")]:
        del os.environ[name]
    os.environ["LUCARNE_DATA"] = str(folder / "data")
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
    from lucarne.media.models import Run, Track

    def add(name: str, timescale: int, size: int, **facts: Any) -> None:
        track = Track.objects.create(
            asset=asset, plan_id="plan", name=name, timescale=timescale,
            init_bytes=900, is_complete=True, **facts,
        )  # fmt: skip
        ticks = 4 * timescale
        segments = [[n * ticks, ticks, size + n, size // 8] for n in range(SEGMENTS)]
        for first in range(0, SEGMENTS, 10):
            Run.objects.create(
                track=track, first_number=first, segments=segments[first : first + 10]
            )

    for width, height in LADDER:
        add(
            f"h264-{height}", 12800, width * height // 2, kind="video",
            codec="avc1.64001f", width=width, height=height, frame_rate="25",
        )  # fmt: skip
    add(
        "aac-0", 48000, 64_000, kind="audio", codec="mp4a.40.2", channels=2,
        sample_rate_hz=48000, language="fr", is_default=True,
    )  # fmt: skip


def wsgi_request(path: str) -> Callable[[], int]:
    """Return a function that asks Django for a page and returns its size."""
    from django.core.wsgi import get_wsgi_application

    application: Any = get_wsgi_application()
    where, _, query = path.partition("?")

    def ask() -> int:
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": where, "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000",
            "HTTP_HOST": "127.0.0.1:8000", "HTTP_ACCEPT_LANGUAGE": "fr",
            "HTTP_ACCEPT_ENCODING": "gzip", "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr, "SCRIPT_NAME": "",
        }  # fmt: skip
        status = ""

        def start(given: str, _headers: Any) -> None:
            nonlocal status
            status = given

        response = application(environ, start)
        size = sum(len(part) for part in response)
        response.close()
        assert status.startswith("200"), (path, status)
        return size

    return ask


def media_request(path: str) -> Callable[[], int]:
    """Return a function that asks a media server that has forgotten everything."""
    from lucarne.playback.media_server import MediaServer

    server, runner = MediaServer(), asyncio.Runner()

    def ask() -> int:
        server.forget()
        return runner.run(one_media_request(server, path))

    return ask


def warm_request(path: str) -> Callable[[], int]:
    """Return a function that asks a media server that has been asked before."""
    from lucarne.playback.media_server import MediaServer

    server, runner = MediaServer(), asyncio.Runner()

    async def ask_often() -> int:
        total = 0
        for _ in range(100):
            total += await one_media_request(server, path)
        return total // 100

    return lambda: runner.run(ask_often())


async def one_media_request(server: Any, path: str) -> int:
    """Return the size of the answer; fail when it is not 200."""
    sizes = []

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200, message
        sizes.append(len(message.get("body", b"")))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    scope = {
        "type": "http", "method": "GET", "path": path,
        "headers": [(b"accept-encoding", b"gzip")],
    }  # fmt: skip
    await server(scope, receive, send)
    return sum(sizes)


def measure(
    name: str, ask: Callable[[], int], *, is_warm: bool = False
) -> dict[str, Any]:
    """Return the queries, median CPU milliseconds and bytes of one request."""
    each = 100 if is_warm else 1
    ask()
    with counted() as queries:
        size = ask()
    count = len(queries)
    times = []
    for _ in range(ROUNDS // (10 if is_warm else 1)):
        begun = time.process_time()
        ask()
        times.append((time.process_time() - begun) * 1000 / each)
    return {
        "name": name,
        "queries": count,
        "cpu_ms": round(statistics.median(times), 3),
        "p95_ms": round(sorted(times)[int(len(times) * 0.95)], 3),
        "bytes": size,
    }


class counted:  # noqa: N801  used like a function
    """Collects the statements of every thread's connection."""

    def __enter__(self) -> list[str]:
        from django.db.backends.utils import CursorWrapper

        self._statements: list[str] = []
        self._wrapper, self._execute = CursorWrapper, CursorWrapper.execute
        statements, execute = self._statements, self._execute

        def counting(cursor: Any, sql: str, params: Any = None) -> Any:
            statements.append(sql)
            return execute(cursor, sql, params)

        CursorWrapper.execute = counting  # type: ignore[method-assign]
        return self._statements

    def __exit__(self, *_: object) -> None:
        self._wrapper.execute = self._execute  # type: ignore[method-assign]


def is_slow(row: dict[str, Any]) -> bool:
    return row["queries"] > MOST_QUERIES or row["cpu_ms"] > MOST_MS


def show(films: int, rows: list[dict[str, Any]]) -> None:
    print(f"{films} films, median of {ROUNDS} requests")
    print(f"{'':<22}{'queries':>8}{'CPU ms':>9}{'p95 ms':>9}{'bytes':>9}")
    for row in rows:
        mark = "  too much" if is_slow(row) else ""
        print(
            f"{row['name']:<22}{row['queries']:>8}{row['cpu_ms']:>9.2f}"
            f"{row['p95_ms']:>9.2f}{row['bytes']:>9}{mark}"
        )


if __name__ == "__main__":
    sys.exit(main())
