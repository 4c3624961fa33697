"""The media door, asked over HTTP as players, caches and strangers ask it."""

from __future__ import annotations

import io
import re
import socket
import sqlite3
import subprocess
import threading
from pathlib import Path

import av
import httpx
import imageio_ffmpeg
import pytest

from tests.live_portal import until
from tests.playback.conftest import Shown

FOREVER = "public, max-age=31536000, s-maxage=60, immutable"


def test_manifests(shown: Shown) -> None:
    hls = shown.client.get(f"{shown.base}/main.m3u8")
    assert hls.status_code == 200
    assert hls.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert hls.text.startswith("#EXTM3U\n")
    dash = shown.client.get(f"{shown.base}/manifest.mpd")
    assert dash.headers["content-type"] == "application/dash+xml"
    assert "<MPD" in dash.text
    for name in ("index.m3u8", "iframes.m3u8"):
        playlist = shown.client.get(f"{shown.track}/{name}")
        assert playlist.status_code == 200
        assert "#EXT-X-ENDLIST" in playlist.text


@pytest.mark.parametrize("coding", ["gzip", "br", "identity"])
def test_a_manifest_is_compressed_as_asked(shown: Shown, coding: str) -> None:
    plain = shown.client.get(
        f"{shown.base}/main.m3u8", headers={"Accept-Encoding": "identity"}
    )
    answer = shown.client.get(
        f"{shown.base}/main.m3u8", headers={"Accept-Encoding": coding}
    )
    assert answer.headers.get("content-encoding", "identity") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    if coding != "br":  # httpx reads brotli only where a package for it is there
        assert answer.text == plain.text
    assert (answer.headers["etag"] == plain.headers["etag"]) == (coding == "identity")
    again = shown.client.get(
        f"{shown.base}/main.m3u8",
        headers={"Accept-Encoding": coding, "If-None-Match": answer.headers["etag"]},
    )
    assert again.status_code == 304
    assert again.content == b""


def test_a_refused_coding_is_not_used(shown: Shown) -> None:
    answer = shown.client.get(
        f"{shown.base}/main.m3u8", headers={"Accept-Encoding": "br;q=0, gzip; q=0"}
    )
    assert "content-encoding" not in answer.headers


def test_a_whole_segment(shown: Shown) -> None:
    answer = shown.client.get(f"{shown.track}/0.m4s")
    asset, rest = shown.track.split("/media/")[1].split("/", 1)[1].split("/", 1)
    stored = shown.portal.data / "store" / "films" / asset / rest / "0.m4s"
    assert answer.content == stored.read_bytes()
    assert answer.headers["content-type"] == "video/iso.segment"
    assert answer.headers["cache-control"] == FOREVER
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["etag"].startswith('"')


def test_head_has_the_headers_of_get(shown: Shown) -> None:
    for name in ("init.mp4", "0.m4s", "index.m3u8"):
        url = f"{shown.track}/{name}"
        head, get = shown.client.head(url), shown.client.get(url)
        assert head.content == b""
        assert head.status_code == get.status_code == 200
        for header in ("content-length", "etag", "content-type", "cache-control"):
            assert head.headers[header] == get.headers[header]


