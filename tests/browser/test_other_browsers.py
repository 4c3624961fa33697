"""The watch page plays in Firefox and in WebKit, as Debian has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.browser.conftest import Films
from tests.browser.stage import LADDER, LADDER_HEIGHTS
from tests.browser.webdriver import BROWSERS, Browser, missing
from tests.live_portal import until

pytestmark = pytest.mark.other_browsers
PATIENCE_S: Final = 60
INSTALL: Final = (
    "sudo apt install firefox-esr webkit2gtk-driver xvfb gstreamer1.0-libav"
    " gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
)

PICTURE: Final = """
  const canvas = document.createElement("canvas");
  canvas.width = 32; canvas.height = 18;
  const pen = canvas.getContext("2d");
  pen.drawImage(document.querySelector("video"), 0, 0, 32, 18);
  return String(pen.getImageData(0, 0, 32, 18).data);
"""
POSTER: Final = """
  const picture = new Image();
  picture.src = document.querySelector("video").poster;
  return picture.decode().then(() => picture.naturalWidth);
"""


@pytest.fixture(scope="module", params=BROWSERS)
def page(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    if lacking := missing(request.param):
        pytest.skip(f"{request.param} needs {lacking} (on Debian: {INSTALL})")
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as browser:
        yield Page(browser)


class Page:
    """A watch page in front of somebody."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def ask(self, expression: str) -> Any:
        """Ask the player, ``p``, and its video, ``v``."""
        return self.browser.run(
            "const p = document.querySelector('lucarne-player'), v = p.video;"
            f"return {expression}"
        )

    def until(self, condition: str) -> None:
        try:
            until(lambda: self.ask(condition), seconds=PATIENCE_S)
        except AssertionError:
            facts = self.ask("[v.currentTime, v.readyState, v.paused, v.videoHeight]")
            message = f"not so: {condition}; time, state, paused, height: {facts}"
            raise AssertionError(message) from None

    def press_start(self) -> None:
        self.until("p.parts.seek.hasAttribute('aria-valuetext')")
        self.browser.click("[data-part=start]")
        self.until("v.currentTime > 0.3 && !v.paused")

    def moves(self) -> None:
        """Time goes on, frames are shown, the picture is another one."""
        before, (time, frames) = self.browser.run(PICTURE), self.ask(
            "[v.currentTime, v.getVideoPlaybackQuality().totalVideoFrames]"
        )
        self.until(
            f"v.currentTime > {time} + 0.5"
            f" && v.getVideoPlaybackQuality().totalVideoFrames > {frames} + 3"
        )
        assert self.browser.run(PICTURE) != before

    def choose_quality(self, height: int) -> None:
        if not self.ask("p.parts.settings.matches(':popover-open')"):
            self.browser.click("[data-part=settings-button]")
        self.browser.click(f"[data-part=qualities] label:has([value='{height}'])")
        self.until(f"v.videoHeight === {height}")


def test_a_film_plays_with_all_that_people_do(page: Page, film: Films) -> None:
    browser = page.browser
    browser.open(film(LADDER.name).url)
    assert browser.run(POSTER) == 1280
    assert page.ask("v.paused && v.currentTime === 0"), "nothing plays by itself"
    page.press_start()
    assert page.ask("p.engine.kind") == "hls"
    page.moves()
    # On a slow machine the film is over before somebody has chosen, who then looks at
    # its last picture for good.
    page.ask("v.loop = true")
    least, *_, best = LADDER_HEIGHTS
    page.choose_quality(least)  # at the next segment
    page.moves()
    browser.press("k")
    page.until("v.paused")
    browser.press("5")
    page.until("v.currentTime === 12 && !v.seeking")
    page.choose_quality(best)  # at once
    browser.press("k")
    page.moves()
    browser.press("k")
    page.until("v.paused")
    browser.press("0")
    page.until("v.currentTime === 0 && !v.seeking")
    browser.press(".")
    page.until("Math.abs(v.currentTime - 0.04) < 0.005")
    browser.press("k")
    page.moves()
    page.ask("v.loop = false")
    browser.press("End")
    page.until("v.ended")
    assert browser.problems() == []


def test_an_encoded_film_plays_in_both_languages(page: Page, film: Films) -> None:
    browser = page.browser
    browser.open(film("vp9_opus").url)
    title = browser.run("return document.querySelector('h1').textContent.trim()")
    for language, start in (("en", f"Play: {title}"), ("fr", f"Lire\u202f: {title}")):
        assert browser.run("return document.documentElement.lang") == language
        assert page.ask("p.parts.start.getAttribute('aria-label')") == start
        page.press_start()
        page.moves()
        assert page.ask("[v.videoWidth, v.videoHeight]") == [320, 180]
        browser.click(f"button[name=language]:not([value={language}])")
        until(
            lambda was=language: (
                browser.run("return document.documentElement.lang") != was
            ),
            seconds=PATIENCE_S,
        )
    assert browser.problems() == []
