"""Pages for viewers in a real browser: everybody can use them, in both languages."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import Opener
from tests.live_portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Published = dict[str, dict[str, Any]]
TAGS = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
    "RGAAv4",
]
BEFORE_INTERACTION_BYTES = 60_000
LAZY_BYTES = 185_000


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found.response["violations"]
    ]


@pytest.mark.parametrize(
    "seen",
    [
        {
            "locale": locale,
            "color_scheme": scheme,
            "viewport": {"width": width, "height": 800},
        }
        for locale in ("en-US", "fr-FR")
        for scheme in ("light", "dark")
        for width in (320, 1280)
    ],
    ids=lambda seen: (
        f"{seen['locale']}-{seen['color_scheme']}-{seen['viewport']['width']}"
    ),
)
def test_everybody_can_use_every_page(
    open_page: Opener,
    portal: Portal,
    published: Published,
    seen: dict[str, Any],
) -> None:
    watching = open_page(
        portal.url,
        bypass_csp=True,  # axe is injected as an inline script
        may_fail=True,  # the page that is not there is a console error
        **seen,
    )
    page = watching.page
    for path in ("/", "/c/nature", "/sign-in", "/nope", "/watch/vid_0000000000000000"):
        page.goto(portal.url + path)
        assert violations(page) == [], path
        assert not _is_too_wide(page), path
        assert page.locator("h1").count() == 1, path
    page.goto(published["h264_aac"]["url"])
    assert violations(page) == []
    watching.play()
    watching.pause()
    assert violations(page) == []
    assert not _is_too_wide(page)
    for name in ("settings", "help"):
        watching.part(name).evaluate("one => one.showPopover()")
        assert violations(page) == [], name
        page.keyboard.press("Escape")


def _is_too_wide(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth"
            " > document.documentElement.clientWidth"
        )
    )


def test_a_page_is_light_before_anybody_touches_it(
    open_page: Opener, portal: Portal, published: Published
) -> None:
    """The budget of bytes: page, styles and scripts, packed as an install packs them."""
    responses: list[Response] = []

    def weigh(page: Page) -> None:
        def keep(response: Response) -> None:
            if response.request.resource_type in {"document", "stylesheet", "script"}:
                responses.append(response)

        page.on("response", keep)

    for address in (portal.url, published["h264_aac"]["url"]):
        responses.clear()
        watching = open_page(address, before=weigh)
        watching.page.wait_for_load_state("networkidle")
        received = {one.url: len(gzip.compress(one.body())) for one in responses}
        engine = {url: n for url, n in received.items() if "/dist/c/exports-" in url}
        early = sum(received.values()) - sum(engine.values())
        assert 5_000 < early <= BEFORE_INTERACTION_BYTES, received
        assert sum(engine.values()) <= LAZY_BYTES


def test_a_page_asks_nobody_else(
    open_page: Opener, portal: Portal, published: Published
) -> None:
    asked: list[str] = []
    watching = open_page(
        published["h264_aac"]["url"],
        before=lambda page: page.on("request", lambda one: asked.append(one.url)),
    )
    watching.play()
    foreign = [
        url for url in asked if not url.startswith((portal.url, "blob:", "data:"))
    ]
    assert asked
    assert foreign == []


def test_the_theme_is_kept_and_there_before_the_first_paint(
    open_page: Opener, portal: Portal, published: Published
) -> None:
    watching = open_page(portal.url, color_scheme="light")
    page = watching.page
    button = page.locator("[data-theme-switch]")
    expect(button).to_have_attribute("aria-label", "Theme: as the system")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    button.click()
    expect(button).to_have_attribute("aria-label", "Theme: light")
    button.click()
    expect(button).to_have_attribute("aria-label", "Theme: dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert dark != light
    page.goto(published["h264_aac"]["url"], wait_until="commit")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    # The script that sets it stands before everything that paints, and blocks.
    head = page.content().split("</head>")[0]
    assert re.search(r'<script src="/static/dist/theme-\w+\.js"></script>', head)
    assert head.index("theme-") < head.index('rel="stylesheet"')


def test_a_reader_changes_the_language_by_one_button(
    open_page: Opener, published: Published
) -> None:
    page = open_page(published["h264_aac"]["url"]).page
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_url(published["h264_aac"]["url"])
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_first_tab_skips_to_the_content(
    open_page: Opener, portal: Portal, published: Published
) -> None:
    assert published
    page = open_page(portal.url).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_card_is_one_link_to_its_film(
    open_page: Opener, portal: Portal, published: Published
) -> None:
    page = open_page(portal.url).page
    cards = page.locator(".card")
    assert cards.count() == len(published)
    for n in range(cards.count()):
        assert cards.nth(n).get_by_role("link").count() == 1
    box = cards.nth(2).locator(".card-poster").bounding_box()
    assert box
    page.mouse.click(box["x"] + 30, box["y"] + 30)
    expect(page.locator("lucarne-player")).to_be_visible()
    page.go_back()
    expect(cards).to_have_count(len(published))
