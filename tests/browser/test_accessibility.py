"""Everybody can use every page: axe in both languages, both themes, two widths.

The pages of a first visit are looked at in its own test.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import FOR_AXE, violations, violations_in_every_look
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
languages = pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])


@languages
@pytest.mark.parametrize("path", PUBLIC)
def test_page_for_everybody(
    path: str, locale: str, stage: Stage, film: Films, visit: Visitor
) -> None:
    assert film("video_only")
    page = visit(locale=locale, allow="404", **FOR_AXE).page
    page.goto(stage.portal.url + path)
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])
    assert violations_in_every_look(page) == []


@languages
@pytest.mark.parametrize("path", SIGNED_IN)
def test_page_of_who_is_signed_in(
    path: str, locale: str, stage: Stage, film: Films, owner: Visitor
) -> None:
    video = film("video_only").video
    page = owner(locale=locale, **FOR_AXE).page
    page.goto(stage.portal.url + path.format(video=video))
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])
    assert violations_in_every_look(page) == []


@languages
def test_watch_page(locale: str, watch: Watcher) -> None:
    player = watch(locale=locale, **FOR_AXE)
    assert violations_in_every_look(player.page) == []
    player.start()
    player.pause()
    assert violations_in_every_look(player.page) == []
    for name in ("settings", "help"):
        player.part(name).evaluate("one => one.showPopover()")
        assert violations_in_every_look(player.page) == [], name
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
