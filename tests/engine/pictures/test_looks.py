"""The choice among pictures, on made-up ones."""

from hypothesis import given, strategies as st

from lucarne_engine.pictures.looks import (
    LOOK_BYTES,
    dominant_color,
    is_black,
    score,
)

PIXELS = LOOK_BYTES // 3
BLACK = bytes(LOOK_BYTES)
GRAY = bytes([120]) * LOOK_BYTES
STRIPES = b"".join(bytes([200 if n % 2 else 60]) * 3 for n in range(PIXELS))


def test_something_to_see_beats_nothing():
    assert score(STRIPES) > score(GRAY) >= score(BLACK)


def test_a_bright_picture_beats_the_same_in_the_dark():
    dark = bytes(value // 8 for value in STRIPES)
    assert score(STRIPES) > score(dark)


def test_words_on_black_beat_black_and_a_dim_room():
    """Thin white letters over a tenth of the picture, as small as the looks are."""
    words = b"".join(
        bytes([150 if n % 32 in range(8, 24, 2) and n // 32 in range(6, 12) else 0]) * 3
        for n in range(PIXELS)
    )
    dim = b"".join(bytes([24 if n % 7 else 4]) * 3 for n in range(PIXELS))
    assert not is_black(words)
    assert score(words) > 5 * max(score(dim), score(BLACK))
    assert score(STRIPES) > score(words)


def test_noise_in_the_dark_is_still_black():
    noise = b"".join(bytes([n * 7919 % 30]) * 3 for n in range(PIXELS))
    assert is_black(noise)


def test_black_is_black():
    assert is_black(BLACK)
    assert is_black(b"")
    assert not is_black(GRAY)


def test_a_vivid_minority_gives_the_color():
    blue = bytes([20, 60, 220]) * (PIXELS // 3)
    assert dominant_color(blue + GRAY[: LOOK_BYTES - len(blue)]) == "#143cdc"
    assert dominant_color(GRAY) == "#787878"
    assert dominant_color(b"") == "#000000"


@given(st.binary(min_size=LOOK_BYTES, max_size=LOOK_BYTES))
def test_any_picture_has_a_score_and_a_color(look):
    assert score(look) >= 0
    assert len(dominant_color(look)) == 7
