"""Which pictures to take: poster candidates and the storyboard's grid."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Final

from lucarne_engine.plan.model import PicturePlan

POSTER_PLACES: Final = tuple(Fraction(n, 100) for n in (5, 12, 22, 35, 50, 68))
TILE_WIDTH: Final = 160
TALLEST_TILE: Final = 160
COLUMNS: Final = 5
ROWS: Final = 5
WISHED_TILES: Final = 100
SLOWEST_STORYBOARD: Final = 10  # seconds


def plan_pictures(
    duration: Fraction, frame_rate: Fraction, size: tuple[int, int]
) -> PicturePlan:
    """Plan about a hundred tiles, one every one to ten seconds, 160 pixels wide."""
    every = Fraction(min(max(1, ceil(duration / WISHED_TILES)), SLOWEST_STORYBOARD))
    width, height = _tile(*size)
    last = max(Fraction(0), duration - 1 / frame_rate)
    places = {min(duration * place, last) for place in POSTER_PLACES}
    return PicturePlan(
        poster_at=tuple(sorted(places)),
        storyboard_every=every,
        storyboard_columns=COLUMNS,
        storyboard_rows=ROWS,
        tile_width=width,
        tile_height=height,
    )


def _tile(width: int, height: int) -> tuple[int, int]:
    scale = min(Fraction(TILE_WIDTH, width), Fraction(TALLEST_TILE, height))
    return _even(width * scale), _even(height * scale)


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))
