"""Films from other servers: whole, in pieces, refused, and never from inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from lucarne.core import clock, conf
from lucarne.media import fetching, parts, uploads, web
from lucarne.media.errors import MediaError, NotFetched
from lucarne.media.models import Upload
from lucarne.media.uploads import UploadView
from tests.engine.films import film
from tests.media.film_server import FilmServer, serving

pytestmark = pytest.mark.django_db
WHO = "per_0000000000000000"


@pytest.fixture
def server(folder: Path) -> Iterator[FilmServer]:
    open_up(folder)
    with serving() as one:
        # Behind the film something that every reader ignores: several pieces.
        rest = 3_000_000
        box = rest.to_bytes(4, "big") + b"free" + bytes(rest - 8)
        one.data = film("tiny").read_bytes() + box
        yield one


def open_up(folder: Path, **uploads_: Any) -> None:
    how = {"reserve_bytes": 0, "fetch_private_networks": True, **uploads_}
    conf.load(data=folder, uploads=how)


def fetch(url: str, **how: Any) -> UploadView:
    """Begin and fetch; returns the upload as its sender sees it."""
    view = fetching.begin(url=url, person_id=WHO, at=clock.now())
    again(view, **how)
    return find(view)


def again(view: UploadView, **how: Any) -> None:
    given = {"cancel": Event(), "pause_s": 0.0, **how}
    fetching.fetch(upload_id=view.upload_id, **given)


def find(view: UploadView) -> UploadView:
    return uploads.find(upload_id=view.upload_id, person_id=WHO, at=clock.now())


def stored(view: UploadView) -> bytes:
    return parts.path_of(view.upload_id).read_bytes()


def code_of(url: str) -> str:
    with pytest.raises(MediaError) as refused:
        fetch(url)
    assert len({one.error_code for one in Upload.objects.all()} - {""}) <= 1
    return refused.value.code


def test_a_film_is_fetched_whole(server: FilmServer) -> None:
    seen: list[tuple[int, int]] = []
    server.content_type = "text/plain"  # whatever it says of it
    view = fetch(f"{server.url}/a%20film.mp4?x=1", on_bytes=lambda *n: seen.append(n))
    assert view.is_complete
    assert (view.name, view.size_bytes) == ("a film.mp4", len(server.data))
    assert stored(view) == server.data
    assert seen[-1] == (len(server.data), len(server.data))
    # A second run of the same job finds nothing to do.
    again(view)
    assert len(server.asked) == 1


def test_what_breaks_off_goes_on_where_it_was(server: FilmServer) -> None:
    server.cut_after = 1_200_000
    view = fetch(f"{server.url}/film.mp4")
    assert stored(view) == server.data
    ranges = [given for _, given in server.asked]
    assert ranges == ["", "bytes=1200000-", "bytes=2400000-"]


def test_a_restart_goes_on_too(server: FilmServer) -> None:
    stop = Event()
    view = fetching.begin(
        url=f"{server.url}/film.mp4", person_id=WHO, at=clock.now()
    )
    with pytest.raises(fetching.Stopped):
        again(view, cancel=stop, on_bytes=lambda *_: stop.set())
    have = len(stored(view))
    assert 0 < have < len(server.data)
    again(view)
    assert server.asked[-1][1] == f"bytes={have}-"
    assert stored(view) == server.data


def test_a_film_that_changed_meanwhile_begins_again(server: FilmServer) -> None:
    stop = Event()
    view = fetching.begin(
        url=f"{server.url}/film.mp4", person_id=WHO, at=clock.now()
    )
    with pytest.raises(fetching.Stopped):
        again(view, cancel=stop, on_bytes=lambda *_: stop.set())
    server.data, server.etag = server.data[:-8] + b"otherend", '"2"'
    again(view)
    assert stored(view) == server.data


@pytest.mark.parametrize("etag", ['"1"', ""])
def test_a_server_that_knows_no_ranges(server: FilmServer, etag: str) -> None:
    server.knows_ranges, server.etag = False, etag
    server.cut_after = 1_200_000
    # It never gets further: after a few tries that is said.
    assert code_of(f"{server.url}/film.mp4") == "fetch_failed"
    assert len(server.asked) < 20
    server.cut_after = 0
    assert stored(fetch(f"{server.url}/film.mp4")) == server.data


def test_a_film_of_unknown_length(server: FilmServer, folder: Path) -> None:
    server.says_length = False
    assert stored(fetch(f"{server.url}/film.mp4")) == server.data
    open_up(folder, max_bytes=1_000_000)
    assert code_of(f"{server.url}/film.mp4") == "too_large"


def test_what_is_refused_before_its_first_byte(
    server: FilmServer, folder: Path
) -> None:
    open_up(folder, max_bytes=1_000_000)
    assert code_of(f"{server.url}/film.mp4") == "too_large"
    open_up(folder, reserve_bytes=10**16)
    with pytest.raises(MediaError) as refused:
        fetch(f"{server.url}/film.mp4")
    assert refused.value.code == "disk_full"


@pytest.mark.parametrize(
    ("statuses", "code"),
    [([404], "fetch_refused"), ([403], "fetch_refused"), ([503] * 9, "fetch_failed")],
)
def test_a_server_that_refuses(
    server: FilmServer, statuses: list[int], code: str
) -> None:
    server.statuses = statuses
    assert code_of(f"{server.url}/film.mp4") == code


def test_a_server_that_is_busy_once(server: FilmServer) -> None:
    server.statuses = [503, 429]
    assert stored(fetch(f"{server.url}/film.mp4")) == server.data


def test_a_page_or_a_list_is_no_film(server: FilmServer) -> None:
    server.data = b"<!doctype html><title>A film</title>"
    assert code_of(f"{server.url}/film.mp4") == "not_media"
    Upload.objects.all().delete()
    server.data = b"#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1/a.ts\n"
    assert code_of(f"{server.url}/film.mp4") == "is_playlist"
    Upload.objects.all().delete()
    server.data = b""
    assert code_of(f"{server.url}/film.mp4") == "empty"


def test_it_takes_no_longer_than_allowed(
    server: FilmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = iter(range(0, 10**9, 60 * 60))
    monkeypatch.setattr(
        "lucarne.media.fetching.time.monotonic", lambda: float(next(minute))
    )
    assert code_of(f"{server.url}/film.mp4") == "fetch_slow"


def test_given_up_meanwhile(server: FilmServer) -> None:
    def give_up(*_: int) -> None:
        rows = Upload.objects.filter(person_id=WHO)
        for one in rows:
            uploads.give_up(upload_id=one.public_id, person_id=WHO)

    server.data += bytes(16_000_000)
    with pytest.raises(fetching.Stopped):
        fetch(f"{server.url}/film.mp4", on_bytes=give_up)
    assert not Upload.objects.exists()


# -- never from inside


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2002:a00:1::", "2001:0:a00:1::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_of_inside(address: str) -> None:
    assert not web.is_public(address)


@pytest.mark.parametrize(
    "address",
    ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"],
)
def test_addresses_of_the_internet(address: str) -> None:
    assert web.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.mp4", "file:///etc/passwd", "http://", "http:///a.mp4",
        "https://me:secret@example.org/a.mp4", "http://example.org:99999/", "a.mp4",
        "http://[::1", "gopher://example.org/",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(NotFetched) as refused:
        fetching.begin(url=url, person_id=WHO, at=clock.now())
    assert refused.value.code == "bad_address"
    assert "secret" not in str(refused.value)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433"])
def test_nothing_of_inside_is_asked(
    server: FilmServer, folder: Path, host: str
) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 0})
    assert code_of(f"http://{host}:{server.port}/film.mp4") == "private_address"
    assert server.asked == []


def resolving(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]]) -> None:
    """Answer as a name server would, each time with the next of the answers."""

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        known = answers[host]
        found = (known.pop(0) if len(known) > 1 else known[0]).split()
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_name_that_leads_inside(
    server: FilmServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 0})
    resolving(
        monkeypatch,
        {"inside.example": ["127.0.0.1"], "both.example": ["9.9.9.9 127.0.0.1"]},
    )
    for host in ("inside.example", "both.example"):
        assert code_of(f"http://{host}:{server.port}/a") == "private_address"
        Upload.objects.all().delete()
    assert server.asked == []


def test_each_redirect_is_judged_anew(
    server: FilmServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule itself runs; only what counts as inside is another network here."""
    conf.load(data=folder, uploads={"reserve_bytes": 0})
    server.moved_to = {
        "/1": f"http://127.0.0.1:{server.port}/2",
        "/2": f"http://127.0.0.2:{server.port}/film.mp4",
    }
    monkeypatch.setattr(web, "is_public", lambda address: address == "127.0.0.1")
    assert code_of(f"{server.url}/1") == "private_address"
    assert [path for path, _ in server.asked] == ["/1", "/2"]
    Upload.objects.all().delete()
    server.moved_to["/2"] = "file:///etc/passwd"
    assert code_of(f"{server.url}/1") == "bad_address"


def test_the_connection_goes_to_the_address_that_was_judged(
    server: FilmServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second answer of the name server is never asked for."""
    conf.load(data=folder, uploads={"reserve_bytes": 0})
    monkeypatch.setattr(web, "is_public", lambda address: address == "127.0.0.1")
    resolving(monkeypatch, {"film.example": ["127.0.0.1", "127.0.0.2"]})
    view = fetch(f"http://film.example:{server.port}/film.mp4")
    assert stored(view) == server.data


def test_redirects_that_never_end(server: FilmServer) -> None:
    server.moved_to = {"/1": "/2", "/2": "/1"}
    assert code_of(f"{server.url}/1") == "fetch_refused"
    assert len(server.asked) <= web.MOST_REDIRECTS + 1
