"""What happens to a viewer when something does not work: words, and a way on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watcher
from tests.browser.player import Player

LOST = "The connection was lost. Trying again…"


def old_browser(page: Page) -> None:
    """It plays files only."""
    page.add_init_script(
        "delete window.MediaSource; delete window.ManagedMediaSource;"
        "HTMLMediaElement.prototype.canPlayType = () => '';"
    )


def test_without_media_source_the_file_is_played(watch: Watcher) -> None:
    player = watch(before=old_browser).start()
    assert player.get("video.currentSrc").endswith("/film.mp4")
    player.press("5")
    player.until("video.currentTime >= 12 && !video.seeking")


def test_a_stream_that_cannot_be_read_falls_back_to_the_file(watch: Watcher) -> None:
    def nonsense(page: Page) -> None:
        page.route("**/main.m3u8", lambda route: route.fulfill(body="#EXTM3U\nno"))

    player = watch(before=nonsense).start()
    assert player.get("video.currentSrc").endswith("/film.mp4")


def test_an_address_that_has_expired_says_what_to_do(watch: Watcher) -> None:
    def expired(page: Page) -> None:
        page.route("**/main.m3u8", lambda route: route.fulfill(status=404))

    player = watch(before=expired, allow="404")
    player.part("start").click()
    expect(player.part("sentence")).to_have_text(
        "This page has been open for long. Reload it to go on watching."
    )
    player.page.unroute("**/main.m3u8")
    with player.page.expect_navigation():
        player.part("retry").click()
    player.is_wired()
    player.start()


def test_an_address_that_ends_is_renewed_for_who_may_still_watch(
    watch: Watcher,
) -> None:
    player = watch(allow="403").start()
    player.choose_quality("360p")
    player.until("video.videoHeight === 360")
    page = player.page
    hls = page.locator("lucarne-player").get_attribute("data-hls")
    assert hls
    old = hls.split("/")[2]
    # The portal gives another address now, and refuses the one that the page has.
    renewed = {"hls": hls.replace(old, "renewed")}
    page.route(f"**/media/{old}/**", lambda route: route.fulfill(status=403))
    page.route(
        "**/media/renewed/**",
        lambda route: route.continue_(url=route.request.url.replace("/renewed/", f"/{old}/")),
    )
    page.route("**/state", lambda route: route.fulfill(json={"addresses": renewed}))
    player.choose_quality("720p")  # none of it is there yet
    player.press("9")
    _goes_on_by_itself(player)
    assert player.at > 21
    assert player.size == (1280, 720)


def test_a_quality_that_is_gone_is_left_for_another(watch: Watcher) -> None:
    """Also when its first answer comes after the other quality was asked for."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def half_gone(page: Page) -> None:
        page.route("**/h264-720/init.mp4", hold)
        page.route("**/h264-720/*.m4s", lambda route: route.fulfill(status=404))

    player = watch(before=half_gone, allow="404").start()
    assert player.size in {(854, 480), (640, 360)}
    assert held
    for route in held:
        route.abort()


@pytest.mark.parametrize("lost", ["**/*.m4s", "**/{*.m4s,init.mp4}", "**/main.m3u8"])
def test_a_lost_connection_is_put_into_words_and_mended(
    watch: Watcher, lost: str
) -> None:
    player = watch(
        before=lambda page: page.route(lost, lambda route: route.abort()),
        allow="ERR_FAILED",
    )
    player.part("start").click()
    expect(player.part("sentence")).to_have_text(LOST)
    player.page.unroute(lost)
    _goes_on_by_itself(player)


def test_a_film_goes_on_where_the_connection_was_lost(watch: Watcher) -> None:
    player = watch(allow="ERR_INTERNET_DISCONNECTED").start()
    player.choose_quality("360p")
    player.until("video.videoHeight === 360")
    player.page.route("**/*.m4s", lambda route: route.abort("internetdisconnected"))
    player.choose_quality("720p")  # none of it is there yet
    player.press("9")
    expect(player.part("sentence")).to_have_text(LOST)
    player.page.unroute("**/*.m4s")
    _goes_on_by_itself(player)
    assert player.at > 21
    assert player.size == (1280, 720), "silence is not the fault of a quality"


def test_who_was_offline_goes_on_when_she_is_back(watch: Watcher) -> None:
    player = watch(allow="ERR_INTERNET_DISCONNECTED")
    player.page.context.set_offline(True)
    player.part("start").click()
    expect(player.part("sentence")).to_have_text(
        "You are offline. The film goes on when the connection is back."
    )
    player.page.context.set_offline(False)
    _goes_on_by_itself(player)


def test_a_file_that_nobody_sends_begins_when_somebody_does(watch: Watcher) -> None:
    def silent(page: Page) -> None:
        old_browser(page)
        page.route("**/film.mp4", lambda route: route.abort())

    player = watch(query="?t=12", before=silent, allow="ERR_FAILED")
    player.part("start").click()
    expect(player.part("sentence")).to_have_text(LOST)
    player.page.unroute("**/film.mp4")
    _goes_on_by_itself(player)
    assert player.at > 12


def test_a_file_whose_address_has_expired_says_what_to_do(watch: Watcher) -> None:
    def expired(page: Page) -> None:
        old_browser(page)
        page.route("**/film.mp4", lambda route: route.fulfill(status=404))

    player = watch(before=expired, allow="404")
    player.part("start").click()
    expect(player.part("sentence")).to_have_text(
        "This page has been open for long. Reload it to go on watching."
    )


def _goes_on_by_itself(player: Player) -> None:
    player.until_it_moves()
    expect(player.part("sentence")).to_be_empty()
