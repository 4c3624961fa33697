"""An HDR film with both passes: SDR on a plain screen, HDR on one that shows it.

Our own player takes what its screen can show; those of others take SDR.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser import chromium
from tests.browser.player import PICTURE, Player
from tests.browser.test_fine import FINE_S
from tests.engine.films import film
from tests.live_portal import get, portal, until
from tests.outside.served import served
from tests.outside.test_players import READERS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("players"),
]

# A screen that says of itself that it shows HDR; what it shows stays the same.
BRIGHT_SCREEN = """(() => {
  const real = window.matchMedia.bind(window);
  window.matchMedia = (query) =>
    query === "(dynamic-range: high)" ? { matches: true, media: query } : real(query);
})()"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Give a film whose manifests have both, on a portal that runs."""
    folder = tmp_path_factory.mktemp("hdr") / "data"
    with portal(folder, LUCARNE_MEDIA__SEGMENT_MS="1000") as running:
        made = running.publish(str(film("hdr10")))
        running.make_smaller(made["video"])
        until(lambda: "VIDEO-RANGE=PQ" in get(made["hls"]).text, seconds=FINE_S)
        assert "VIDEO-RANGE=SDR" in get(made["hls"]).text
        yield made


def test_each_screen_gets_what_it_can_show(
    made: dict[str, Any], browser: Browser
) -> None:
    plain, asked = _watched(browser, made["url"], "")
    assert {track.partition("-")[0] for track in asked} == {"h264"}
    bright, asked = _watched(browser, made["url"], BRIGHT_SCREEN)
    assert {track.partition("-")[0] for track in asked} == {"av1"}
    # The browser maps PQ to its plain screen itself: the same picture, not exactly.
    assert _distance(plain, bright) < 40


def test_readers_take_sdr_on_a_plain_screen(
    made: dict[str, Any], browser: Browser
) -> None:
    assert "mpegB:cicp:TransferCharacteristics" in get(made["dash"]).text
    with served() as address, chromium.visit(browser) as one:
        one.page.goto(f"{address}/readers.html")
        found = {f"{name} by {kind}": _tracks(one.page, name, made[kind]) for name, kind in READERS}
    assert found == {f"{name} by {kind}": {"h264"} for name, kind in READERS}


def _watched(browser: Browser, url: str, script: str) -> tuple[list[int], set[str]]:
    """Watch to the end; give the last picture, small, and the video tracks asked for."""
    asked: set[str] = set()
    with chromium.visit(browser) as one:
        page: Page = one.page
        if script:
            page.add_init_script(script)
        page.on("request", lambda request: asked.add(_track_of(request)))
        page.goto(url)
        player = Player(page)
        player.is_wired()
        player.start()
        player.until("video.ended")
        assert player.size == (320, 180)
        seen = json.loads(f"[{page.evaluate(PICTURE)}]")
    return seen, {track for track in asked if track.startswith(("av1-", "h264-"))}


def _distance(one: list[int], other: list[int]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _track_of(request: Request) -> str:
    return request.url.rpartition("/")[0].rpartition("/")[2]


def _tracks(page: Page, reader: str, url: str) -> set[str]:
    """Let one reader watch the film; give the codecs of the segments it asked for."""
    asked: set[str] = set()

    def remember(request: Request) -> None:
        asked.add(request.url)

    page.on("request", remember)
    (seen,) = page.evaluate("(asked) => watchAll(asked)", [[reader, url]])
    page.remove_listener("request", remember)
    told: dict[str, Any] = seen
    assert told["problems"] == [], reader
    folders = {each.split("/")[-2] for each in asked if each.endswith(".m4s")}
    return {name.partition("-")[0] for name in folders if not name.startswith("aac")}
