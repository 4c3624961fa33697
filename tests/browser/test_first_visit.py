"""A new portal, from the printed link to a film that plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.accessibility import (
    FOR_AXE,
    violations_in_every_look,
    violations_in_other_words,
)
from tests.browser.conftest import Visitor
from tests.browser.player import Player
from tests.browser.stage import READY_S
from tests.live_portal import EMAIL, PASSWORD, Portal, until


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Give a portal that nobody has set up."""
    portal = Portal(tmp_path_factory.mktemp("fresh") / "data").start()
    until(lambda: any("/sign-in/" in line for line in portal.lines), seconds=10)
    yield portal
    portal.kill()


def test_stranger_finds_a_closed_door(fresh: Portal, visit: Visitor) -> None:
    one = visit()
    one.allow("403")
    one.page.goto(f"{fresh.url}/welcome")
    assert one.page.locator("form[method=post] input[type=password]").count() == 0
    assert "Open the link that Lucarne printed" in one.page.locator("main").inner_text()


def test_first_visit(fresh: Portal, visit: Visitor) -> None:
    one = visit(**FOR_AXE)
    page = one.page
    page.goto(fresh.sign_in_link)
    assert violations_in_every_look(page) == []
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/welcome")
    assert violations_in_every_look(page) == []
    # The page speaks the language that is chosen in it, and keeps what was typed.
    page.get_by_label("Name of the portal").fill("Belvédère")
    page.get_by_role("radio", name="Français").check()
    page.get_by_role("heading", name="Bienvenue").wait_for()
    assert violations_in_other_words(page) == []
    page.get_by_role("radio", name="English").check()
    page.get_by_role("heading", name="Welcome to Lucarne").wait_for()
    assert page.get_by_label("Name of the portal").input_value() == "Belvédère"

    page.get_by_role("button", name="Create the portal").click()
    one.allow("422")
    page.get_by_role("alert").wait_for()  # three answers are missing, and it says so
    assert violations_in_every_look(page) == []

    page.get_by_label("First channel").fill("Nature")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the portal").click()
    page.wait_for_url("**/studio/")
    assert violations_in_every_look(page) == []

    page.get_by_role("button", name="Publish the sample film").click(no_wait_after=True)
    page.wait_for_url("**/studio/films/vid_*", timeout=READY_S * 1000)
    page.get_by_role("link", name="Watch it").click(timeout=READY_S * 1000)
    page.wait_for_url("**/watch/vid_*")
    player = Player(page).start()
    assert abs(player.get("video.duration") - 15) < 0.1


def test_link_works_once(fresh: Portal, visit: Visitor) -> None:
    first = visit()
    first.page.goto(fresh.sign_in_link)
    first.allow("4(03|10|04)")
    second = visit()
    second.allow("4(03|10|04)")
    for one in (first, second):
        one.page.goto(fresh.sign_in_link)
        if one.page.get_by_role("button", name="Begin").count():
            one.page.get_by_role("button", name="Begin").click()
            one.page.wait_for_load_state()
    second.page.goto(fresh.sign_in_link)
    assert "no longer valid" in second.page.get_by_role("heading").first.inner_text()
