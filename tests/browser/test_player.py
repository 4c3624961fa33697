"""Films published through the real path, watched in a real browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.live_portal import Portal, environment

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Published = dict[str, dict[str, Any]]


@pytest.mark.parametrize(
    "name", ["h264_aac", "vp9_opus", "rotated", "hevc", "surround", "video_only"]
)
def test_every_kind_of_film_plays(
    open_page: Opener, published: Published, name: str
) -> None:
    made = published[name]
    watching = open_page(made["url"])
    assert watching.video("paused"), "nothing plays by itself"
    watching.play()
    assert (
        watching.page.evaluate("document.querySelector('lucarne-player').engine.kind")
        == "hls"
    )
    assert watching.moves()
    sizes = {(one["width"], one["height"]) for one in made["renditions"]}
    assert watching.size in sizes
    expect(watching.part("captions")).to_be_hidden()
    if name == "rotated":
        width, height = watching.size
        assert height > width


def test_the_size_changes_with_the_quality(
    open_page: Opener, published: Published
) -> None:
    watching = open_page(published["h264_aac"]["url"])
    watching.play()
    for label, height in (("360p", 360), ("720p", 720)):
        watching.choose_quality(label)
        watching.until(f"video.videoHeight === {height}")
    watching.part("settings-button").click()
    watching.page.get_by_role("radio", name="Automatic").check(force=True)
    expect(watching.part("qualities")).to_contain_text("Automatic (720p)")


def test_seeking_by_the_bar_shows_where_it_leads(
    open_page: Opener, published: Published
) -> None:
    watching = open_page(published["h264_aac"]["url"])
    watching.play()
    watching.pause()
    bar = watching.part("seek")
    box = bar.bounding_box()
    assert box
    middle = (box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    bar.hover()
    watching.page.mouse.move(*middle)
    expect(watching.part("preview-time")).to_have_text("0:18")
    watching.page.mouse.move(middle[0] + 1, middle[1])
    expect(watching.part("preview-picture")).to_be_visible()
    assert "storyboard" in watching.part("preview-picture").evaluate(
        "one => one.style.backgroundImage"
    )
    watching.page.mouse.click(*middle)
    watching.until("Math.abs(video.currentTime - 18) < 0.5 && !video.seeking")
    watching.part("play").click()
    watching.until("video.currentTime > 18.8")


def test_the_keyboard_does_what_people_expect(
    open_page: Opener, published: Published
) -> None:
    watching = open_page(published["h264_aac"]["url"])
    watching.play()
    watching.press("k")
    watching.until("video.paused")
    watching.press("5")
    watching.until("video.currentTime === 12")
    for key, at in (
        ("l", 22), ("j", 12), ("ArrowRight", 17), ("ArrowLeft", 12), ("Home", 0), ("3", 7.2),
    ):  # fmt: skip
        watching.press(key)
        watching.until(f"Math.abs(video.currentTime - {at}) < 0.06")
    watching.press(".")
    watching.until("Math.abs(video.currentTime - 7.24) < 0.005")
    watching.press(",")
    watching.until("Math.abs(video.currentTime - 7.2) < 0.005")
    watching.press("Shift+>")
    watching.until("video.playbackRate === 1.25")
    watching.press("Shift+<")
    watching.until("video.playbackRate === 1")
    watching.press("m")
    watching.until("video.muted")
    watching.press("m")
    watching.press("ArrowDown")
    watching.until("!video.muted && video.volume === 0.95")
    watching.press("t")
    expect(watching.part("theater")).to_have_attribute("aria-pressed", "true")
    watching.press("f")
    watching.until("document.fullscreenElement?.localName === 'lucarne-player'")
    watching.press("f")
    watching.until("!document.fullscreenElement")
    watching.press("End")
    watching.until("video.currentTime > 23.5")
    watching.press("0")
    watching.press(" ")
    watching.until("!video.paused && video.currentTime > 0.2")


def test_keys_leave_fields_alone_and_can_be_switched_off(
    open_page: Opener, published: Published
) -> None:
    watching = open_page(published["h264_aac"]["url"])
    watching.play()
    watching.pause()
    watching.page.evaluate(
        "document.body.append(Object.assign(document.createElement('input'), {id: 'f'}))"
    )
    watching.page.locator("#f").focus()
    watching.press("k")
    watching.press("5")
    assert watching.page.locator("#f").input_value() == "k5"
    assert watching.video("paused")
    assert watching.at < 5
    watching.page.locator("#f").evaluate("one => one.remove()")
    watching.press("Control+l")
    assert watching.at < 5
    watching.press("?")
    expect(watching.part("help")).to_be_visible()
    watching.part("keys-on").uncheck()
    watching.press("Escape")
    watching.press("5")
    assert watching.at < 5
    watching.page.reload()
    watching.part("start").focus()
    watching.press("?")
    expect(watching.part("keys-on")).not_to_be_checked()


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [
        ("en-US", "12 seconds of 24 seconds"),
        ("fr-FR", "12\u00a0secondes sur 24\u00a0secondes"),
    ],
)
def test_the_position_is_said_in_words(
    open_page: Opener, published: Published, locale: str, spoken: str
) -> None:
    watching = open_page(published["h264_aac"]["url"], locale=locale)
    watching.play()
    watching.pause()
    watching.press("5")
    expect(watching.part("seek")).to_have_attribute("aria-valuetext", spoken)


def test_an_address_can_name_a_time(open_page: Opener, published: Published) -> None:
    watching = open_page(published["h264_aac"]["url"] + "?t=0m15s")
    expect(watching.part("now")).to_have_text("0:15")
    watching.part("start").click()
    watching.until("video.currentTime > 15.2 && video.currentTime < 20")


def test_fingers_jump_and_hide_the_controls(
    open_page: Opener, published: Published
) -> None:
    phone = {"width": 360, "height": 740}
    watching = open_page(
        published["h264_aac"]["url"], viewport=phone, has_touch=True, is_mobile=True
    )
    watching.part("start").tap()
    watching.until("video.currentTime > 0.4")
    box = watching.page.locator("video").bounding_box()
    assert box
    right = (box["x"] + box["width"] * 0.85, box["y"] + box["height"] * 0.4)
    watching.page.touchscreen.tap(*right)
    watching.page.touchscreen.tap(*right)
    watching.until("video.currentTime > 10 && !video.paused")
    width = watching.page.evaluate("document.documentElement.scrollWidth")
    assert width == 360
    expect(watching.part("bar")).to_have_css("opacity", "0")
    watching.part("settings-button").evaluate("one => one.click()")
    menu = watching.part("settings").bounding_box()
    assert menu
    assert round(menu["y"] + menu["height"]) == 740


def test_without_a_script_the_browser_plays_one_file(
    open_page: Opener, published: Published
) -> None:
    watching = open_page(published["h264_aac"]["url"], java_script_enabled=False)
    video = watching.page.locator("video")
    expect(video).to_have_attribute("controls", "")
    box = video.bounding_box()
    assert box
    with watching.page.expect_response("**/film.mp4") as fetched:
        watching.page.mouse.click(box["x"] + 25, box["y"] + box["height"] - 48)
    assert fetched.value.status in {200, 206}
    assert fetched.value.headers["content-type"] == "video/mp4"
    expect(watching.part("start")).to_be_hidden()


def test_without_media_source_the_file_is_played(
    open_page: Opener, published: Published
) -> None:
    def old_browser(page: Page) -> None:
        page.add_init_script(
            "delete window.MediaSource; delete window.ManagedMediaSource;"
            "HTMLMediaElement.prototype.canPlayType = () => '';"
        )

    watching = open_page(published["h264_aac"]["url"], before=old_browser)
    watching.play()
    assert watching.moves()
    assert watching.video("currentSrc").endswith("/film.mp4")
    watching.press("5")
    watching.until("video.currentTime > 12 && !video.seeking")


def test_a_stream_that_cannot_be_read_falls_back_to_the_file(
    open_page: Opener, published: Published
) -> None:
    def nonsense(page: Page) -> None:
        page.route("**/main.m3u8", lambda route: route.fulfill(body="#EXTM3U\nno"))

    watching = open_page(published["h264_aac"]["url"], before=nonsense)
    watching.play()
    assert watching.video("currentSrc").endswith("/film.mp4")


def test_an_address_that_has_expired_says_what_to_do(
    open_page: Opener, published: Published
) -> None:
    def expired(page: Page) -> None:
        page.route("**/main.m3u8", lambda route: route.fulfill(status=404))

    watching = open_page(published["h264_aac"]["url"], before=expired, may_fail=True)
    watching.part("start").click()
    expect(watching.part("sentence")).to_have_text(
        "This page has been open for long. Reload it to go on watching."
    )
    watching.page.unroute("**/main.m3u8")
    watching.part("retry").click()
    watching.page.wait_for_load_state()
    watching.play()


def test_a_lost_connection_is_put_into_words_and_mended(
    open_page: Opener, published: Published
) -> None:
    watching = open_page(published["h264_aac"]["url"], may_fail=True)
    watching.page.route("**/*.m4s", lambda route: route.abort())
    watching.part("start").click()
    expect(watching.part("sentence")).to_have_text(
        "The connection was lost. Trying again…", timeout=30_000
    )
    watching.page.unroute("**/*.m4s")
    watching.until("video.currentTime > 0.5", seconds=60)
    expect(watching.part("sentence")).to_be_empty()


def test_a_film_is_watched_while_it_grows_and_gets_better(
    open_page: Opener, published: Published, tmp_path: Path
) -> None:
    """Two processes: one shows pages only, one encodes when it is told to."""
    portal = Portal(tmp_path / "data")
    portal.init()
    made = portal.publish("--wait", "playable", published["h264_aac"]["file"])
    portal.start("--no-jobs")
    worker = None
    try:
        watching = open_page(made["url"])
        watching.play()
        assert watching.size == (1280, 720)
        expect(watching.page.locator("[data-while-growing]")).to_be_visible()
        worker = subprocess.Popen(
            [sys.executable, "-m", "lucarne.cli", "work"],
            env=environment(portal.data, **portal.settings),
        )
        expect(watching.part("better")).to_be_visible(timeout=60_000)
        before = watching.at
        watching.part("better").click()
        watching.until(f"!video.paused && video.currentTime > {before + 1}")
        assert watching.at < before + 8
        expect(watching.part("better")).to_be_hidden()
        expect(watching.page.locator("[data-while-growing]")).to_have_count(0)
        watching.press("0")
        watching.choose_quality("360p")
        watching.until("video.videoHeight === 360")
    finally:
        if worker:
            worker.terminate()
            worker.wait(20)
        portal.kill()
