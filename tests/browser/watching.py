"""Somebody in front of a watch page: what she can do and see."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Locator, Page

_VIDEO = "document.querySelector('video')"


class Watching:
    """A page with a player. Facts are asked for, never slept for."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def video(self, fact: str) -> Any:
        return self.page.evaluate(f"{_VIDEO}.{fact}")

    @property
    def at(self) -> float:
        return float(self.video("currentTime"))

    @property
    def size(self) -> tuple[int, int]:
        return self.video("videoWidth"), self.video("videoHeight")

    def until(self, fact: str, *, seconds: float = 20) -> None:
        """Wait for a JavaScript expression; ``video`` is the element.

        The page's policy forbids eval, so the asking is done from outside.
        """
        end = time.monotonic() + seconds
        while not self.page.evaluate(
            f"(() => {{ const video = {_VIDEO}; return {fact}; }})()"
        ):
            if time.monotonic() > end:
                raise AssertionError(f"not so after {seconds} s: {fact}")
            self.page.wait_for_timeout(50)

    def play(self) -> None:
        self.part("start").click()
        self.until("video.currentTime > 0.4 && !video.paused")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def pause(self) -> None:
        self.page.evaluate(f"{_VIDEO}.pause()")
        self.until("video.paused")

    def moves(self) -> bool:
        """Whether the picture itself changes, not only the clock."""
        before = self._picture()
        self.until(f"video.currentTime > {self.at + 0.8}")
        return self._picture() != before

    def _picture(self) -> str:
        """Draw what is shown very small and return its bytes."""
        return str(
            self.page.evaluate(
                """() => {
                  const canvas = document.createElement("canvas");
                  canvas.width = 64; canvas.height = 36;
                  const pen = canvas.getContext("2d");
                  pen.drawImage(document.querySelector("video"), 0, 0, 64, 36);
                  return String(pen.getImageData(0, 0, 64, 36).data);
                }"""
            )
        )

    def choose_quality(self, label: str) -> None:
        self.part("settings-button").click()
        self.page.get_by_role("radio", name=label, exact=True).check(force=True)
        self.page.keyboard.press("Escape")

    @property
    def sentence(self) -> str:
        return self.part("sentence").inner_text()
