"""A film that is prepared while it arrives, by the doors that a browser uses."""

from __future__ import annotations

import contextlib
import hashlib
from base64 import b64encode
from pathlib import Path

import pytest

from lucarne_engine.arriving import find_index
from tests.api.conftest import Client, new_token
from tests.live_portal import PATIENCE_S, Portal, get, until
from tests.media.arriving_films import film


def made(portal: Portal) -> dict[Path, bytes]:
    """The segments that are in the store."""
    films = (portal.data / "store" / "films").glob("*/*/h264-*/*.m4s")
    return {path: path.read_bytes() for path in films}


def send_index(client: Client, where: str, data: bytes, offset: int) -> tuple[int, str]:
    answer = client.ask("PUT", f"{where}/index", content=data, Upload_Offset=offset)
    return answer.status_code, answer.json()["code"] if answer.content else ""


def test_an_upload_goes_on_after_a_kill_and_so_does_its_work(tmp_path: Path) -> None:
    path = film("hevc")
    data = path.read_bytes()
    begin, end = find_index(path) or (0, 0)
    portal = Portal(tmp_path / "data")
    portal.init()
    token = new_token(portal)
    portal.start()
    client = Client(portal, token)
    try:
        where = client.create(len(data), name="early.mp4")
        part = begin * 8 // 10
        client.patch(where, data[:part], 0)
        assert send_index(client, where, data[begin:end], begin) == (204, "")
        early = until(lambda: made(portal), seconds=PATIENCE_S)
        portal.kill()
        portal.start()
        # A part that was spoiled on its way changes nothing.
        wrong = f"sha1 {b64encode(hashlib.sha1(b'').digest()).decode()}"
        spoiled = client.patch(where, data[part:], part, Upload_Checksum=wrong)
        assert spoiled.status_code == 460
        assert client.offset(where) == part
        assert client.patch(where, data[part:], part).status_code == 204
        # Nobody can watch it, or knows of it, before it is published.
        assert "early" not in get(portal.url).text.lower()
        with contextlib.closing(portal.session()) as owner:
            form = portal.publish_form(owner)
            portal.publish_upload(owner, form, where.rpartition("/")[2])
        ready = "SELECT 1 FROM media_asset WHERE state = 'ready'"
        until(lambda: portal.ask_rows(ready), seconds=PATIENCE_S)
        assert early.items() <= made(portal).items()
        masters = [one.read_bytes() for one in (portal.data / "store/masters").iterdir()]
        assert masters == [data]
    finally:
        client.http.close()
        portal.stop()


def test_a_film_in_fragments_is_begun_without_an_index(tmp_path: Path) -> None:
    data = film("fragmented").read_bytes()
    # Segments of a second: the film is short.
    settings = {"MAX_HEIGHT": "180", "SEGMENT_MS": "1000", "CHUNK_MS": "4000"}
    short = {f"LUCARNE_MEDIA__{name}": value for name, value in settings.items()}
    portal = Portal(tmp_path / "data", **short)
    portal.init()
    token = new_token(portal)
    portal.start()
    client = Client(portal, token)
    try:
        where = client.create(len(data), name="recorded.mp4")
        part = len(data) * 95 // 100
        client.patch(where, data[:part], 0)
        early = until(lambda: made(portal), seconds=PATIENCE_S)
        assert "recorded" not in get(portal.url).text.lower()
        assert client.patch(where, data[part:], part).status_code == 204
        with contextlib.closing(portal.session()) as owner:
            form = portal.publish_form(owner)
            portal.publish_upload(owner, form, where.rpartition("/")[2])
        ready = "SELECT 1 FROM media_asset WHERE state = 'ready'"
        until(lambda: portal.ask_rows(ready), seconds=PATIENCE_S)
        assert early.items() <= made(portal).items()
    finally:
        client.http.close()
        portal.stop()


@pytest.mark.parametrize(
    ("data", "offset", "answer"),
    [
        (b"\0\0\0\x10moov\0\0\0\x08free", 5, (422, "index_useless")),
        (b"<html>", 5, (422, "index_useless")),
        (b"\0" * 101, 0, (413, "index_size")),
        (b"", 0, (413, "index_size")),
        (b"x", 100, (413, "index_size")),
    ],
)
def test_what_is_no_index_is_refused_and_the_upload_goes_on(
    client: Client, data: bytes, offset: int, answer: tuple[int, str]
) -> None:
    where = client.create(100)
    assert send_index(client, where, data, offset) == answer
    assert client.patch(where, b"x" * 100, 0).status_code == 204


def test_an_index_belongs_to_an_upload(client: Client) -> None:
    gone = send_index(client, "/uploads/upl_0000000000000000", b"x", 0)
    assert gone == (404, "unknown_upload")
    where = client.create(10)
    answer = client.ask("GET", f"{where}/index")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, PUT")
    assert client.ask("PUT", f"{where}/other").status_code == 404
    assert client.ask("PUT", f"{where}/index", content=b"x").status_code == 400
    stranger = client.http.put(f"{where}/index", headers={"Authorization": ""})
    assert stranger.status_code == 401
