"""kill -9 a browser at random moments, from the choice of a film to its publication."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.chromium import PATIENCE_S, launch
from tests.browser.stage import Stage, source
from tests.live_portal import Portal, until

# In the suite a few, since each costs a start; KILLS=100 for a proof.
KILLS = int(os.environ.get("KILLS", "2"))
SIZE = 4_000_000
SPEED = 2_000_000  # bytes a second
LONGEST_MS = 4500  # a film is announced, sent and published within


class Person:
    """Sends films with browsers that die; knows what was acknowledged to her."""

    def __init__(self, playwright: Playwright, stage: Stage) -> None:
        self._playwright = playwright
        self._stage = stage
        self._state: Any = None
        self._count = 0
        self.acknowledged = 0
        self.began_at: int | None = None  # what the last browser was told first

    def choose(self, path: Path, *, speed: int = -1) -> tuple[Browser, Page]:
        """Open the form in a browser of its own, choose a film and ask for it to go out."""
        self._count += 1
        self.began_at = None
        # Nothing reads it; it tells this browser from all others.
        browser = launch(self._playwright.chromium, f"--lucarne={self._name()}")
        self._state = self._state or self._stage.signed_in(browser)
        context = browser.new_context(storage_state=self._state)
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.new_page()
        page.on("response", lambda one: self._hear(one.headers.get("upload-offset")))
        page.goto(f"{self._stage.portal.url}/studio/publish")
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed},
        )  # fmt: skip
        page.locator("input[type=file]").set_input_files(path)
        card = page.locator(".film-card")
        card.get_by_role("button", name="Publish", exact=True).click()
        return browser, page

    def _name(self) -> str:
        return f"{self._stage.portal.port}-{self._count:05}"

    def _hear(self, said: str | None) -> None:
        if said is None:
            return
        offset = int(said)
        self.began_at = offset if self.began_at is None else self.began_at
        self.acknowledged = max(self.acknowledged, offset)

    def kill(self) -> None:
        subprocess.run(["pkill", "-9", "-f", "--", f"--lucarne={self._name()}"], check=True)


def film(path: Path, chance: Random) -> Path:
    """Make a film that no other one equals: what is behind its end is ignored."""
    rest = chance.randbytes(SIZE)
    free = (len(rest) + 8).to_bytes(4, "big") + b"free"
    path.write_bytes(source("tiny").read_bytes() + free + rest)
    return path


def received(portal: Portal) -> int:
    """Return how much is here of the film that was sent last and is not published."""
    films = (portal.data / "incoming").glob("upl_????????????????")
    return max((one.stat().st_size for one in films), default=0)


def masters(portal: Portal) -> list[str]:
    """Return the digests of all films that are published."""
    with sqlite3.connect(portal.data / "lucarne.sqlite3") as rows:
        asked = "SELECT digest FROM media_asset JOIN catalog_video ON asset_id = media_asset.id"
        return [digest for (digest,) in rows.execute(asked)]


@pytest.mark.slow
def test_a_browser_that_dies_loses_nothing_and_publishes_nothing_twice(
    tmp_path: Path,
) -> None:
    expect.set_options(timeout=PATIENCE_S * 1000)
    chance = Random(20261126)
    stage = Stage(tmp_path)
    kills, digests = 0, set()
    try:
        with sync_playwright() as playwright:
            person = Person(playwright, stage)
            while kills < KILLS:
                path = film(tmp_path / f"film-{kills}.mp4", chance)
                digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
                person.acknowledged = 0

                # What was asked for just before a kill may still be on its way.
                def is_out() -> bool:
                    return len(masters(stage.portal)) == len(digests)

                def is_kept() -> bool:
                    return received(stage.portal) >= person.acknowledged or is_out()

                while kills < KILLS and not is_out():
                    before = person.acknowledged
                    _, page = person.choose(path, speed=SPEED)
                    page.wait_for_timeout(chance.uniform(0, LONGEST_MS))
                    person.kill()
                    kills += 1
                    until(is_kept, seconds=30)
                    # It went on from where the one before had come to.
                    assert person.began_at is None or person.began_at >= before or is_out()
                see_it_once(person, path)
                assert sorted(masters(stage.portal)) == sorted(digests)
    finally:
        stage.portal.stop()


def see_it_once(person: Person, path: Path) -> None:
    """Choose the film once more: it is published now, or was and is shown."""
    browser, page = person.choose(path)
    known = page.locator(".film-card [data-known]")
    # Pressed before the page's script is there, the form itself is sent.
    told = page.get_by_role("alert").filter(has_text="is here already")
    shown = known.or_(told).or_(page.locator("#details")).filter(visible=True)
    expect(shown.first).to_be_visible(timeout=2 * PATIENCE_S * 1000)
    if "/publish" in page.url:
        page.goto(page.url)
        forget = page.get_by_role("button", name="Forget it")
        while left := forget.count():
            forget.first.click()
            expect(forget).to_have_count(left - 1)
        expect(page.locator("#earlier")).to_be_hidden()
    browser.close()
