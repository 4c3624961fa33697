"""A film that is sent while its details are written, and everything that gets in the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import accessibility
from tests.browser.chromium import PHONE, Visit
from tests.browser.conftest import Visitor
from tests.browser.stage import Stage, source
from tests.live_portal import EMAIL, PASSWORD, Portal, until

SIZE = 36_000_000  # three parts
SLOW = 2_000_000  # bytes a second


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film with something large behind it, which every reader ignores."""
    path = tmp_path_factory.mktemp("large") / "large.mp4"
    film = source("tiny").read_bytes()
    free = SIZE - len(film)
    rest = Random(1).randbytes(free - 8)
    path.write_bytes(film + free.to_bytes(4, "big") + b"free" + rest)
    return path


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A portal of this file's own: it is killed in between."""
    stage = Stage(tmp_path_factory.mktemp("upload"))
    yield stage
    stage.portal.stop()


@pytest.fixture
def form(own: Stage, browser: Browser, visit: Visitor) -> Visit:
    one = visit(storage_state=own.signed_in(browser), **accessibility.FOR_AXE)
    one.page.goto(f"{own.portal.url}/studio/publish")
    return one


def slow_down(one: Visit, bytes_per_second: int) -> None:
    session = one.context.new_cdp_session(one.page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1,
         "uploadThroughput": bytes_per_second},
    )  # fmt: skip


def choose(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def wait_for(page: Page, percent: int) -> None:
    """Wait until so much has been sent."""
    page.wait_for_function(
        "p => document.querySelector('#upload-panel progress').value * 100 >= p",
        arg=percent,
    )


def bar(page: Page) -> float:
    return float(page.locator("#upload-panel progress").evaluate("bar => bar.value"))


def publish(page: Page, name: str = "Publish") -> None:
    page.locator("form#publish").get_by_role("button", name=name, exact=True).click()


def size_of(portal: Portal) -> int:
    """The size of the master that came last."""
    masters = [path.stat() for path in (portal.data / "store/masters").iterdir()]
    return max(masters, key=lambda one: one.st_ctime_ns).st_size


def test_the_details_are_written_while_the_film_is_sent(
    form: Visit, own: Stage, large: Path
) -> None:
    page = form.page
    slow_down(form, 4 * SLOW)
    choose(page, large)
    wait_for(page, 5)
    assert re.match(r"\d+\s?%", page.title())
    expect(page.locator("[data-detail]")).to_contain_text("/s")
    page.get_by_label("Title").fill("Sent meanwhile")
    publish(page)
    expect(page.locator("[data-detail]")).to_contain_text(re.compile("as soon as|MB"))
    page.wait_for_url("**/studio/films/vid_*", timeout=90_000)
    expect(page.get_by_label("Title")).to_have_value("Sent meanwhile")
    assert size_of(own.portal) == SIZE


def test_pause_reload_and_go_on(form: Visit, own: Stage, large: Path) -> None:
    page = form.page
    slow_down(form, SLOW * 4)
    choose(page, large)
    wait_for(page, 60)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("[data-detail]")).to_contain_text("Paused")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    at = bar(page)
    # Nothing moves while it is paused, and a reload does not lose it either.
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    earlier = page.locator("#earlier")
    expect(earlier).to_contain_text("large.mp4")
    expect(earlier).to_contain_text("Choose the same file")
    choose(page, large)
    page.wait_for_function("document.querySelector('#upload-panel progress').value > 0")
    assert bar(page) >= 16 / 36 - 0.01, f"it began again; it was at {at}"
    expect(page.locator("[data-detail]")).to_contain_text(
        "All of the film", timeout=90_000
    )
    # Not published yet: the film waits, whole.
    page.reload()
    page.get_by_role("button", name="Publish this one").click()
    page.get_by_label("Title").fill("Whole before")
    publish(page)
    page.wait_for_url("**/studio/films/vid_*", timeout=60_000)
    assert size_of(own.portal) == SIZE
    page.goto(f"{own.portal.url}/studio/publish")
    expect(page.locator("#earlier")).to_have_count(0)


def test_another_browser_goes_on_where_the_first_one_was(
    form: Visit, own: Stage, large: Path, browser: Browser, visit: Visitor
) -> None:
    slow_down(form, SLOW * 4)
    choose(form.page, large)
    wait_for(form.page, 50)
    form.page.get_by_role("button", name="Pause").click()
    other = visit(storage_state=own.signed_in(browser), **accessibility.FOR_AXE).page
    other.goto(f"{own.portal.url}/studio/publish")
    expect(other.locator("#earlier li")).to_have_count(1)
    choose(other, large)
    expect(other.locator("#earlier")).to_be_hidden()
    expect(other.locator("[data-detail]")).to_contain_text("All of the film", timeout=90_000)
    assert len(list((own.portal.data / "incoming").iterdir())) == 1
    publish(other)
    other.wait_for_url("**/studio/films/vid_*", timeout=60_000)
    assert size_of(own.portal) == SIZE


def test_a_portal_that_is_killed_meanwhile(
    form: Visit, own: Stage, large: Path
) -> None:
    page = form.page
    form.allow("ERR_(CONNECTION|EMPTY|NETWORK)|Failed to load resource")
    slow_down(form, SLOW * 2)
    choose(page, large)
    wait_for(page, 10)
    own.portal.kill()
    own.portal.start()
    wait_for(page, 50)
    page.get_by_label("Title").fill("Through it all")
    publish(page)
    page.wait_for_url("**/studio/films/vid_*", timeout=120_000)
    assert size_of(own.portal) == SIZE


def test_signed_out_meanwhile(form: Visit, own: Stage, large: Path) -> None:
    page = form.page
    form.allow("401|Failed to load resource")
    slow_down(form, SLOW * 4)
    choose(page, large)
    wait_for(page, 10)
    form.context.clear_cookies()
    expect(page.locator("[data-detail]")).to_contain_text("You are signed out")
    with form.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    other = opened.value
    other.get_by_label("Email").fill(EMAIL)
    other.get_by_label("Password").fill(PASSWORD)
    other.locator("main").get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/studio/")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("[data-detail]")).to_contain_text(
        "All of the film", timeout=90_000
    )
    other.goto(f"{own.portal.url}/studio/publish")
    other.get_by_role("button", name="Forget it").first.click()
    expect(other.locator("#earlier")).to_be_hidden()


def test_cancel_leaves_nothing(form: Visit, own: Stage, large: Path) -> None:
    page = form.page
    slow_down(form, SLOW)
    choose(page, large)
    wait_for(page, 2)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#upload-error")).to_contain_text("canceled")
    incoming = own.portal.data / "incoming"
    until(lambda: list(incoming.iterdir()) == [], seconds=30)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_accessible_while_it_sends(
    form: Visit, own: Stage, large: Path, language: str
) -> None:
    page = form.page
    form.context.add_cookies(
        [{"name": "lucarne_language", "value": language, "url": own.portal.url}]
    )
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.reload()
    slow_down(form, SLOW)
    choose(page, large)
    wait_for(page, 1)
    assert accessibility.violations_in_every_look(page) == []
    page.get_by_role("button", name="Cancel" if language == "en" else "Annuler").click()
