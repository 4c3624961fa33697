"""Which tiles of a storyboard to propose as posters: good ones that differ. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lucarne_engine.pictures.looks import is_black, score

# Of the best one's worth; below it nobody would choose a picture.
_WORTHY: Final = 0.35
# Mean difference of two looks, of 255: a cut within a scene has more.
_DIFFERENT: Final = 26
# Proposals lie at least this part of the film apart.
_APART: Final = 24


def choose_tiles(looks: Sequence[bytes], count: int) -> list[int]:
    """Return at most ``count`` tiles, the best first; there is at least one look.

    Each but the first is worth to be looked at, and differs from those before it.
    """
    worths = [_worth(looks, tile) for tile in range(len(looks))]
    order = sorted(range(len(looks)), key=lambda tile: (-worths[tile], tile))
    chosen = order[:1]
    apart = max(1, len(looks) // _APART)
    for tile in order[1:]:
        if len(chosen) >= count or worths[tile] < _WORTHY * worths[chosen[0]]:
            break
        if not is_black(looks[tile]) and all(
            abs(tile - other) >= apart and differ(looks[tile], looks[other])
            for other in chosen
        ):
            chosen.append(tile)
    return chosen


def differ(one: bytes, other: bytes) -> bool:
    """Say whether two looks show different things."""
    total = sum(abs(a - b) for a, b in zip(one, other, strict=True))
    return total > _DIFFERENT * len(one)


def _worth(looks: Sequence[bytes], tile: int) -> float:
    """Titles and credits at both ends count less."""
    last = len(looks) - 1
    is_edge = last > 10 and (tile <= last // 20 or tile >= last - last // 8)
    return score(looks[tile]) * (0.6 if is_edge else 1.0)
