"""HDR numbers from FFmpeg's side data: exact, or none."""

from __future__ import annotations

import struct
from fractions import Fraction

from hypothesis import given, strategies as st

from lucarne_engine.probe.hdr import read_light, read_mastering
from lucarne_engine.probe.report import ContentLight, MasteringDisplay

PLACES = ((34000, 16000), (13250, 34500), (7500, 3000), (15635, 16450))
SCREEN = MasteringDisplay(
    red=PLACES[0], green=PLACES[1], blue=PLACES[2], white=PLACES[3],
    min_luminance=50, max_luminance=10_000_000,
)  # fmt: skip


def packed(
    *, places: tuple[tuple[int, int], ...] = PLACES, low: int = 50,
    high: int = 10_000_000, per_one: int = 50_000, per_candela: int = 10_000,
    flags: tuple[int, int] = (1, 1),
) -> bytes:  # fmt: skip
    numbers = [word for place in places for axis in place for word in (axis, per_one)]
    return struct.pack("=20i2i", *numbers, low, per_candela, high, per_candela, *flags)


def test_a_screen_is_read_exactly() -> None:
    assert read_mastering(packed()) == SCREEN


def test_the_steps_of_av1_are_rounded_to_those_of_the_report() -> None:
    """AV1's metadata has 16 bits behind the point (clause 6.7.4)."""
    fine = tuple(
        (round(x * Fraction(65536, 50000)), round(y * Fraction(65536, 50000)))
        for x, y in PLACES
    )
    assert read_mastering(packed(places=fine, per_one=65536)) == SCREEN


def test_what_is_no_screen_is_none() -> None:
    for data in (
        b"",
        b"x" * 20,
        packed(flags=(1, 0)),
        packed(flags=(0, 1)),
        packed(per_one=0),
        packed(per_candela=-1),
        packed(low=20_000_000),
        packed(high=100_000_001),
        packed(places=((-1, 0), *PLACES[1:])),
        packed(places=((50_001, 0), *PLACES[1:])),
    ):
        assert read_mastering(data) is None


@given(st.binary(max_size=100))
def test_any_bytes_are_a_possible_screen_or_none(data: bytes) -> None:
    screen = read_mastering(data)
    if screen is not None:
        assert 0 <= screen.min_luminance < screen.max_luminance <= 100_000_000
    light = read_light(data)
    assert light is None or 0 < max(light.max_cll, light.max_fall) < 1 << 16


def test_light() -> None:
    assert read_light(struct.pack("=2I", 1000, 400)) == ContentLight(
        max_cll=1000, max_fall=400
    )
    assert read_light(struct.pack("=2I", 0, 0)) is None
    assert read_light(struct.pack("=2I", 70_000, 4)) is None
    assert read_light(b"") is None
