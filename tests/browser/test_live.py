"""Work is seen as it goes on: told by the server, or asked for where that is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import FOR_AXE, violations
from tests.browser.chromium import visit
from tests.browser.stage import GROWING_S, LADDER, source
from tests.live_portal import EMAIL, PASSWORD, Portal, environment

# What a screen reader would be told, and that the page is still the same one.
LISTENING = """() => {
  window.said = [];
  const status = document.getElementById('film-status');
  new MutationObserver(() => said.push(status.textContent))
    .observe(status, { childList: true, characterData: true, subtree: true });
}"""
REFUSED = "503"
# htmx goes through a page when a timer without a time has rung: here that is late. The
# page's patience with a request that never was does not help it out.
LATE_HTMX = """const set = window.setTimeout;
window.setTimeout = (then, ms, ...more) =>
  ms >= 20000 ? 0 : set(then, ms ?? 60000, ...more);"""
NEWS = 'retry: 60000\n\nevent: work\ndata: {"version": "another", "items": {}}\n\n'


def film_page(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#stage-video")).to_contain_text("Waiting")
    page.evaluate(LISTENING)


def hears_at_once(page: Page, address: str) -> None:
    """News that is here before htmx has gone through the page is acted upon."""
    page.add_init_script(LATE_HTMX)
    page.route(
        "**/follow/**",
        lambda route: route.fulfill(content_type="text/event-stream", body=NEWS),
    )
    with page.expect_request("**/progress"):
        page.goto(address)
    page.close()


def was_told(page: Page) -> None:
    """The page became ready by itself, and said so without a running figure."""
    ready = page.locator("#work[data-state=ready]")
    expect(ready).to_be_attached(timeout=GROWING_S * 1000)
    said = page.evaluate("said")
    assert said[-1] == "Ready: every quality can be watched."
    assert not any("%" in sentence for sentence in said)
    expect(page).to_have_title("Le film – Télé")


def test_a_film_becomes_ready_before_ones_eyes(tmp_path: Path, browser: Browser) -> None:
    portal = Portal(tmp_path / "data")
    portal.init()
    made = portal.publish(
        "--wait", "playable", "--title", "Le film", str(source(LADDER.name))
    )
    portal.start("--no-jobs")
    address = f"{portal.url}/studio/films/{made['video']}"
    worker = None
    try:
        with visit(browser, allow=REFUSED, locale="en-GB", **FOR_AXE) as one:
            page = one.page
            page.goto(f"{portal.url}/sign-in")
            page.get_by_label("Email").fill(EMAIL)
            page.get_by_label("Password").fill(PASSWORD)
            page.locator("main").get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/studio/")
            films = page
            line = films.locator("[data-work]")
            expect(line).to_contain_text(re.compile("%|Waiting|Under way"))
            expect(line.get_by_role("link", name="Watchable now")).to_be_visible()

            told = one.context.new_page()
            film_page(told, address)
            told.get_by_role("button", name="Stop the work").click()
            expect(told.locator("#rendition-h264-720")).to_contain_text("Canceled")
            assert violations(told) == []
            told.get_by_role("button", name="720p: try again").click()
            expect(told.locator("#rendition-h264-720")).to_contain_text("Waiting")
            expect(told.locator("#rendition-h264-360")).to_contain_text("Canceled")
            told.get_by_role("button", name="Stop the work").click()
            told.get_by_role("button", name="Go on with it").click()
            told.get_by_role("button", name="Before all others").click()
            expect(told.get_by_text("Goes before all other films.")).to_be_visible()
            with told.expect_download() as log:
                told.get_by_text("Log for support").click()
                told.get_by_role("button", name="Download the log").click()
            assert "attempts 0" in log.value.path().read_text("utf-8")

            hears_at_once(one.context.new_page(), address)
            asked = one.context.new_page()
            asked.route("**/follow/**", lambda route: route.fulfill(status=503))
            films.reload()
            for each in (told, asked):
                film_page(each, address)
            worker = subprocess.Popen(
                [sys.executable, "-m", "lucarne.cli", "work"],
                env=environment(portal.data, **portal.settings),
            )
            was_told(told)
            was_told(asked)
            expect(line).to_have_count(0, timeout=GROWING_S * 1000)
            expect(films.locator("td.cell-state")).to_contain_text("Ready")
    finally:
        if worker:
            worker.terminate()
            worker.wait(20)
        portal.kill()
