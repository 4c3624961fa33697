"""A film that is sent while its details are written, and everything that gets in the way."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import (
    Browser,
    CDPSession,
    Locator,
    Page,
    Request,
    Response,
    Route,
    expect,
)

from tests.browser import accessibility
from tests.browser.chromium import PHONE, Visit, hold_back
from tests.browser.conftest import Visitor
from tests.browser.stage import Stage, source
from tests.live_portal import EMAIL, PASSWORD, Portal, until
from tests.media.arriving_films import film as arriving_film

SIZE = 36_000_000  # three parts
SLOW = 2_000_000  # bytes a second


_numbers = itertools.count()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A film with something large behind it, which every reader ignores.

    No two tests have the same: the portal would know it again.
    """
    path = tmp_path / "large.mp4"
    film = source("tiny").read_bytes()
    number = next(_numbers)
    free = SIZE + number - len(film)
    rest = Random(number).randbytes(free - 8)
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


def slow_down(one: Visit, bytes_per_second: int) -> CDPSession:
    """Send no faster, as long as the session that is returned lasts."""
    session = one.context.new_cdp_session(one.page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1,
         "uploadThroughput": bytes_per_second},
    )  # fmt: skip
    return session


def choose(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def card(page: Page, name: str = "large.mp4") -> Locator:
    """The form of one film."""
    return page.locator(".film-card").filter(
        has=page.locator(f"[data-name]:text-is('{name}')")
    )


def wait_for(page: Page, percent: int) -> None:
    """Wait until so much of the first film has been sent."""
    page.wait_for_function(
        "p => document.querySelector('.film-card progress').value * 100 >= p",
        arg=percent, timeout=90_000,
    )  # fmt: skip


def bar(page: Page) -> float:
    return float(page.locator(".film-card progress").evaluate("bar => bar.value"))


def publish(page: Page, name: str = "Publish") -> None:
    page.locator(".film-card").get_by_role("button", name=name, exact=True).click()


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
    page.get_by_role("textbox", name="Title").fill("Sent meanwhile")
    expect(page.locator("[data-saved-at]")).to_contain_text("Saved at", timeout=30_000)
    publish(page)
    expect(page.locator("[data-detail]")).to_contain_text(re.compile("as soon as|MB"))
    page.wait_for_url("**/studio/films/vid_*", timeout=90_000)
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Sent meanwhile")
    assert size_of(own.portal) == large.stat().st_size


def test_a_film_is_prepared_while_it_is_sent(
    form: Visit, own: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "prepared.mp4"
    rest = Random(0).randbytes(12_000_000)
    free = (len(rest) + 8).to_bytes(4, "big") + b"free" + rest
    path.write_bytes(arriving_film("hevc").read_bytes() + free)
    page = form.page
    slow = slow_down(form, SLOW // 4)
    choose(page, path)
    told = page.locator("[data-detail]")
    expect(told).to_contain_text("being prepared while it arrives", timeout=90_000)
    assert bar(page) < 1
    slow.detach()
    publish(page)
    page.wait_for_url("**/studio/films/vid_*", timeout=90_000)
    # What was made of it before it was here, or is being made, is what can be watched.
    query = f"SELECT playable_at FROM media_asset WHERE source_name = '{path.name}'"
    until(lambda: own.portal.ask_rows(query) != [(None,)], seconds=90)
    [(layout,)] = own.portal.ask_rows(query.replace("playable_at", "layout"))
    assert len(layout) == 64


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
    page.get_by_role("textbox", name="Title").fill("Typed before the reload")
    expect(page.locator("[data-saved-at]")).to_contain_text("Saved at", timeout=30_000)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    earlier = page.locator("#earlier")
    expect(earlier).to_contain_text("large.mp4")
    expect(earlier).to_contain_text("Choose the same file")
    choose(page, large)
    page.wait_for_function("document.querySelector('.film-card progress').value > 0")
    expect(earlier).to_be_hidden()
    assert bar(page) >= 16 / 36 - 0.01, f"it began again; it was at {at}"
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Typed before the reload")
    expect(page.locator("[data-detail]")).to_contain_text(
        "All of the film", timeout=90_000
    )
    # Not published yet: the film waits, whole.
    page.reload()
    page.get_by_role("link", name="Publish this one").click()
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Typed before the reload")
    page.get_by_role("textbox", name="Title").fill("Whole before")
    publish(page)
    page.wait_for_url("**/studio/films/vid_*", timeout=60_000)
    assert size_of(own.portal) == large.stat().st_size
    page.goto(f"{own.portal.url}/studio/publish")
    expect(page.locator("#earlier")).to_have_count(0)


def uploads_of(portal: Portal) -> list[Path]:
    """What is being sent; the index of a film that is prepared lies beside it."""
    found = (portal.data / "incoming").iterdir()
    return [path for path in found if path.suffix != ".index"]


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
    expect(other.locator("[data-detail]")).to_contain_text("All of the film", timeout=90_000)
    assert len(uploads_of(own.portal)) == 1
    publish(other)
    other.wait_for_url("**/studio/films/vid_*", timeout=60_000)
    assert size_of(own.portal) == large.stat().st_size


def drop(page: Page, paths: list[Path]) -> None:
    """Drop files somewhere on the page, far from where one should."""
    page.evaluate("document.body.append(document.createElement('input'))")
    last = page.locator("body > input").last
    last.evaluate("one => Object.assign(one, { type: 'file', multiple: true })")
    last.set_input_files(paths)
    last.evaluate(
        """one => {
          const data = new DataTransfer();
          for (const file of one.files) data.items.add(file);
          one.remove();
          const how = { bubbles: true, cancelable: true, dataTransfer: data };
          document.querySelector("h1").dispatchEvent(new DragEvent("drop", how));
        }"""
    )


def test_several_films_at_once(
    form: Visit, own: Stage, large: Path, tmp_path: Path
) -> None:
    page = form.page
    form.allow("409|Failed to load resource")
    second, third = tmp_path / "second.mp4", tmp_path / "third.mp4"
    second.write_bytes(Random(-1).randbytes(SIZE))  # no film
    third.write_bytes(source("tiny").read_bytes())
    (tmp_path / "nothing.mp4").touch()
    slow = slow_down(form, SLOW // 8)  # nothing is whole before it is paused
    held = hold_back(page, "**/studio/uploads", but="third.mp4")
    drop(page, [large, second, third, tmp_path / "nothing.mp4"])
    # What cannot be sent is named, and keeps no other from being sent.
    expect(page.locator("#upload-error")).to_contain_text("nothing.mp4")
    cards = page.locator(".film-card")
    expect(cards).to_have_count(3)
    one, two, three = card(page), card(page, "second.mp4"), card(page, "third.mp4")
    # The order they were chosen in holds, whichever the portal answers first.
    waits = expect(three.locator("[data-detail]"))
    waits.to_contain_text("Waits for its turn")
    for route in held:
        route.continue_()
    for film in (one, two):
        expect(film.locator("[data-detail]")).to_contain_text("/s")
    waits.to_contain_text("Waits for its turn")
    expect(page).to_have_title(re.compile(r"^\d+\s?%"))
    assert accessibility.violations(page) == []
    # Each has details of its own, which are kept as they are typed.
    two.get_by_role("textbox", name="Title").fill("The second")
    expect(two.locator("[data-saved-at]")).to_contain_text("Saved at", timeout=30_000)
    three.get_by_role("textbox", name="Title").fill("The third")
    # Who pauses lets the next one go first.
    one.get_by_role("button", name="Pause").click()
    slow.detach()  # as fast as can be from now on
    for film in (two, three):
        expect(film.locator("[data-detail]")).to_contain_text(
            "All of the film", timeout=90_000
        )
    two.get_by_role("button", name="Cancel").wait_for(state="hidden")
    one.get_by_role("button", name="Cancel").click()
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="Publish all").click()
    # What became of each is said, also of the one that is no film.
    for said in ("“The second” cannot be shown.", "“The third” is published."):
        link = page.get_by_role("link", name=said)
        expect(link).to_be_visible(timeout=60_000)
    refused = page.locator(".notice--error", has_text="“The second” cannot be shown.")
    expect(refused).to_contain_text("“second.mp4” is not a film")
    assert accessibility.violations(page) == []
    # Sent once more it is offered, and not stored twice.
    page.goto(f"{own.portal.url}/studio/publish")
    choose(page, third)
    publish(page)
    again = card(page, "third.mp4")
    expect(again.locator("[data-problem]")).to_contain_text("is here already", timeout=60_000)
    expect(again.get_by_role("link", name="The third")).to_be_visible()
    again.get_by_role("button", name="Publish it once more").click()
    page.wait_for_url("**/studio/films/vid_*", timeout=60_000)


def is_published(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/studio/publish")


def test_who_publishes_before_the_script_is_here_sends_once(
    own: Stage, large: Path, browser: Browser, visit: Visitor
) -> None:
    one = visit(storage_state=own.signed_in(browser), **accessibility.FOR_AXE)
    page = one.page
    held = hold_back(page, "**/upload-*.js")
    page.goto(f"{own.portal.url}/studio/publish")
    choose(page, large)
    with page.expect_request(is_published) as asked:
        publish(page)
        (script,) = held
        script.continue_()
    assert asked.value.headers["accept"] == "application/json"  # the script's
    page.wait_for_url("**/studio/films/vid_*", timeout=60_000)
    assert size_of(own.portal) == large.stat().st_size
    assert uploads_of(own.portal) == []


def test_two_tabs_share_the_parts(form: Visit, own: Stage, large: Path) -> None:
    page = form.page
    slow_down(form, SLOW)
    choose(page, large)
    wait_for(page, 5)
    other = form.context.new_page()
    other.goto(f"{own.portal.url}/studio/publish")
    choose(other, large)
    expect(other.locator("[data-detail]")).to_contain_text("Another tab")
    # It sees how far the other one is, and goes on when that one is closed.
    wait_for(other, 10)
    page.close()
    expect(other.locator("[data-detail]")).to_contain_text(
        "All of the film", timeout=90_000
    )
    assert len(uploads_of(own.portal)) == 1
    publish(other)
    other.wait_for_url("**/studio/films/vid_*", timeout=60_000)
    assert size_of(own.portal) == large.stat().st_size


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
    page.get_by_role("textbox", name="Title").fill("Through it all")
    publish(page)
    page.wait_for_url("**/studio/films/vid_*", timeout=120_000)
    assert size_of(own.portal) == large.stat().st_size


def test_signed_out_meanwhile(form: Visit, own: Stage, large: Path) -> None:
    page = form.page
    form.allow("401|403|Failed to load resource")
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
    expect(other.locator("#earlier")).to_contain_text("large.mp4")
    # The page has the token of the old sign-in; what is typed and sent arrives still.
    page.get_by_role("textbox", name="Title").fill("Signed in anew")
    expect(page.locator("[data-saved-at]")).to_contain_text("Saved at", timeout=30_000)
    publish(page)
    page.wait_for_url("**/studio/films/vid_*", timeout=60_000)


def is_given_up(answer: Response) -> bool:
    return answer.request.method == "DELETE" and answer.status == 204


def test_cancel_leaves_nothing(form: Visit, own: Stage, large: Path) -> None:
    page = form.page
    form.allow("423|503|Failed to load resource")
    busy = [503, 423]  # what the portal says to the first two who give it up

    def give_up(route: Route) -> None:
        if route.request.method == "DELETE" and busy:
            route.fulfill(status=busy.pop())
        else:
            route.continue_()

    page.route("**/uploads/upl_*", give_up)
    slow_down(form, SLOW)
    choose(page, large)
    wait_for(page, 2)
    with page.expect_response(is_given_up):
        page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#upload-status")).to_contain_text("canceled")
    incoming = own.portal.data / "incoming"
    until(lambda: list(incoming.iterdir()) == [], seconds=30)
    assert busy == []


def test_a_film_that_cannot_be_fetched_is_tried_again_or_forgotten(form: Visit) -> None:
    page = form.page
    page.get_by_text("Let the portal fetch a film").click()
    page.get_by_label("Address of a film").fill("http://127.0.0.1:9/film.mp4")
    page.get_by_role("button", name="Fetch it").click()
    # The page is told while it is open; what can be done now is offered then, too.
    row = page.locator("#earlier li", has_text="private network")
    expect(row).to_be_visible(timeout=30_000)
    expect(row.get_by_role("button", name="Try again")).to_be_visible()
    expect(row.get_by_role("button", name="Cancel")).to_be_hidden()
    row.get_by_role("button", name="Forget it").click()
    expect(page.locator("#earlier")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "look"),
    [
        ("en", accessibility.violations_in_every_look),
        ("fr", accessibility.violations_in_other_words),
    ],
    ids=["en", "fr"],
)
def test_the_page_is_accessible_while_it_sends(
    form: Visit, own: Stage, large: Path, language: str, look: accessibility.Look
) -> None:
    page = form.page
    form.context.add_cookies(
        [{"name": "lucarne_language", "value": language, "url": own.portal.url}]
    )
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.reload()
    slow_down(form, SLOW // 20)  # it has to last as long as axe looks
    choose(page, large)
    expect(page.locator("[data-detail]")).to_contain_text("/s", timeout=90_000)
    assert look(page) == []
