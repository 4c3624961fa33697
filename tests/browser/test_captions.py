"""Captions: chosen and dressed by who watches, added by who publishes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import FOR_AXE, violations, violations_in_every_look
from tests.browser.chromium import DESKTOP
from tests.browser.conftest import Films, Visitor, Watcher
from tests.browser.player import Player
from tests.browser.stage import LADDER, Stage
from tests.captions_page import CaptionsPage

FRENCH = """1
00:00:00,000 --> 00:00:10,000
Une <i>longue</i> phrase & une autre
sur <font color="#ffff00">deux</font> lignes

2
00:00:10,000 --> 00:00:24,000
La suite
"""
ENGLISH = "WEBVTT\n\n00:00.000 --> 00:24.000 line:0\n[a tone sounds]\n"


@pytest.fixture(scope="module")
def captioned(stage: Stage, browser: Browser) -> Iterator[str]:
    """Lend the ladder captions; other tests see it without."""
    film = stage.film(LADDER.name, browser)
    page = CaptionsPage(stage.portal, film.video)
    made = [
        page.add(FRENCH, language="fr"),
        page.add(ENGLISH, language="en", kind="captions"),
    ]
    yield film.url
    for one in made:
        page.send(f"/{one}/delete")


def words(player: Player) -> str:
    return player.part("cues").inner_text().strip()


def until_words(player: Player, text: str) -> None:
    expect(player.part("cues")).to_contain_text(text)


def is_above_the_bar(player: Player) -> bool:
    cue, bar = (
        player.page.locator(place).bounding_box()
        for place in (".player-captions-bottom p >> nth=-1", '[data-part="seek"]')
    )
    assert cue is not None
    assert bar is not None
    return cue["y"] + cue["height"] <= bar["y"] + 1


def font_px(player: Player) -> float:
    size = player.part("cues").evaluate("one => getComputedStyle(one).fontSize")
    return float(size.removesuffix("px"))


def color_of(player: Player) -> str:
    line = player.part("cues").locator("p > span").first
    return str(line.evaluate("one => getComputedStyle(one).color"))


@pytest.mark.parametrize(
    ("options", "label", "off"),
    [
        pytest.param(
            {"locale": "en-GB", "viewport": DESKTOP}, "English, for the deaf", "Off",
            id="desktop",
        ),
        pytest.param(
            {
                "locale": "fr-FR", "viewport": {"width": 360, "height": 740},
                "has_touch": True, "is_mobile": True, "color_scheme": "dark",
            },
            "English, pour sourds et malentendants", "Sans", id="phone",
        ),
    ],
)  # fmt: skip
def test_captions_are_chosen_dressed_and_remembered(
    captioned: str, watch: Watcher, options: dict[str, Any], label: str, off: str
) -> None:
    player = watch(captioned, **options, **FOR_AXE).start()
    menu, button = player.part("captions-menu"), player.part("captions")
    assert words(player) == ""
    # C takes the page's language; whoever plays on sees the bar go, captions go down.
    player.press("c")
    player.pause()
    player.go_to(1)
    expected = "Une longue phrase & une autre\nsur deux lignes"
    if options["locale"] == "en-GB":
        expected = "[a tone sounds]"
    until_words(player, expected.split("\n")[0])
    assert words(player) == expected

    player.page.mouse.move(180, 150)  # somebody is here: the button can be pressed
    button.click()
    names = menu.locator('[data-part="texts"] label').all_inner_texts()
    assert names == [off, label, "Français"]
    assert violations(player.page) == []
    menu.get_by_role("radio", name="Français").check()
    until_words(player, "phrase & une autre")
    assert player.part("cues").get_attribute("lang") == "fr"
    yellow = player.part("cues").locator(".yellow")
    expect(yellow).to_have_text("deux")
    usual, white = font_px(player), color_of(player)
    player.part("captions-menu").locator('[data-look="size"] [value="150"]').check()
    menu.locator('[data-look="color"] [value="yellow"]').check()
    menu.locator('[data-look="ground"] [value="solid"]').check()
    chosen = font_px(player), color_of(player)
    assert chosen[0] > usual * 1.2
    assert chosen[1] != white
    player.press("Escape")
    expect(menu).to_be_hidden()
    assert is_above_the_bar(player)
    assert player.get("document.documentElement.scrollWidth <= innerWidth")
    # The browser draws none itself.
    shown = "[...video.textTracks].filter((one) => one.mode === 'showing').length"
    assert player.get(shown) == 0

    player.page.evaluate("document.activeElement.blur()")
    player.page.evaluate("void document.querySelector('video').play()")
    expect(player.part("bar")).to_have_css("opacity", "0")
    player._until(lambda: not is_above_the_bar(player), "captions go down")
    player.press("c")
    expect(player.part("cues")).to_be_hidden()
    player.press("c")
    expect(player.part("cues")).to_be_visible()

    player.page.reload()
    player.is_wired()
    player.start()
    player.pause()
    player.go_to(12)
    until_words(player, "La suite")
    assert (font_px(player), color_of(player)) == chosen
    player.press("c")
    player.page.reload()
    player.is_wired()
    expect(player.part("cues")).to_be_hidden()


def test_captions_stay_when_the_stream_is_put_in_place_anew(
    captioned: str, watch: Watcher
) -> None:
    player = watch(captioned, locale="fr-FR").start()
    player.press("c")
    until_words(player, "phrase")
    player.page.evaluate("document.querySelector('lucarne-player').engine.reload(12)")
    until_words(player, "La suite")


def test_a_file_is_added_with_and_without_faults(
    stage: Stage, film: Films, owner: Visitor, tmp_path: Path
) -> None:
    bad, good = tmp_path / "bad.srt", tmp_path / "good.srt"
    text = "1\n00:00:00,000 --> 00:00:02,000\nUne phrase\n\n2\n{}\n<div>Encore</div>\n"
    bad.write_text(text.format("00:00:02,000 --> 00:00:01,000"))
    good.write_text(text.format("00:00:01,000 --> 00:00:03,000"))
    page = owner(locale="fr-FR", allow="422", **FOR_AXE).page
    page.goto(f"{stage.portal.url}/studio/films/{film('video_only').video}")
    page.get_by_role("link", name="Sous-titres").click()
    with contextlib.ExitStack() as undo:
        page.get_by_label("Fichier").set_input_files(bad)
        page.get_by_role("button", name="Ajouter").click()
        error = page.locator(".field-error")
        expect(error).to_contain_text("Ligne 6")
        expect(error).to_contain_text("finit avant de commencer")
        assert violations_in_every_look(page) == []
        page.get_by_label("Fichier").set_input_files(good)
        page.get_by_role("button", name="Ajouter").click()
        page.wait_for_url("**/captions/cap_*")
        address = page.url
        undo.callback(_delete, page, address)
        expect(page.get_by_role("cell", name="Une phrase")).to_be_visible()
        expect(page.get_by_text("Ligne 6")).to_be_visible()  # both are shown
        expect(page.get_by_text("Ligne 7")).to_be_visible()  # <div>
        assert violations_in_every_look(page) == []
        # The browser's own player shows them over the film.
        player = Player(page)
        player.until("video.textTracks[0].mode === 'showing'")
        player.until("video.querySelector('track').track.cues?.length === 2")


def _delete(page: Page, address: str) -> None:
    page.goto(f"{address}/delete")
    page.get_by_role("button", name="Supprimer").click()
    page.wait_for_url("**/captions")
