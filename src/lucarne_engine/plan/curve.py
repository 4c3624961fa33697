"""Bits and quality of one size over the encoder's constant quality (CRF).

A few encodes of a few samples are enough: what lies between two of them follows two
shapes that all our films keep (docs/decisions/0006). The logarithm of the bits falls
in a straight line, and what is lost of VMAF grows exponentially, for each encoder at
its own pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log2
from typing import Final

# How fast the loss of VMAF grows with each step of CRF, by codec.
GROWTH: Final = {"h264": 0.115, "av1": 0.057}


@dataclass(frozen=True, kw_only=True)
class Point:
    """What one size at one constant quality costs and gives."""

    width: int
    height: int
    crf: int
    bits: float  # for each picture
    vmaf: float  # as seen at the size of the film, 0 to 100


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What one size gives at any CRF, from two points of it or more."""

    points: tuple[Point, ...]  # by CRF, lowest first
    growth: float

    @property
    def size(self) -> tuple[int, int]:
        return self.points[0].width, self.points[0].height

    def bits(self, crf: float) -> float:
        """Bits for each picture at a CRF."""
        fine, coarse = self._around(crf)
        fall = (log2(fine.bits) - log2(coarse.bits)) / (coarse.crf - fine.crf)
        return float(fine.bits * 2.0 ** (-fall * (crf - fine.crf)))

    def vmaf(self, crf: float) -> float:
        """VMAF at a CRF, 0 to 100."""
        fine, coarse = self._around(crf)
        step = coarse.crf - fine.crf
        lost = (fine.vmaf - coarse.vmaf) / (exp(self.growth * step) - 1)
        beyond = exp(self.growth * (crf - fine.crf)) - 1
        return min(100.0, max(0.0, fine.vmaf - lost * beyond))

    def _around(self, crf: float) -> tuple[Point, Point]:
        """Give the two points that the CRF lies between, or the nearest two."""
        pairs = list(pairwise(self.points))
        return next((pair for pair in pairs if crf <= pair[1].crf), pairs[-1])

    def crf_for(self, vmaf: float, *, least: int, most: int) -> int | None:
        """Find the CRF within the bounds that comes nearest to ``vmaf``, if any does."""
        if self.vmaf(least) < vmaf:
            return None
        return min(range(most, least - 1, -1), key=lambda c: abs(self.vmaf(c) - vmaf))


def make_curves(points: Sequence[Point], codec: str) -> tuple[Curve, ...]:
    """Join the points of each size, smallest size first.

    A point that contradicts the one before it is left out, and a size that has no two
    then: pictures without content cost nothing and look the same at any CRF.
    """
    sizes = sorted({(p.width, p.height) for p in points}, key=lambda s: s[0] * s[1])
    found = []
    for size in sizes:
        own = sorted((p for p in points if (p.width, p.height) == size), key=lambda p: p.crf)
        sound = own[:1]
        for point in own[1:]:
            if sound[-1].bits > point.bits > 0 and sound[-1].vmaf >= point.vmaf:
                sound.append(point)
        if len(sound) > 1:
            found.append(Curve(points=tuple(sound), growth=GROWTH[codec]))
    return tuple(found)
