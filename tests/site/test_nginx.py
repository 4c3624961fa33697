"""The configuration in docs/howto works as it stands there, but for TLS and ports."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.engine.films import film
from tests.live_portal import Portal, free_port, get, until
from tests.site.test_following import followed

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "run-behind-nginx.md"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/opt/homebrew/bin:/usr/local/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx")


def _configuration(folder: Path, *, port: int, behind: int) -> str:
    match = re.search(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert match is not None
    text = re.sub(r".*ssl_certificate.*\n", "", match[1])
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    text = text.replace("/var/cache/nginx/lucarne", str(folder / "cache"))
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    # Seen from outside: did the cache answer?
    text = text.replace(
        "proxy_cache lucarne;",
        "proxy_cache lucarne; add_header X-Cache $upstream_cache_status;",
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    # Started by root, its workers would be somebody who may not enter our folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {places}\n{text}\n}}\n"
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give a data folder with two films, and the path of the first one's media."""
    portal = Portal(tmp_path_factory.mktemp("published") / "data")
    portal.init()
    made = portal.publish(str(film("two_languages")))
    # Its qualities wait for a worker that never comes: it can be followed.
    portal.publish("--wait", "playable", str(film("h264_short")))
    return portal.data, httpx.URL(made["hls"]).path.removesuffix("/main.m3u8")


@pytest.fixture
def site(
    tmp_path: Path, published: tuple[Path, str]
) -> Iterator[tuple[httpx.Client, Portal, str]]:
    data, base = published
    portal = Portal(tmp_path / "data", LUCARNE_SERVER__TRUSTED_PROXIES="127.0.0.1")
    shutil.copytree(data, portal.data)
    portal.start("--no-jobs")
    port = free_port()
    file = tmp_path / "nginx.conf"
    file.write_text(_configuration(tmp_path, port=port, behind=portal.port))
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(file)])
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Host": "localhost"}, timeout=20
    )
    try:
        until(lambda: _answers(client), seconds=10)
        yield client, portal, base
    finally:
        client.close()
        process.terminate()
        process.wait(10)
        portal.stop()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").status_code == 200
    except httpx.TransportError:
        return False


def test_pages_media_and_cache(site: tuple[httpx.Client, Portal, str]) -> None:
    client, portal, base = site
    assert client.get("/sign-in").status_code == 200
    main = client.get(f"{base}/main.m3u8")
    assert main.status_code == 200
    assert "X-Cache" not in main.headers
    playlist = next(x for x in main.text.splitlines() if x and not x.startswith("#"))
    segment = f"{base}/{playlist.removesuffix('/index.m3u8')}/0.m4s"
    first, second = client.get(segment), client.get(segment)
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
    assert first.content == second.content == get(portal.url + segment).content
    part = client.get(segment, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, first.content[10:20])
    plain = client.get(f"{base}/film.mp4", headers={"Range": "bytes=-50"})
    assert (plain.status_code, len(plain.content)) == (206, 50)
    assert "X-Cache" not in plain.headers


def test_work_is_followed_as_it_goes_on(site: tuple[httpx.Client, Portal, str]) -> None:
    """Each event comes through at once: the stream is still open when it is read."""
    client, portal, _ = site
    with contextlib.closing(portal.session()) as owner:
        address = followed(owner)
    with client.stream("GET", address) as stream:
        assert stream.status_code == 200
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert stream.headers["Cache-Control"] == "no-store"
        lines = stream.iter_lines()
        assert next(lines) == "retry: 3000"
        assert next(line for line in lines if line.startswith("data:")) != "data:"
        portal.stop()
        assert list(lines) == [""], "and its end comes through, too"
