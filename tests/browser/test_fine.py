"""A film is made smaller while somebody watches it: nobody notices, then it is AV1."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Request

from tests.browser.conftest import Owned, Watcher
from tests.browser.player import VIDEO
from tests.engine.films import film
from tests.live_portal import get, until

SECONDS = 4
FINE_S = 240


def test_nobody_who_watches_notices_the_change(
    watch: Watcher, own_portal: Owned
) -> None:
    portal = own_portal(LUCARNE_MEDIA__SEGMENT_MS="1000")
    portal.start()
    made = portal.publish(str(film("h264_short")))
    before = get(made["hls"]).text
    player = watch(made["url"]).start()
    # It must last longer than the second pass does, however slow the machine.
    player.page.evaluate(f"{VIDEO}.playbackRate = 0.0625")
    portal.make_smaller(made["video"])
    until(lambda: "av01" in get(made["hls"]).text, seconds=FINE_S)
    after = get(made["hls"]).text
    assert "avc1" in after
    assert not set(_tracks(before)) & set(_tracks(after)) - {"sound-0"}
    # She goes on with what she knows, to the end.
    assert player.at < SECONDS
    player.page.evaluate(f"{VIDEO}.playbackRate = 1")
    player.until("video.ended")

    asked: list[str] = []

    def remember(page: Page) -> None:
        page.on("request", lambda one: asked.append(_track_of(one)))

    player = watch(made["url"], before=remember).start()
    player.choose_quality("360p")
    player.until("video.ended")
    assert any(track.startswith("av1-") for track in asked)


def _tracks(manifest: str) -> list[str]:
    return re.findall(r"([\w-]+)/index\.m3u8", manifest)


def _track_of(request: Request) -> str:
    return request.url.rpartition("/")[0].rpartition("/")[2]
