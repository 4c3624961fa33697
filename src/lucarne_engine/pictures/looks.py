"""Which picture is good to look at, and what color it is. Pure, on a few pixels."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Final

# Small copies of the pictures, RGB, three bytes a pixel.
LOOK_WIDTH: Final = 32
LOOK_HEIGHT: Final = 18
LOOK_BYTES: Final = 3 * LOOK_WIDTH * LOOK_HEIGHT

_DARK: Final = 40  # mean brightness below which a poster says nothing, 0 to 255
_BRIGHT: Final = 225
# The brightest twentieth of a picture: words on black or a lit face in the night are
# something to see from the first of these on, and clear at the second.
_LIT, _CLEAR = 60, 160
_DARK_WORTH: Final = 0.6
_BIN_BITS: Final = 5  # colors that differ in the lower bits count as one


def score(look: bytes) -> float:
    """Say how good a poster the picture makes; only comparisons mean something.

    Contrast and edges count, very bright pictures less, dark ones hardly at all unless
    something in them is lit. Faces are not looked for (docs/decisions/0007).
    """
    luma = _luma(look)
    if not luma:
        return 0.0
    mean = sum(luma) / len(luma)
    spread = sqrt(sum((value - mean) ** 2 for value in luma) / len(luma))
    edges = sum(abs(a - b) for a, b in pairwise(luma)) / len(luma)
    return (spread + 2 * edges + _colorfulness(look) / 2) * _exposure(luma)


def _exposure(luma: list[int]) -> float:
    mean = sum(luma) / len(luma)
    if mean < _DARK:
        clear = min(1.0, (_lit(luma) - _LIT) / (_CLEAR - _LIT))
        return max(0.05 + 0.6 * mean / _DARK, _DARK_WORTH * clear)
    if mean > _BRIGHT:
        return 0.4
    return 1.0


def _lit(luma: list[int]) -> int:
    return sorted(luma)[len(luma) * 19 // 20]


def is_black(look: bytes) -> bool:
    """Say whether there is nothing to see: black, or one dark tone."""
    luma = _luma(look)
    return not luma or (sum(luma) / len(luma) < _DARK / 2 and _lit(luma) < _LIT)


def _luma(look: bytes) -> list[int]:
    """Brightness of each pixel, 0 to 255 (weights of Rec. ITU-R BT.601)."""
    return [
        (299 * red + 587 * green + 114 * blue) // 1000
        for red, green, blue in _pixels(look)
    ]


def _colorfulness(look: bytes) -> float:
    pixels = _pixels(look)
    return sum(max(pixel) - min(pixel) for pixel in pixels) / max(1, len(pixels))


def _pixels(look: bytes) -> list[tuple[int, int, int]]:
    return list(zip(look[0::3], look[1::3], look[2::3], strict=False))


def dominant_color(look: bytes) -> str:
    """Choose the color that stands for the picture, as ``#rrggbb``.

    The mean of the pixels in the fullest of 512 bins, where vivid colors weigh
    more than grays.
    """
    bins: dict[tuple[int, ...], list[tuple[int, int, int]]] = {}
    for pixel in _pixels(look):
        key = tuple(value >> _BIN_BITS for value in pixel)
        bins.setdefault(key, []).append(pixel)
    if not bins:
        return "#000000"
    fullest = max(bins.values(), key=_weight)
    means = (sum(values) // len(fullest) for values in zip(*fullest, strict=True))
    return "#" + "".join(f"{mean:02x}" for mean in means)


def _weight(pixels: list[tuple[int, int, int]]) -> float:
    vivid = sum(max(pixel) - min(pixel) for pixel in pixels) / len(pixels)
    return len(pixels) * (0.25 + vivid / 255)
