"""Nothing needs JavaScript: lists are links, a film is one MP4 with its sound."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Films, Visitor, Watcher
from tests.browser.player import VIDEO
from tests.browser.stage import LADDER, SIX, Kind, Stage, title
from tests.live_portal import get


@pytest.mark.parametrize(
    "kind", [LADDER, SIX[1], SIX[2], SIX[-1]], ids=lambda kind: kind.name
)
def test_film_is_one_file(kind: Kind, watch: Watcher) -> None:
    player = watch(kind.name, java_script_enabled=False)
    expect(player.page.locator("video[controls]")).to_be_visible()
    expect(player.part("start")).to_be_hidden()
    player.page.evaluate(f"void {VIDEO}.play()")  # as its own controls do
    player.until("video.currentTime > 0.3")
    assert player.get("video.currentSrc").endswith("/film.mp4")
    width, height = player.size
    assert width * kind.size[1] == height * kind.size[0]
    assert abs(player.get("video.duration") - kind.seconds) < 0.1
    assert bool(player.get("video.webkitAudioDecodedByteCount")) == kind.has_sound
    player.page.evaluate(f"void ({VIDEO}.currentTime = {kind.seconds - 1.5})")
    player.until("video.ended")


def test_home_lists_newest_first_with_real_addresses(
    stage: Stage, film: Films, visit: Visitor
) -> None:
    titles = {film(kind.name).url: title(kind) for kind in SIX}
    page = visit(java_script_enabled=False).page
    page.goto(stage.portal.url)
    links = page.locator("main a[href^='/watch/']")
    newest_first = stage.in_order()[::-1]
    expect(links).to_have_text([titles[url] for url in newest_first])
    for link, url in zip(links.all(), newest_first, strict=True):
        assert stage.portal.url + str(link.get_attribute("href")) == url
    links.last.click()
    page.wait_for_url(newest_first[-1])
    assert get(f"{stage.portal.url}/?page=2").status_code == 404
