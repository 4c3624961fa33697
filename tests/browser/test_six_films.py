"""Six films of six kinds, published as people publish, play as people watch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.player import Player
from tests.browser.stage import SIX, Film, Kind, title


@pytest.mark.parametrize("kind", SIX, ids=lambda kind: kind.name)
def test_film_plays(kind: Kind, film: Callable[[str], Film], player: Player) -> None:
    player.open(film(kind.name).url)
    assert player.page.get_by_role("heading", level=1).inner_text() == title(kind)
    assert player.get("v.currentTime") == 0

    player.press_play()
    player.until_it_moves()
    player.until_another_picture(player.picture())

    assert abs(player.get("v.duration") - kind.seconds) < 0.1
    width, height = player.get("[v.videoWidth, v.videoHeight]")
    assert width * kind.size[1] == height * kind.size[0]  # upright, undistorted
    assert bool(player.get("v.webkitAudioDecodedByteCount")) == kind.has_sound
    assert player.part("total").inner_text().endswith(f":{kind.seconds:02.0f}")

    player.choose_quality(f"{min(kind.size)}p")
    player.until(f"v.videoWidth === {kind.size[0]} && v.videoHeight === {kind.size[1]}")


def test_film_ends_and_can_be_watched_again(
    film: Callable[[str], Film], player: Player
) -> None:
    player.start(film("video_only").url)
    player.until("v.ended")
    assert player.part("play").get_attribute("aria-label") == "Watch again"
    player.part("play").click()
    player.until("!v.ended && v.currentTime < 3")
    player.until_it_moves()
