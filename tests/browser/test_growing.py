"""A film that is still being encoded: it plays, says what is to come, gets better."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.parse

from playwright.sync_api import expect

from tests.browser.conftest import Owned, Watcher
from tests.browser.player import VIDEO
from tests.browser.stage import GROWING_S, LADDER, GrowingFilm, source
from tests.live_portal import environment, get


def test_playlist_of_a_growing_film(growing: GrowingFilm) -> None:
    hls = growing.outcome["hls"]
    rung = re.findall(r"^[^#]\S+\.m3u8", get(hls).text, re.MULTILINE)[0]
    text = get(urllib.parse.urljoin(hls, rung)).text
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text
    assert "#EXT-X-ENDLIST" not in text
    assert "#EXT-X-PROGRAM-DATE-TIME" not in text


def test_growing_film_is_watched_to_its_edge_and_beyond(
    growing: GrowingFilm, watch: Watcher
) -> None:
    player = watch(growing.outcome["url"])
    expect(player.part("total")).to_have_text("0:36")
    expect(player.page.locator("[data-while-growing]")).to_be_visible()
    # Slowly, so that it is not at its edge before anybody looks.
    player.page.evaluate(f"{VIDEO}.defaultPlaybackRate = {VIDEO}.playbackRate = 0.25")
    player.start()
    assert player.get("video.played.start(0)") < 1, "it begins at the beginning"

    # The bar has the whole film, and the part to come is marked on it.
    bar = player.part("seek")
    assert abs(float(bar.get_attribute("max") or 0) - growing.seconds) < 0.1
    available = float(
        bar.evaluate("(e) => e.style.getPropertyValue('--available')").rstrip("%")
    )
    end = player.get("video.seekable.end(0)")
    assert abs(available - 100 * end / growing.seconds) < 1
    assert end < growing.seconds - 4
    assert player.page.locator("lucarne-player[data-growing]").count() == 1

    # A press on what is not there yet says so and stays at the edge.
    player.press("9")
    player.part("message").get_by_text("still being prepared").wait_for()
    player.until(f"!video.seeking && video.currentTime >= {end} - 1")
    assert player.at <= end

    player.page.evaluate(f"{VIDEO}.playbackRate = 1")
    # The worker goes on: the same page plays on by itself, beyond that edge.
    growing.go_on()
    player.until(f"video.currentTime > {end} + 0.5", seconds=GROWING_S)
    player.until_it_moves()
    growing.until_ready()
    player.page.locator("[data-while-growing]").wait_for(state="detached")


def test_a_film_is_watched_while_it_grows_and_gets_better(
    watch: Watcher, own_portal: Owned
) -> None:
    """Two processes: one shows pages only, one encodes when it is told to."""
    portal = own_portal()
    made = portal.publish("--wait", "playable", str(source(LADDER.name)))
    portal.start("--no-jobs")
    worker = None
    try:
        early = watch(made["url"]).start()
        early.press("End")
        early.until("video.ended")
        player = watch(made["url"]).start()
        assert player.size == LADDER.size
        player.page.evaluate(f"{VIDEO}.playbackRate = 0.1")  # it must not end first
        expect(player.page.locator("[data-while-growing]")).to_be_visible()
        worker = subprocess.Popen(
            [sys.executable, "-m", "lucarne.cli", "work"],
            env=environment(portal.data, **portal.settings),
        )
        better = player.part("better")
        expect(better).to_be_visible(timeout=GROWING_S * 1000)
        before = player.at
        player.page.evaluate(f"{VIDEO}.playbackRate = 1")
        better.click()
        player.until(f"!video.paused && video.currentTime > {before + 0.5}")
        expect(better).to_be_hidden()
        expect(player.page.locator("[data-while-growing]")).to_have_count(0)
        player.press("0")
        player.choose_quality("360p")
        player.until("video.videoHeight === 360")

        # Who was at the end is left alone, and sees it when she watches again.
        expect(early.page.locator("[data-while-growing]")).to_have_count(0)
        assert early.get("video.ended")
        early.part("play").click()
        early.choose_quality("360p")
        early.until("video.videoHeight === 360 && !video.paused")
        expect(early.part("sentence")).to_be_empty()
    finally:
        if worker:
            worker.terminate()
            worker.wait(20)
