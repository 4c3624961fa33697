"""Keys, bar, fingers and addresses: how a person gets about in a film."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Films, Watcher
from tests.browser.player import Player
from tests.browser.stage import LADDER

DURATION = LADDER.seconds
FIVE_ONE = "video.closest('lucarne-player').engine.currentSound === 1"


@pytest.fixture
def paused(watch: Watcher) -> Player:
    """Give a film of 24 s that was started and stands still."""
    player = watch().start()
    player.pause()
    return player


def test_the_keyboard_does_what_people_expect(watch: Watcher) -> None:
    player = watch().start()
    player.press("k")
    player.until("video.paused")
    for key, at in (
        ("5", 12), ("l", 22), ("j", 12), ("ArrowRight", 17), ("ArrowLeft", 12),
        ("Home", 0), ("3", 7.2),
    ):  # fmt: skip
        player.press(key)
        player.until_at(at)
    for key, fact in (
        (".", "Math.abs(video.currentTime - 7.24) < 0.005"),
        (",", "Math.abs(video.currentTime - 7.2) < 0.005"),
        ("Shift+>", "video.playbackRate === 1.25"),
        ("Shift+<", "video.playbackRate === 1"),
        ("m", "video.muted"),
        ("m", "!video.muted"),
        ("ArrowDown", "video.volume === 0.95"),
        ("ArrowUp", "video.volume === 1"),
        ("t", "document.documentElement.hasAttribute('data-theater')"),
        ("f", "document.fullscreenElement?.localName === 'lucarne-player'"),
        ("f", "!document.fullscreenElement"),
        ("i", "document.pictureInPictureElement"),
        ("i", "!document.pictureInPictureElement"),
        ("End", f"video.currentTime > {DURATION - 0.5}"),
        ("0", "video.currentTime === 0"),
        (" ", "!video.paused && video.currentTime > 0.2"),
    ):
        player.press(key)
        player.until(fact)


def test_jumps_stay_inside_the_film(paused: Player) -> None:
    for key, begin, end in (("j", 4, 0), ("ArrowRight", 3, 8), ("l", 20, DURATION)):
        paused.go_to(begin)
        paused.press(key)
        paused.until_at(end, within=0.1)


def test_space_on_a_button_is_the_buttons(watch: Watcher) -> None:
    player = watch().start()
    player.part("mute").focus()
    player.press("Space")
    player.until("video.muted && !video.paused")


def test_keys_leave_fields_alone_and_can_be_switched_off(paused: Player) -> None:
    at = paused.at
    paused.page.evaluate(
        "document.body.append(Object.assign(document.createElement('input'), {id: 'f'}))"
    )
    field = paused.page.locator("#f")
    field.focus()
    paused.press("k", "5")
    expect(field).to_have_value("k5")
    field.evaluate("one => one.remove()")
    paused.press("Control+l", "?")
    expect(paused.part("help")).to_be_visible()
    paused.part("keys-on").uncheck()
    paused.press("Escape", "5")
    assert paused.get("video.paused")
    assert paused.at == at
    paused.page.reload()
    paused.is_wired()
    paused.press("?")
    expect(paused.part("keys-on")).not_to_be_checked()


def test_question_mark_lists_every_key(paused: Player) -> None:
    paused.press("?")
    listed = paused.part("help").locator("kbd").all_inner_texts()
    expected = [*"KJL←→↑↓09,.<>MCFTI?", "Space", "Home", "End"]
    assert sorted(listed) == sorted(expected)
    paused.press("Escape")
    expect(paused.part("help")).to_be_hidden()


def test_no_captions_button_without_captions(paused: Player) -> None:
    buttons = paused.page.get_by_role("button")
    names = [one.get_attribute("aria-label") for one in buttons.all()]
    assert "Full screen" in names
    assert "Captions" not in names
    expect(paused.part("captions")).to_be_hidden()
    paused.press("c")  # nothing happens, nothing breaks


def test_bar_shows_where_it_leads_and_leads_there(paused: Player) -> None:
    bar, picture = paused.part("seek"), paused.part("preview-picture")
    box = bar.bounding_box()
    assert box
    with paused.page.expect_response("**/storyboard.vtt"):
        bar.hover(position={"x": 10, "y": box["height"] / 2})
    seen = set()
    for share, time in ((0.26, "0:06"), (0.76, "0:18")):
        bar.hover(position={"x": box["width"] * share, "y": box["height"] / 2})
        expect(picture).to_be_visible()
        expect(paused.part("preview-time")).to_have_text(time)
        seen.add(picture.get_attribute("style"))
    assert len(seen) == 2
    assert all("/storyboard/" in str(one) for one in seen)
    bar.click(position={"x": box["width"] * 0.76, "y": box["height"] / 2})
    paused.until_at(18, within=0.5)
    paused.part("play").click()
    paused.until_it_moves()
    paused.page.mouse.move(0, 0)
    expect(paused.part("preview")).to_be_hidden()


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [
        ("en-US", "12 seconds of 24 seconds"),
        ("fr-FR", "12\u00a0secondes sur 24\u00a0secondes"),
    ],
)
def test_the_position_is_said_in_words(
    watch: Watcher, locale: str, spoken: str
) -> None:
    player = watch(locale=locale)
    player.press("5")  # also before the film was started
    expect(player.part("seek")).to_have_attribute("aria-valuetext", spoken)
    expect(player.part("now")).to_have_text("0:12")
    player.start()
    assert DURATION / 2 <= player.at < DURATION


def test_an_address_can_name_a_time(watch: Watcher, film: Films) -> None:
    page = watch().page
    for asked, at in (("7", 7), ("0m15s", 15), ("99", 0), ("x", 0)):
        page.goto(f"{film(LADDER.name).url}?t={asked}")
        player = Player(page)
        player.is_wired()
        expect(player.part("now")).to_have_text(f"0:{at:02}")
        player.start()
        assert at < player.at < at + 8


def test_fingers_jump_and_hide_the_controls(watch: Watcher) -> None:
    phone = {"width": 360, "height": 740}
    player = watch(viewport=phone, has_touch=True, is_mobile=True)
    player.part("start").tap()
    player.until_it_moves()
    box = player.page.locator("video").bounding_box()
    assert box
    right = (box["x"] + box["width"] * 0.85, box["y"] + box["height"] * 0.4)
    player.page.touchscreen.tap(*right)
    player.page.touchscreen.tap(*right)
    player.until("video.currentTime > 10 && !video.paused")
    assert player.get("document.documentElement.scrollWidth") == 360
    expect(player.part("bar")).to_have_css("opacity", "0")
    player.part("settings-button").evaluate("one => one.click()")
    menu = player.part("settings").bounding_box()
    assert menu
    assert round(menu["y"] + menu["height"]) == 740


def test_another_sound_is_chosen_and_kept(watch: Watcher) -> None:
    player = watch("surround").start()
    player.part("settings-button").click()
    sounds = player.part("sounds").get_by_role("radio")
    expect(sounds).to_have_count(2)
    expect(sounds.first).to_be_checked()
    sounds.last.check()
    expect(sounds.last).to_be_checked()
    player.until(FIVE_ONE)
    player.until_it_moves()
    player.page.reload()
    again = Player(player.page).start()
    again.until(FIVE_ONE)
    again.until_it_moves()
