"""Somebody in front of a watch page: what she can do and see."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import PATIENCE_S
from tests.live_portal import until

VIDEO: Final = "document.querySelector('video')"
# The picture, small, so that two moments can be compared.
PICTURE: Final = f"""(() => {{
  const canvas = new OffscreenCanvas(32, 18);
  const pen = canvas.getContext("2d");
  pen.drawImage({VIDEO}, 0, 0, 32, 18);
  return String(pen.getImageData(0, 0, 32, 18).data);
}})()"""


class Player:
    """A page with a player. Facts are asked for, never slept for."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def get(self, fact: str) -> Any:
        """Ask in JavaScript; ``video`` is the element."""
        return self.page.evaluate(
            f"(() => {{ const video = {VIDEO}; return {fact}; }})()"
        )

    def until(self, fact: str, *, seconds: float = PATIENCE_S) -> None:
        """Wait until a fact is so.

        It is asked for from outside: the pages' policy forbids the eval that
        Playwright's own way needs, and without JavaScript no timer runs.
        """
        self._until(lambda: self.get(fact), fact, seconds)

    def _until(
        self, answer: Callable[[], Any], what: str, seconds: float = PATIENCE_S
    ) -> None:
        try:
            until(answer, seconds=seconds, every=0.05)
        except AssertionError:
            raise AssertionError(f"not so after {seconds} s: {what}") from None

    @property
    def at(self) -> float:
        return float(self.get("video.currentTime"))

    @property
    def size(self) -> tuple[int, int]:
        return self.get("video.videoWidth"), self.get("video.videoHeight")

    def until_at(self, seconds: float, *, within: float = 0.06) -> None:
        self.until(
            "!video.seeking && video.readyState >= 2"
            f" && Math.abs(video.currentTime - {seconds}) < {within}"
        )

    def until_it_moves(self) -> None:
        """Wait until the clock goes on, and the picture itself changes."""
        self.until("video.readyState >= 2 && video.currentTime > 0")
        at, before = self.at, self.page.evaluate(PICTURE)
        self.until(f"video.currentTime > {at + 0.3}")
        self._until(lambda: self.page.evaluate(PICTURE) != before, "another picture")

    def is_wired(self) -> None:
        """Wait until the controls work: the bar can say where it is."""
        expect(self.part("seek")).to_have_attribute("aria-valuetext", re.compile("."))

    def start(self) -> Player:
        """Press play, see the film run."""
        self.part("start").click()
        self.until_it_moves()
        return self

    def pause(self) -> None:
        self.page.evaluate(f"{VIDEO}.pause()")
        self.until("video.paused && !video.seeking && video.readyState >= 2")

    def go_to(self, seconds: float) -> None:
        """Put a paused film at a time, so that a key can move it from there."""
        self.page.evaluate(f"void ({VIDEO}.currentTime = {seconds})")
        self.until_at(seconds)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def choose_quality(self, label: str) -> None:
        if not self.part("settings").is_visible():
            self.part("settings-button").click()
        self.part("settings").get_by_role("radio", name=re.compile(f"^{label}")).check()
