"""The watch page, as a test uses it."""

from __future__ import annotations

import re
from typing import Any, Final

from playwright.sync_api import Error, Locator, Page

from tests.browser.chromium import PATIENCE_MS

VIDEO: Final = "document.querySelector('video')"
# A picture of 32 x 18 gray values, so that two moments can be compared.
PICTURE: Final = f"""() => {{
  const canvas = new OffscreenCanvas(32, 18);
  const drawing = canvas.getContext("2d");
  drawing.drawImage({VIDEO}, 0, 0, 32, 18);
  return [...drawing.getImageData(0, 0, 32, 18).data.filter((_, i) => i % 4 === 1)];
}}"""
# The pages' policy forbids eval, which Playwright's own wait_for_function needs.
POLL: Final = """(arg) => new Promise((resolve, reject) => {{
  const end = performance.now() + {patience};
  const look = () => {{
    let answer = false;
    try {{ answer = ({condition})(arg); }} catch (error) {{ return reject(error); }}
    if (answer) resolve(answer);
    else if (performance.now() > end) reject(new Error("still not so"));
    else setTimeout(look, 20);
  }};
  look();
}})"""
MOVES: Final = f"""([time, frames]) => {{
  const video = {VIDEO};
  return video.currentTime > time + 0.4 && !video.paused
    && video.getVideoPlaybackQuality().totalVideoFrames > frames + 5;
}}"""
SETTLED: Final = f"() => !{VIDEO}.seeking && {VIDEO}.readyState >= 2"


def wait(page: Page, condition: str, arg: Any = None) -> None:
    """Wait in the page until a function of JavaScript says yes."""
    script = POLL.format(patience=PATIENCE_MS, condition=condition)
    try:
        page.evaluate(script, arg)
    except Error as error:
        raise AssertionError(f"{condition} ({arg}): {error.message}") from None


class Player:
    """What a person does with the player, and what she sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def part(self, name: str) -> Locator:
        return self.page.locator(f"lucarne-player [data-part={name}]")

    def open(self, url: str) -> Player:
        self.page.goto(url)
        # The controls are wired: the bar has learned how long the film is.
        wait(
            self.page,
            "() => document.querySelector('[data-part=seek]').hasAttribute('aria-valuetext')",
        )
        return self

    def press_play(self) -> Player:
        self.part("start").click()
        return self

    def start(self, url: str) -> Player:
        """Open the page, press play, see the film run."""
        return self.open(url).press_play().until_it_moves()

    def until_it_moves(self) -> Player:
        before = self.get(
            "[v.currentTime, v.getVideoPlaybackQuality().totalVideoFrames]"
        )
        wait(self.page, MOVES, before)
        return self

    def picture(self) -> list[int]:
        return list(self.page.evaluate(PICTURE))

    def until_another_picture(self, before: list[int]) -> None:
        wait(
            self.page,
            f"(before) => ({PICTURE})().some((v, i) => Math.abs(v - before[i]) > 24)",
            before,
        )

    def get(self, expression: str) -> Any:
        """Ask the video, ``v``."""
        return self.page.evaluate(f"() => {{ const v = {VIDEO}; return {expression} }}")

    def until(self, condition: str) -> None:
        """Wait for a condition on the video, ``v``."""
        wait(self.page, f"() => {{ const v = {VIDEO}; return {condition} }}")

    def until_at(self, seconds: float, *, within: float = 0.3) -> None:
        self.until(
            f"!v.seeking && v.readyState >= 2 && Math.abs(v.currentTime - {seconds}) < {within}"
        )

    def pause(self) -> None:
        self.page.evaluate(f"() => {VIDEO}.pause()")
        wait(self.page, SETTLED)

    def go_to(self, seconds: float) -> None:
        """Put a paused film at a time, so that a key can move it from there."""
        self.page.evaluate(f"() => {{ {VIDEO}.currentTime = {seconds} }}")
        self.until_at(seconds, within=0.01)

    def choose_quality(self, label: str) -> None:
        menu = self.part("settings")
        if not menu.is_visible():
            self.part("settings-button").click()
        menu.get_by_role("radio", name=re.compile(f"^{label}")).check()
