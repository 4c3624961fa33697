"""Somebody watches a film; its statistics then say exactly that."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import new_token
from tests.browser import chromium
from tests.browser.accessibility import FOR_AXE, violations_in_every_look
from tests.browser.chromium import PATIENCE_S
from tests.browser.conftest import Visitor
from tests.browser.player import Player
from tests.browser.stage import LADDER, READY_S, Stage, source
from tests.live_portal import until

# Headless, Chromium says by its name that nobody sits before it: that is not counted. The
# name of a context alone will not do: what a page says while it is left has the real one.
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/146.0.0.0 Safari/537.36"
)


def play(player: Player, start: float, end: float) -> float:
    """Play a paused film from here to there, twice as fast; return where it stopped."""
    player.go_to(start)
    # It stops itself: whoever asks from outside comes late on a busy machine.
    player.page.evaluate(
        """end => {
          const video = document.querySelector("video");
          video.playbackRate = 2;
          const stop = () => {
            if (video.currentTime <= end) return;
            video.removeEventListener("timeupdate", stop);
            video.pause();
          };
          video.addEventListener("timeupdate", stop);
        }""",
        end,
    )
    player.press("k")
    player.until(f"video.paused && video.currentTime > {end}")
    return player.at


def started(page: Page) -> Player:
    """Begin to watch, and stop."""
    player = Player(page)
    player.is_wired()
    player.start()
    player.pause()
    return player


def rows(page: Page, address: str) -> list[list[str]]:
    text = page.request.get(address).text().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))[1:]


def do_not_count(stage: Stage, page: Page) -> None:
    """Choose not to be counted, as a reader does."""
    page.goto(stage.portal.url)
    page.get_by_role("link", name="How views are counted").click()
    box = page.get_by_role("checkbox", name="Count what I watch in this browser")
    expect(box).to_be_checked()
    box.uncheck()
    expect(page.get_by_role("status")).to_have_text(re.compile("is not counted"))
    page.reload()
    expect(box).not_to_be_checked()


@pytest.fixture
def person(browser: Browser) -> Iterator[Browser]:
    """Give a browser that says somebody sits before it."""
    running = chromium.launch(browser.browser_type, f"--user-agent={PERSON}")
    yield running
    running.close()


@pytest.fixture(scope="module")
def address(stage: Stage) -> str:
    """Give a film that no other test watches, and that no list shows."""
    headers = {"Authorization": f"Bearer {new_token(stage.portal)}"}
    with source(LADDER.name).open("rb") as file, httpx.Client(timeout=240) as client:
        made = client.post(
            f"{stage.portal.url}/api/videos", headers=headers, files={"film": file},
            data={"title": "Counted", "visibility": "unlisted", "anyway": "1"},
        ).json()  # fmt: skip
        where = f"{stage.portal.url}/api/videos/{made['video']}"
        until(
            lambda: client.get(where, headers=headers).json()["state"] == "ready",
            seconds=READY_S, every=0.5,
        )  # fmt: skip
    return str(made["url"])


def test_what_was_watched_is_what_the_studio_shows(
    stage: Stage, address: str, person: Browser, owner: Visitor
) -> None:
    # She who does not want to be counted reports nothing, whatever she watches.
    with chromium.visit(person) as one:
        reports: list[str] = []
        one.page.on("request", lambda request: reports.append(request.url))
        do_not_count(stage, one.page)
        one.page.goto(address)
        play(started(one.page), 16, 22)
        one.page.goto("about:blank")
        assert reports
        assert [url for url in reports if url.endswith("/played")] == []

    with chromium.visit(person) as one:
        one.page.goto(address)
        with one.page.expect_response("**/played") as answer:
            player = started(one.page)
            expected = player.at + play(player, 0, 6.5)
        assert answer.value.status == 204
        expected += play(player, 12, 15.5) - 12
        one.page.goto("about:blank")

        page = owner(**FOR_AXE).page
        statistics = (
            f"{stage.portal.url}/studio/films/{address.rpartition('/')[2]}/statistics"
        )

        def days() -> list[list[str]]:
            return [
                day for day in rows(page, f"{statistics}/days.csv") if day[1] != "0"
            ]

        # The last report is on its way when the page is left.
        until(lambda: int(days()[0][2]) > expected - 1.5, seconds=PATIENCE_S)

    [[_, views, seconds]] = days()
    assert views == "1"
    assert int(seconds) < expected + 1
    shares = [float(share) for _, _, share in rows(page, f"{statistics}/retention.csv")]
    at = {
        second: shares[int(100 * second / LADDER.seconds)] for second in (3, 9, 14, 20)
    }
    assert at == {3: 1, 9: 0, 14: 1, 20: 0}
    assert rows(page, f"{statistics}/sources.csv")[0][:2] == [
        "Directly, or not said",
        "1",
    ]
    assert rows(page, f"{statistics}/devices.csv")[0][:2] == ["Computer", "1"]
    look_at(page, statistics)


def look_at(page: Page, statistics: str) -> None:
    """See the charts, and the film under its curve."""
    page.goto(statistics)
    expect(page.locator(".headline div").first).to_contain_text("1")
    expect(page.locator("[data-chart] canvas")).to_have_count(3)
    slider = page.get_by_role("slider", name="Moment of the film")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("23 seconds: .* 0%"))
    expect(page.locator("[data-moment-picture]")).to_be_visible()
    # Moving along the curve moves through the film.
    box = page.locator("[data-chart=retention] .u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 3 / LADDER.seconds, box["y"] + 20)
    expect(page.locator("[data-moment-text]")).to_have_text(
        "0:03: seen in 100% of the views"
    )
    expect(page.get_by_role("link", name="Watch from here")).to_have_attribute(
        "href", re.compile(r"\?t=[23]$")
    )
    page.get_by_text("As a table").first.click()
    assert violations_in_every_look(page) == []