@pytest.mark.parametrize(
    ("asked", "cut"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-5", slice(5, 6)),
        ("bytes=10-99999999999", slice(10, None)),
    ],
)
def test_a_range(shown: Shown, asked: str, cut: slice) -> None:
    url = f"{shown.track}/0.m4s"
    whole = shown.client.get(url).content
    answer = shown.client.get(url, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == whole[cut]
    start, end, _ = cut.indices(len(whole))
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"


def test_ranges_that_are_not(shown: Shown) -> None:
    url = f"{shown.track}/0.m4s"
    size = len(shown.client.get(url).content)
    none = shown.client.get(url, headers={"Range": f"bytes={size}-"})
    assert none.status_code == 416
    assert none.headers["content-range"] == f"bytes */{size}"
    several = shown.client.get(url, headers={"Range": "bytes=0-1,4-5"})
    assert (several.status_code, len(several.content)) == (200, size)


def test_conditions(shown: Shown) -> None:
    url = f"{shown.track}/0.m4s"
    etag = shown.client.head(url).headers["etag"]
    same = shown.client.get(url, headers={"If-None-Match": f'"x", {etag}'})
    assert same.status_code == 304
    assert same.headers["etag"] == etag
    assert same.headers["cache-control"] == FOREVER
    fresh = {"Range": "bytes=0-1", "If-Range": etag}
    assert shown.client.get(url, headers=fresh).status_code == 206
    stale = {"Range": "bytes=0-1", "If-Range": '"another"'}
    assert shown.client.get(url, headers=stale).status_code == 200


def test_pictures_and_storyboard(shown: Shown) -> None:
    plan, poster = shown.track.rsplit("/", 1)[0], shown.poster
    for address, media_type, is_immutable in (
        (f"{poster}/poster.jpg", "image/jpeg", True),
        (f"{poster}/thumb-320.jpg", "image/jpeg", True),
        (f"{plan}/storyboard.vtt", "text/vtt; charset=utf-8", False),
        (f"{plan}/storyboard/0.jpg", "image/jpeg", False),
    ):
        answer = shown.client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"] == media_type
        assert ("immutable" in answer.headers["cache-control"]) is is_immutable


def test_the_plain_film_plays(shown: Shown, tmp_path: Path) -> None:
    answer = shown.client.get(f"{shown.base}/film.mp4")
    assert answer.headers["content-type"] == "video/mp4"
    assert int(answer.headers["content-length"]) == len(answer.content)
    with av.open(io.BytesIO(answer.content)) as opened:
        assert {stream.type for stream in opened.streams} == {"video", "audio"}
        assert len(list(opened.decode(video=0))) > 200
    url = f"{shown.portal.url}{shown.base}/film.mp4"
    # FFmpeg seeks by ranges: a wrong byte anywhere and it complains.
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", "6", "-i", url,
         "-frames:v", "5", "-f", "framemd5", str(tmp_path / "md5")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=1000-400000", "bytes=-12345"])
def test_a_range_of_the_plain_film(shown: Shown, asked: str) -> None:
    whole = shown.client.get(f"{shown.base}/film.mp4").content
    part = shown.client.get(f"{shown.base}/film.mp4", headers={"Range": asked})
    assert part.status_code == 206
    span = part.headers["content-range"].removeprefix("bytes ").split("/")[0]
    start, end = map(int, span.split("-"))
    assert part.content == whole[start : end + 1]


def test_other_players_may_ask(shown: Shown) -> None:
    answer = shown.client.options(
        f"{shown.base}/main.m3u8", headers={"Access-Control-Request-Method": "GET"}
    )
    assert answer.status_code == 204
    assert "Range" in answer.headers["access-control-allow-headers"]


def test_nobody_writes_here(shown: Shown) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = shown.client.request(method, f"{shown.base}/main.m3u8")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "rest",
    [
        "", "nothing", "main.m3u8/", "../../../secret.key", "%2e%2e/%2e%2e/secret.key",
        "x/../y/0.m4s", "x//0.m4s", ".drafts/0.m4s", "x/y/0.m4s%00", "x/y/-1.m4s",
        "x/y/init.mp4.bak", "x/poster.png", "x/y/index.m3u8", "x/storyboard/../poster.jpg",
    ],
)  # fmt: skip
def test_what_is_not_there(shown: Shown, rest: str) -> None:
    request = (
        f"GET {shown.base}/{rest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shown.portal.port), timeout=10) as sock:
        sock.sendall(request.encode())
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    status = answer.split(b"\r\n", 1)[0]
    assert b" 404 " in status or b" 403 " in status, answer
    assert b"no-store" in answer


def test_without_a_good_token(shown: Shown) -> None:
    _, _, token, asset = shown.base.split("/")
    for wrong in ("x", token[:-1], token.replace("-1-", "-2-"), "1-1-" + "A" * 22):
        answer = shown.client.get(f"/media/{wrong}/{asset}/main.m3u8")
        assert answer.status_code == 403
        assert answer.headers["cache-control"] == "no-store"


def test_a_client_that_leaves_is_noticed(shown: Shown) -> None:
    """The server goes on answering after many half-read films."""
    for _ in range(12):
        with socket.create_connection(("127.0.0.1", shown.portal.port)) as sock:
            path = f"{shown.base}/film.mp4"
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            sock.recv(1000)
    assert shown.client.get(f"{shown.base}/main.m3u8").status_code == 200


def test_many_at_once(shown: Shown) -> None:
    wrong: list[object] = []

    def ask() -> None:
        with httpx.Client(base_url=shown.portal.url, timeout=30) as client:
            for _ in range(10):
                for name in ("0.m4s", "index.m3u8"):
                    answer = client.get(f"{shown.track}/{name}")
                    if answer.status_code != 200:
                        wrong.append(answer)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _close(data: Path, asset: str, by: int) -> None:
    """What unpublishing does to a film."""
    with sqlite3.connect(data / "lucarne.sqlite3", timeout=20) as database:
        database.execute(
            "update media_asset set epoch = epoch + ? where public_id = ?", (by, asset)
        )


def test_closing_a_film_closes_every_door(shown: Shown) -> None:
    track, plan = shown.track, shown.track.rsplit("/", 1)[0]
    doors = [
        f"{shown.base}/main.m3u8", f"{shown.base}/manifest.mpd", f"{shown.base}/film.mp4",
        f"{track}/index.m3u8", f"{track}/iframes.m3u8", f"{track}/init.mp4",
        f"{track}/0.m4s", f"{shown.poster}/poster.jpg", f"{plan}/storyboard.vtt",
        f"{plan}/storyboard/0.jpg",
    ]  # fmt: skip
    asset = shown.base.rsplit("/", 1)[1]

    def statuses() -> set[int]:
        return {shown.client.get(door).status_code for door in doors}

    assert statuses() == {200}
    _close(shown.portal.data, asset, 1)
    try:
        until(lambda: statuses() == {403}, seconds=3)
    finally:
        _close(shown.portal.data, asset, -1)
    until(lambda: statuses() == {200}, seconds=3)


def test_the_addresses_of_a_new_page_are_good_at_once(shown: Shown) -> None:
    """Also where the film was asked for just before it was closed or opened."""
    asset = shown.base.rsplit("/", 1)[1]
    assert shown.client.get(f"{shown.base}/main.m3u8").status_code == 200
    _close(shown.portal.data, asset, 1)
    try:
        page = shown.client.get(f"{shown.film['url']}?fresh").text
        found = re.search(' data-hls="([^"]+)"', page)
        assert found
        assert shown.base not in found[1]
        assert shown.client.get(found[1]).status_code == 200
    finally:
        _close(shown.portal.data, asset, -1)
    until(lambda: shown.client.get(f"{shown.base}/main.m3u8").is_success, seconds=3)
