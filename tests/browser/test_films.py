"""Films of six kinds, published as people publish, play as people watch."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watcher
from tests.browser.player import VIDEO
from tests.browser.stage import LADDER, LADDER_HEIGHTS, SIX, Kind, title


@pytest.mark.parametrize("kind", SIX, ids=lambda kind: kind.name)
def test_film_plays(kind: Kind, watch: Watcher) -> None:
    player = watch(kind.name)
    expect(player.page.get_by_role("heading", level=1)).to_have_text(title(kind))
    assert player.get("video.paused"), "nothing plays by itself"
    assert player.at == 0

    player.start()
    engine = "document.querySelector('lucarne-player').engine.kind"
    assert player.get(engine) == "hls"
    assert abs(player.get("video.duration") - kind.seconds) < 0.1
    width, height = player.size
    assert width * kind.size[1] == height * kind.size[0]  # upright, undistorted
    assert bool(player.get("video.webkitAudioDecodedByteCount")) == kind.has_sound
    assert player.part("total").inner_text() == f"0:{kind.seconds:02.0f}"

    player.choose_quality(f"{min(kind.size)}p")
    player.until(
        f"[video.videoWidth, video.videoHeight] == '{kind.size[0]},{kind.size[1]}'"
    )


def test_picture_has_the_size_of_each_quality(watch: Watcher) -> None:
    player = watch().start()
    player.part("settings-button").click()
    labels = player.part("qualities").locator("label").all_inner_texts()
    heights = sorted(LADDER_HEIGHTS, reverse=True)
    assert labels[0].startswith("Automatic")
    assert labels[1:] == [f"{height}p" for height in heights]
    for height in (*reversed(heights), *heights[1:]):
        # A film that has ended meanwhile would show no other picture.
        player.page.evaluate(f"void ({VIDEO}.currentTime = 0)")
        player.choose_quality(f"{height}p")
        player.until(f"video.videoHeight === {height}")
    player.choose_quality("Automatic")
    now = re.compile(rf"^Automatic \(({'|'.join(map(str, heights))})p\)")
    expect(player.part("qualities")).to_have_text(now)


def test_quality_chosen_while_paused_is_there_after_play(watch: Watcher) -> None:
    player = watch().start()
    player.pause()
    player.choose_quality("360p")
    player.press("k")
    player.until("video.videoHeight === 360 && !video.paused")


def test_poster_is_shown_until_the_film_runs(watch: Watcher) -> None:
    player = watch()
    poster = player.get("video.poster")
    assert poster.endswith("/poster.jpg")
    size = player.page.evaluate(
        "async (url) => { const image = new Image(); image.src = url;"
        " await image.decode(); return [image.naturalWidth, image.naturalHeight] }",
        poster,
    )
    assert tuple(size) == LADDER.size
    player.start()
    assert player.get("video.poster") == ""


def test_film_ends_and_can_be_watched_again(watch: Watcher) -> None:
    player = watch("video_only").start()
    player.until("video.ended")
    play = player.part("play")
    expect(play).to_have_attribute("aria-label", "Watch again")
    play.click()
    expect(play).to_have_attribute("aria-label", "Pause")
    player.until("video.ended")
