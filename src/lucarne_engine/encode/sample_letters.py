"""Letters as strokes on a grid 4 wide and 6 high, so that no font is needed."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Final

Point = tuple[float, float]
Stroke = tuple[Point, ...]


def _arc(center: Point, radii: Point, begin: int, end: int) -> Stroke:
    """Points of an ellipse from ``begin`` to ``end`` degrees, clockwise from east."""
    steps = 14
    angles = (pi / 180 * (begin + (end - begin) * n / steps) for n in range(steps + 1))
    return tuple(
        (center[0] + radii[0] * cos(angle), center[1] + radii[1] * sin(angle))
        for angle in angles
    )


_E: Final[tuple[Stroke, ...]] = (((4, 0), (0, 0), (0, 6), (4, 6)), ((0, 3), (3, 3)))
_BOWL: Final = ((0, 0), (2, 0), *_arc((2, 1.6), (2, 1.6), -90, 90), (0, 3.2))
LETTERS: Final[dict[str, tuple[Stroke, ...]]] = {
    "A": (((0, 6), (2, 0), (4, 6)), ((0.8, 4), (3.2, 4))),
    "C": (_arc((2.2, 3), (2.2, 3), -45, -315),),
    "D": (((0, 6), (0, 0), (1.2, 0), *_arc((1.2, 3), (2.8, 3), -90, 90), (0, 6)),),
    "E": _E,
    "Ê": (*_E, ((1, -1.2), (2, -2), (3, -1.2))),
    "F": (((4, 0), (0, 0), (0, 6)), ((0, 3), (3, 3))),
    "H": (((0, 0), (0, 6)), ((4, 0), (4, 6)), ((0, 3), (4, 3))),
    "I": (((2, 0), (2, 6)),),
    "L": (((0, 0), (0, 6), (3.6, 6)),),
    "M": (((0, 6), (0, 0), (2, 3.6), (4, 0), (4, 6)),),
    "N": (((0, 6), (0, 0), (4, 6), (4, 0)),),
    "O": (_arc((2, 3), (2.2, 3), 0, 360),),
    "R": (((0, 6), *_BOWL), ((1.8, 3.2), (4, 6))),
    "S": (
        (*_arc((2, 1.55), (1.9, 1.55), -40, -270), *_arc((2, 4.5), (2, 1.5), -90, 140)),
    ),
    "T": (((0, 0), (4, 0)), ((2, 0), (2, 6))),
    "U": (((0, 0), (0, 4), *_arc((2, 4), (2, 2), 180, 0), (4, 0)),),
    "W": (((-0.2, 0), (1, 6), (2, 1.5), (3, 6), (4.2, 0)),),
}
ADVANCE: Final = 6.2
SPACE: Final = 3.6


def width_of(text: str) -> float:
    """Width on the grid."""
    return sum(SPACE if letter == " " else ADVANCE for letter in text) - ADVANCE + 4


def strokes_of(text: str) -> list[tuple[float, tuple[Stroke, ...]]]:
    """(left edge on the grid, strokes) of each letter."""
    placed, left = [], 0.0
    for letter in text:
        if letter != " ":
            placed.append((left, LETTERS[letter]))
        left += SPACE if letter == " " else ADVANCE
    return placed
