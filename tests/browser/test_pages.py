"""Pages for viewers in a real browser: light, alone, and easy to get about in."""

from __future__ import annotations

import gzip
import re

from playwright.sync_api import Response, expect

from tests.browser.conftest import Films, Visitor, Watcher
from tests.browser.stage import LADDER, SIX, Stage

BEFORE_INTERACTION_BYTES = 60_000
LAZY_BYTES = 185_000


def test_a_page_is_light_before_anybody_touches_it(
    visit: Visitor, stage: Stage, film: Films
) -> None:
    """The budget of bytes: page, styles and scripts, packed as an install packs them."""
    for address in (stage.portal.url, film(LADDER.name).url):
        responses: list[Response] = []
        page = visit().page
        page.on("response", lambda one, kept=responses: kept.append(one))
        page.goto(address, wait_until="networkidle")
        received = {
            one.url: len(gzip.compress(one.body()))
            for one in responses
            if one.request.resource_type in {"document", "stylesheet", "script"}
        }
        engine = sum(n for url, n in received.items() if "/dist/c/exports-" in url)
        early = sum(received.values()) - engine
        assert 5_000 < early <= BEFORE_INTERACTION_BYTES, received
        assert engine <= LAZY_BYTES


def test_a_page_asks_nobody_else(watch: Watcher, stage: Stage) -> None:
    asked: list[str] = []
    watch(
        before=lambda page: page.on("request", lambda one: asked.append(one.url))
    ).start()
    own = (stage.portal.url, "blob:", "data:")
    assert asked
    assert [url for url in asked if not url.startswith(own)] == []


def test_the_theme_is_kept_and_there_before_the_first_paint(
    visit: Visitor, stage: Stage, film: Films
) -> None:
    page = visit(color_scheme="light").page
    page.goto(stage.portal.url)
    button = page.locator("[data-theme-switch]")
    expect(button).to_have_attribute("aria-label", "Theme: as the system")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    button.click()
    expect(button).to_have_attribute("aria-label", "Theme: light")
    button.click()
    expect(button).to_have_attribute("aria-label", "Theme: dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert dark != light
    page.goto(film(LADDER.name).url, wait_until="commit")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    # The script that sets it stands before everything that paints, and blocks.
    head = page.content().split("</head>")[0]
    assert re.search(r'<script src="/static/dist/theme-\w+\.js"></script>', head)
    assert head.index("theme-") < head.index('rel="stylesheet"')


def test_a_reader_changes_the_language_by_one_button(
    watch: Watcher, film: Films
) -> None:
    page = watch().page
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_url(film(LADDER.name).url)
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_first_tab_skips_to_the_content(visit: Visitor, stage: Stage) -> None:
    page = visit().page
    page.goto(stage.portal.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_card_is_one_link_to_its_film(
    visit: Visitor, stage: Stage, film: Films
) -> None:
    assert all(film(kind.name) for kind in SIX)
    page = visit().page
    page.goto(stage.portal.url)
    cards = page.locator(".card")
    expect(cards).to_have_count(len(SIX))
    for n in range(cards.count()):
        assert cards.nth(n).get_by_role("link").count() == 1
    box = cards.nth(2).locator(".card-poster").bounding_box()
    assert box
    page.mouse.click(box["x"] + 30, box["y"] + 30)
    expect(page.locator("lucarne-player")).to_be_visible()
    page.go_back()
    expect(cards).to_have_count(len(SIX))
