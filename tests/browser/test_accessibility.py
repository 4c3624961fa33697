"""Everybody can use every page: axe in both languages, both themes, two widths.

The pages of a first visit are looked at in its own test.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import (
    FOR_AXE,
    Look,
    violations,
    violations_in_every_look,
    violations_in_other_words,
)
from tests.browser.conftest import Films, Visitor, Watcher
from tests.browser.stage import Stage

PUBLIC = (
    "/", "/c/nature", "/sign-in", "/nope", "/watch/vid_0000000000000000", "/audience",
)  # fmt: skip
SIGNED_IN = (
    "/", "/studio/", "/studio/publish", "/studio/films/{video}",
    "/studio/films/{video}/delete", "/studio/bin", "/account/password",
    "/studio/films/{video}/statistics",
)  # fmt: skip
# In one language in every look, in the other as far as its words matter.
languages = pytest.mark.parametrize(
    ("locale", "look"),
    [("en-GB", violations_in_every_look), ("fr-FR", violations_in_other_words)],
    ids=["en", "fr"],
)


def look_at_all(page: Page, addresses: Iterable[str], locale: str, look: Look) -> None:
    seen = []
    for address in addresses:
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", locale[:2])
        seen += look(page)
    assert seen == []


@languages
def test_pages_for_everybody(
    locale: str, look: Look, stage: Stage, film: Films, visit: Visitor
) -> None:
    assert film("video_only")
    page = visit(locale=locale, allow="404", **FOR_AXE).page
    look_at_all(page, (stage.portal.url + path for path in PUBLIC), locale, look)


@languages
def test_pages_of_who_is_signed_in(
    locale: str, look: Look, stage: Stage, film: Films, owner: Visitor
) -> None:
    page = owner(locale=locale, **FOR_AXE).page
    paths = (path.format(video=film("video_only").video) for path in SIGNED_IN)
    look_at_all(page, (stage.portal.url + path for path in paths), locale, look)


@languages
def test_watch_page(locale: str, look: Look, watch: Watcher) -> None:
    player = watch(locale=locale, **FOR_AXE)
    assert look(player.page) == []
    player.start()
    player.pause()
    assert look(player.page) == []
    for name in ("settings", "help"):
        player.part(name).evaluate("one => one.showPopover()")
        assert look(player.page) == [], name
        player.press("Escape")


def test_errors_of_a_form(stage: Stage, owner: Visitor) -> None:
    # Pressed before the page's script is there, it is the portal that refuses.
    page = owner(allow="422", **FOR_AXE).page
    page.goto(f"{stage.portal.url}/studio/publish")
    page.get_by_role("button", name="Publish").click()
    alert = page.get_by_role("alert").filter(visible=True)
    expect(alert).to_contain_text("Choose a film first.")
    assert violations_in_every_look(page) == []


def test_axe_sees_what_is_wrong(visit: Visitor) -> None:
    page = visit(**FOR_AXE).page
    page.set_content("<html><img src='data:,'><p style='color:#eee'>pale</p></html>")
    seen = " ".join(violations(page))
    assert all(one in seen for one in ("image-alt", "color-contrast", "html-has-lang"))


def test_axe_sees_a_page_that_has_settled(visit: Visitor) -> None:
    # Half a minute from dark on light to light on dark: too pale on the way.
    page = visit(color_scheme="light", **FOR_AXE).page
    page.set_content(
        "<style>p { color: black; background: white; transition: background 30s }"
        "@media (prefers-color-scheme: dark) { p { color: silver; background: black } }"
        "</style><p>words</p>"
    )
    page.emulate_media(color_scheme="dark")
    assert violations(page, ("color-contrast",)) == []
