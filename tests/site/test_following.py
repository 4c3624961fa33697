"""Following work over HTTP: a real portal, as `lucarne run` is, and a real client."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.engine.films import film
from tests.live_portal import Portal, get


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Give a portal whose only film plays, and waits for a worker that never comes."""
    running = Portal(tmp_path_factory.mktemp("following") / "data")
    running.init()
    running.publish("--wait", "playable", str(film("h264_short")))
    running.start("--no-jobs")
    yield running
    running.kill()


def followed(owner: httpx.Client) -> str:
    """Return the address that a film's page gives its owner, of the one that waits."""
    for video in re.findall(r'id="(vid_\w+)"', owner.get("/studio/").text):
        page = owner.get(f"/studio/films/{video}").text
        if found := re.search(r'data-follow="([^"]+)"', page):
            return found[1]
    raise AssertionError("nothing is worked on")


def events(stream: httpx.Response) -> Iterator[dict[str, str]]:
    """Read a stream as the specification says (HTML, 9.2.6): fields up to a blank line."""
    fields: dict[str, str] = {}
    for line in stream.iter_lines():
        if not line:
            if "data" in fields:
                yield fields
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")


def test_a_page_is_told_how_far_its_film_is(portal: Portal) -> None:
    with contextlib.closing(portal.session()) as owner:
        address = followed(owner)
        page = owner.get("/studio/").text
    # The address alone is enough, and only as it was given out.
    with httpx.stream("GET", portal.url + address, timeout=60) as stream:
        assert stream.status_code == 200
        assert stream.headers["X-Accel-Buffering"] == "no"
        event = next(events(stream))
        data = json.loads(event["data"])
        assert event["event"] == "work"
        assert re.fullmatch(r"[0-9a-f]{12}", event["id"])
        assert data["items"]["stage-video"]["text"] == "Waiting"
        assert re.fullmatch(r"Done after [\d.]+ s", data["items"]["stage-first"]["text"])
    forged = re.sub(r"\.per_\w+\.", ".per_other.", address)
    assert get(portal.url + forged).status_code == 403
    assert get(portal.url + "/follow/").status_code == 403
    # The list has an address of its own, for a line of each film.
    listed = re.search(r'data-follow="(/follow/\d+\.films\.[^"]+)"', page)
    assert listed is not None
    with httpx.stream("GET", portal.url + listed[1], timeout=60) as stream:
        items = json.loads(next(events(stream))["data"])["items"]
        (line,) = items.values()
        assert re.fullmatch(r"\d+%|Waiting", line["text"])


def test_the_command_line_has_the_same_log(portal: Portal) -> None:
    with contextlib.closing(portal.session()) as owner:
        (video,) = re.findall(r'id="(vid_\w+)"', owner.get("/studio/").text)
        page = owner.get(f"/studio/films/{video}/log").text
    shown = portal.cli("log", video).stdout
    assert shown.splitlines()[1:5] == page.splitlines()[1:5]
    assert "== units ==" in shown
    assert "file: h264_short.mp4" not in shown
    assert "file: h264_short.mp4" in portal.cli("log", "--names", video).stdout
    unknown = portal.cli("log", "vid_none", check=False)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "vid_none" in unknown.stderr


def test_streams_end_with_the_portal_and_leave_room_for_pages(portal: Portal) -> None:
    with contextlib.ExitStack() as open_streams:
        owner = open_streams.enter_context(contextlib.closing(portal.session()))
        address = portal.url + followed(owner)
        reading = []
        for _ in range(8):
            stream = open_streams.enter_context(
                httpx.stream("GET", address, timeout=60)
            )
            heard = events(stream)
            assert next(heard)["event"] == "work"
            reading.append(heard)
        assert get(address).status_code == 429
        assert owner.get("/studio/").status_code == 200
        # Ctrl-C ends them as they should end, before it would cut them off.
        portal.stop()
        assert portal.process is not None
        assert portal.process.returncode == 0
        for heard in reading:
            assert list(heard) == []
