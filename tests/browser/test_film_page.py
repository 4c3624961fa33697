"""A film's page in the studio: saved as it is typed, scheduled, with chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import FOR_AXE, violations, violations_in_every_look
from tests.browser.chromium import PHONE, hold_back
from tests.browser.conftest import Visitor
from tests.browser.player import Player
from tests.browser.stage import Stage
from tests.engine.films import film as source

# What the tests provoke themselves.
LOST = "ERR_INTERNET_DISCONNECTED"
CLASH = "409"
STATE = ".save-state"


@pytest.fixture(scope="module")
def video(stage: Stage) -> Iterator[str]:
    """Give a film that no list shows: other tests look at the lists."""
    made = stage.portal.publish(
        str(source("h264_short")), "--title", "Draft", "--private", "--wait", "ready"
    )
    return made["video"]


def test_details_are_saved_as_they_are_typed(
    stage: Stage, video: str, owner: Visitor
) -> None:
    visit = owner(locale="en-GB", allow=f"{LOST}|{CLASH}", **FOR_AXE)
    page, address = visit.page, f"{stage.portal.url}/studio/films/{video}"
    # Somebody types before the script is there.
    scripts = hold_back(page, "**/autosave-*.js")
    with page.expect_request("**/autosave-*.js"):
        page.goto(address)
    state = page.locator(STATE)
    page.get_by_role("textbox", name="Title").fill("A walk")
    scripts[0].continue_()
    expect(state).to_contain_text("Saved at")
    expect(page.get_by_role("heading", level=1)).to_have_text("A walk")
    page.get_by_label("Language").fill("French")
    page.get_by_label("Language").blur()
    page.get_by_label("Category").select_option(label="Nature and environment")
    expect(page.get_by_label("Language")).to_have_value("fr")
    expect(page.locator("#film-checks")).to_contain_text("The language is said.")

    # One line is wrong: all else is saved, and the field says what to do.
    chapters = page.get_by_label("Chapters")
    chapters.fill("0:00 In\n9:00 Late")
    expect(state).to_have_text("Saved, but for what is marked")
    expect(chapters).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_chapters_error")).to_contain_text("after the end")
    assert violations(page) == []
    chapters.fill("0:00 In\n0:01 Out")
    expect(state).to_contain_text("Saved at")
    expect(page.locator("#id_chapters_error")).to_have_count(0)

    # The network is away and comes back.
    visit.context.set_offline(True)
    page.get_by_label("Description").fill("By the river.")
    expect(state).to_contain_text("the connection was lost")
    visit.context.set_offline(False)
    expect(state).to_contain_text("Saved at")

    # The page is closed while it is away: what was typed waits in the browser.
    visit.context.set_offline(True)
    page.get_by_label("Tags").fill("river")
    expect(state).to_contain_text("the connection was lost")
    # For good: as the tools let go of a page that is closed, its network is back for a
    # moment, it loses its focus, and it saves at once.
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError()) }")
    page.close()
    other = visit.context.new_page()
    visit.context.set_offline(False)
    other.goto(address)
    expect(other.get_by_label("Description")).to_have_value("By the river.")
    other.get_by_role("button", name="Put it back").click()
    expect(other.locator(STATE)).to_contain_text("Saved at")
    other.reload()
    expect(other.get_by_label("Tags")).to_have_value("river")
    expect(other.locator("#film-draft")).to_be_hidden()
    two_editors(other, visit.context.new_page(), address)


def two_editors(first: Page, second: Page, address: str) -> None:
    second.goto(address)
    first.get_by_role("textbox", name="Title").fill("First")
    expect(first.locator(STATE)).to_contain_text("Saved at")
    second.get_by_role("textbox", name="Title").fill("Second")
    clash = second.locator("#film-clash")
    expect(clash).to_contain_text("Somebody has changed the same")
    expect(clash).to_contain_text("First")
    assert violations(second) == []
    second.get_by_role("button", name="Save mine").click()
    expect(second.locator(STATE)).to_contain_text("Saved at")
    first.get_by_role("textbox", name="Title").fill("Third")
    first.get_by_role("button", name="Take what is saved").click()
    expect(first.get_by_role("textbox", name="Title")).to_have_value("Second")
    first.reload()
    expect(first.get_by_role("textbox", name="Title")).to_have_value("Second")


def test_a_film_is_scheduled_and_looked_at_on_a_phone(
    stage: Stage, video: str, owner: Visitor
) -> None:
    page = owner(locale="fr-FR", viewport=PHONE, **FOR_AXE).page
    page.goto(f"{stage.portal.url}/studio/films/{video}")
    chapters = page.get_by_label("Chapitres")
    chapters.fill("0:00 Départ\n0:01 Retour")
    chapters.blur()
    expect(page.locator(STATE)).to_contain_text("Enregistré à")
    moment = page.get_by_label(re.compile("^Publier le"))
    expect(moment).to_be_hidden()
    page.get_by_role("radio", name=re.compile(r"^Programmé\s*:")).check()
    moment.fill("2099-07-01T20:15")
    page.get_by_role("button", name="Appliquer").click()
    expect(page.locator("#visibility")).to_contain_text("Il sera public à partir du")
    assert violations_in_every_look(page) == []
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Voir comme un visiteur").click()
    expect(page.get_by_role("status").first).to_contain_text("1 juillet 2099")
    assert violations(page) == []
    player = Player(page)
    player.is_wired()
    expect(page.locator(".player-chapters span")).to_have_count(1)
    page.get_by_role("link", name="Retour", exact=False).last.click()
    player.until("video.currentTime >= 1")
    current = page.locator(".film-chapters [aria-current]")
    expect(current).to_contain_text("Retour")
    player.pause()
    page.goto(f"{stage.portal.url}/watch/{video}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == PHONE["width"], "the schedule's pill does not fit"
