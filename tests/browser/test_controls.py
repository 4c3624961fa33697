"""What the player shows and does besides the keys: rungs, poster, pictures, times."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.player import Player, wait
from tests.browser.stage import LADDER, LADDER_HEIGHTS, Film

DURATION = LADDER.seconds


@pytest.fixture
def running(film: Callable[[str], Film], player: Player) -> Player:
    """Give a running film of 24 s and three rungs."""
    return player.start(film(LADDER.name).url)


def test_picture_has_the_size_of_each_quality(running: Player) -> None:
    running.part("settings-button").click()
    labels = running.part("qualities").locator("label").all_inner_texts()
    heights = sorted(LADDER_HEIGHTS, reverse=True)
    assert labels[0].startswith("Automatic")
    assert labels[1:] == [f"{height}p" for height in heights]
    for height in (*reversed(heights), *heights[1:]):
        running.choose_quality(f"{height}p")
        running.until(f"v.videoHeight === {height}")
        running.until_it_moves()


def test_quality_changes_while_paused(running: Player) -> None:
    running.pause()
    for height in (360, 720):
        running.choose_quality(f"{height}p")
        running.until(f"v.videoHeight === {height} && v.paused")


def test_bar_moves_before_the_film_was_started(
    film: Callable[[str], Film], player: Player
) -> None:
    player.open(film(LADDER.name).url)
    player.page.keyboard.press("5")
    expect(player.part("now")).to_have_text("0:12")
    player.press_play()
    player.until_it_moves()
    assert DURATION / 2 <= player.get("v.currentTime") < DURATION / 2 + 4


@pytest.mark.parametrize(
    ("key", "begin", "end"), [("j", 4, 0), ("l", 20, DURATION), ("ArrowRight", 3, 8)]
)
def test_jumps_stay_inside_the_film(
    running: Player, key: str, begin: float, end: float
) -> None:
    running.pause()
    running.go_to(begin)
    running.page.keyboard.press(key)
    running.until_at(end, within=0.1)


def test_picture_in_picture(running: Player) -> None:
    running.page.keyboard.press("i")
    wait(running.page, "() => document.pictureInPictureElement")
    running.page.keyboard.press("i")
    wait(running.page, "() => !document.pictureInPictureElement")


def test_space_on_a_button_is_the_buttons(running: Player) -> None:
    running.part("mute").focus()
    running.page.keyboard.press("Space")
    running.until("v.muted && !v.paused")


def test_question_mark_lists_every_key(running: Player) -> None:
    running.page.keyboard.press("?")
    listed = running.part("help").locator("kbd").all_inner_texts()
    expected = [
        "K",
        "Space",
        "J",
        "L",
        "←",
        "→",
        "↑",
        "↓",
        "0",
        "9",
        "Home",
        "End",
        ",",
        ".",
        "<",
        ">",
        "M",
        "C",
        "F",
        "T",
        "I",
        "?",
    ]
    assert sorted(listed) == sorted(expected)
    running.page.keyboard.press("Escape")
    running.part("help").wait_for(state="hidden")


def test_no_captions_button_without_captions(running: Player) -> None:
    assert running.part("captions").count() == 1
    buttons = running.page.get_by_role("button")
    names = [one.get_attribute("aria-label") for one in buttons.all()]
    assert "Full screen" in names
    assert "Captions" not in names
    running.page.keyboard.press("c")  # nothing happens, nothing breaks


def test_poster_is_shown_until_the_film_runs(
    film: Callable[[str], Film], player: Player
) -> None:
    player.open(film(LADDER.name).url)
    poster = player.get("v.poster")
    assert poster.endswith("/poster.jpg")
    size = player.page.evaluate(
        "async (url) => { const image = new Image(); image.src = url;"
        " await image.decode(); return [image.naturalWidth, image.naturalHeight] }",
        poster,
    )
    assert size == [1280, 720]
    player.press_play().until_it_moves()
    assert player.get("v.poster") == ""


def test_storyboard_is_shown_over_the_bar(running: Player) -> None:
    bar = running.part("seek")
    box = bar.bounding_box()
    assert box is not None
    with running.page.expect_response("**/storyboard.vtt"):
        bar.hover(position={"x": 10, "y": box["height"] / 2})
    seen = set()
    for share in (0.3, 0.6):
        bar.hover(position={"x": box["width"] * share, "y": box["height"] / 2})
        picture = running.part("preview-picture")
        picture.wait_for(state="visible")
        seen.add(
            picture.evaluate(
                "(e) => getComputedStyle(e).backgroundImage"
                " + getComputedStyle(e).backgroundPosition"
            )
        )
        at = int(running.part("preview-time").inner_text().partition(":")[2])
        assert abs(at - share * DURATION) <= 1
    assert len(seen) == 2
    assert all("/storyboard/" in one for one in seen)
    running.page.mouse.move(0, 0)
    running.part("preview").wait_for(state="hidden")


@pytest.mark.parametrize(("asked", "at"), [("7", 7), ("99", 0), ("x", 0)])
def test_address_says_where_to_begin(
    film: Callable[[str], Film], player: Player, asked: str, at: float
) -> None:
    player.open(f"{film(LADDER.name).url}?t={asked}")
    assert player.part("now").inner_text() == f"0:{at:02}"
    player.press_play().until_it_moves()
    assert at <= player.get("v.currentTime") < at + 3
