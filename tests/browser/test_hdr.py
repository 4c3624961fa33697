"""An HDR film: SDR on a plain screen, HDR on one that shows it, right on both."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
from playwright.sync_api import Page, Request

from tests.browser.conftest import Watcher
from tests.browser.player import PICTURE, Player
from tests.browser.test_fine import FINE_S
from tests.engine.films import film
from tests.live_portal import Portal, until

# A screen that says of itself that it shows HDR; what it shows stays the same.
BRIGHT_SCREEN = """(() => {
  const real = window.matchMedia.bind(window);
  window.matchMedia = (query) =>
    query === "(dynamic-range: high)" ? { matches: true, media: query } : real(query);
})()"""


def test_each_screen_gets_what_it_can_show(watch: Watcher, tmp_path: Path) -> None:
    portal = Portal(tmp_path / "data", LUCARNE_MEDIA__SEGMENT_MS="1000")
    portal.init()
    portal.start()
    try:
        made = portal.publish(str(film("hdr10")))
        portal.make_smaller(made["video"])
        until(lambda: "VIDEO-RANGE=PQ" in httpx.get(made["hls"]).text, seconds=FINE_S)
        assert "VIDEO-RANGE=SDR" in httpx.get(made["hls"]).text

        plain, asked = _watched(watch, made["url"], "")
        assert {track.partition("-")[0] for track in asked} == {"h264"}
        bright, asked = _watched(watch, made["url"], BRIGHT_SCREEN)
        assert {track.partition("-")[0] for track in asked} == {"av1"}
        # The browser maps PQ to its plain screen itself: the same picture, not exactly.
        assert _distance(plain, bright) < 40
    finally:
        portal.stop()


def _watched(watch: Watcher, url: str, script: str) -> tuple[list[int], set[str]]:
    """Watch to the end; give the last picture, small, and the video tracks asked for."""
    asked: set[str] = set()

    def prepare(page: Page) -> None:
        if script:
            page.add_init_script(script)
        page.on("request", lambda one: asked.add(_track_of(one)))

    player: Player = watch(url, before=prepare).start()
    player.until("video.ended")
    assert player.size == (320, 180)
    seen = json.loads(f"[{player.page.evaluate(PICTURE)}]")
    return seen, {track for track in asked if track.startswith(("av1-", "h264-"))}


def _distance(one: list[int], other: list[int]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _track_of(request: Request) -> str:
    return request.url.rpartition("/")[0].rpartition("/")[2]
