"""The fine pass takes the place of the fast one while players of others watch.

hls.js, Shaka and dash.js go up and down the rungs of a whole film: once with the
manifests of the fast pass, which is replaced while they are under way, and once with
those of the fine one, in H.264 and in AV1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser import chromium
from tests.engine.package.small_films import ffmpeg
from tests.live_portal import Portal, portal, until
from tests.outside.served import served
from tests.outside.test_players import READERS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("players"),
]

NAMES: Final = {"": ("h264", "av1"), "avc1": ("h264",), "av01": ("av1",)}
FINE_S: Final = 300
SECONDS: Final = 18
EARLY: Final = tuple((name, manifest, "") for name, manifest in READERS)
# hls.js and dash.js change between the codecs, Shaka keeps to one.
LATE: Final = (
    ("hls.js", "hls", ""),
    ("shaka", "hls", "avc1"),
    ("shaka", "dash", "av01"),
    ("dash.js", "dash", ""),
)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("change")
    with portal(folder / "data", LUCARNE_MEDIA__SEGMENT_MS="1000") as running:
        yield running


@pytest.fixture(scope="module")
def film(living: Portal, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("film") / "film.mp4"
    # Few pictures a second, which cost time here; soft, so that less lines are enough.
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=s=854x480:r=9:d={SECONDS}"),
        *("-f", "lavfi", "-i", f"sine=440:r=48000:d={SECONDS}"),
        *("-f", "lavfi", "-i", f"sine=660:r=48000:d={SECONDS}"),
        *("-map", "0", "-map", "1", "-map", "2", "-vf", "noise=alls=100:allf=t,gblur=4"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "9"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-metadata:s:a:0", "language=fra", "-metadata:s:a:1", "language=eng", file),
    )
    return living.publish(str(file))


def rungs_of(film: dict[str, Any]) -> dict[str, set[str]]:
    """The rungs that each manifest names now."""
    hls, dash = (httpx.get(film[one], timeout=60).text for one in ("hls", "dash"))
    return {
        "hls": set(re.findall(r"^\S*?([\w-]+)/index\.m3u8$", hls, re.MULTILINE)),
        "dash": set(re.findall(r'<Representation id="((?:h264|av1)[\w-]+)"', dash)),
    }


def climb(page: Page, readers: Sequence[tuple[str, str, str]], film: dict[str, Any]) -> None:
    """Let players begin: the name of each, a manifest, a codec that it must prefer."""
    asked = [[name, film[manifest], codec] for name, manifest, codec in readers]
    page.evaluate("(asked) => climbAll(asked)", asked)


def check(seen: dict[str, Any], reader: object, *, changes: int) -> None:
    switches = seen["switches"]
    assert seen["problems"] == [], (reader, switches)
    assert 0 <= seen["begins"] < 0.1
    assert abs(seen["ends"] - SECONDS) < 0.2, reader
    assert set(seen["sounds"]) == {"fr", "en"}
    assert len(switches) >= changes, (reader, switches)
    assert all(one["shown"] == one["height"] for one in switches)
    # There may be more rungs of a height than there is time for in this short film.
    assert set(map(kind, switches)) == set(map(kind, seen["ladder"]))
    heights = [one["height"] for one in switches]
    assert all(a != b for a, b in pairwise(heights)), (reader, heights)


def kind(rung: dict[str, Any]) -> tuple[int, str]:
    return rung["height"], rung["codec"][:4]


@dataclass(frozen=True)
class Change:
    before: set[str]  # rungs
    after: set[str]
    asked: set[str]  # after the change, by those who came before it
    seen: list[dict[str, Any]]


@pytest.fixture(scope="module")
def change(living: Portal, film: dict[str, Any], browser: Browser) -> Change:
    """Make the film smaller while four players are in the midst of it."""
    before = rungs_of(film)
    assert before["hls"] == before["dash"]
    asked: list[str] = []

    def remember(request: Request) -> None:
        if found := re.search(r"/([\w-]+)/\d+\.m4s$", request.url):
            asked.append(found[1])

    def is_changed() -> bool:
        return not rungs_of(film)["hls"] & before["hls"]

    with served() as address, chromium.visit(browser) as one:
        one.page.on("request", remember)
        one.page.goto(f"{address}/readers.html")
        climb(one.page, EARLY, film)
        living.make_smaller(film["video"])
        until(is_changed, seconds=FINE_S, every=0.5)
        after = rungs_of(film)
        one.page.evaluate("goOn()")
        asked.clear()
        seen = one.page.evaluate("climbed")
    assert after["hls"] == after["dash"]
    return Change(before["hls"], after["hls"], set(asked), seen)


def test_who_watches_meanwhile_goes_on_to_the_end(change: Change) -> None:
    assert len(change.before) == 2
    assert not change.before & change.after
    for reader, seen in zip(EARLY, change.seen, strict=True):
        check(seen, reader, changes=4)
        assert len({one["id"] for one in seen["switches"] if one["isLate"]}) > 1, reader
    # What is in no manifest any more still comes, and it is what they asked for.
    assert change.before <= change.asked
    assert not change.asked & change.after


def test_who_comes_later_has_the_new_rungs(
    film: dict[str, Any], change: Change, browser: Browser
) -> None:
    assert {name.split("-")[0] for name in change.after} == {"h264", "av1"}
    with served() as address, chromium.visit(browser) as one:
        one.page.goto(f"{address}/readers.html")
        one.page.evaluate("goOn()")
        climb(one.page, LATE, film)
        seen = dict(zip(LATE, one.page.evaluate("climbed"), strict=True))
    for reader, what in seen.items():
        check(what, reader, changes=4)
        _, _, codec = reader
        codecs = {one["codec"].split(".")[0] for one in what["ladder"]}
        assert codecs == ({codec} if codec else {"avc1", "av01"}), reader
        count = sum(f"{one}-" in name for name in change.after for one in NAMES[codec])
        assert len(what["ladder"]) == count, reader
