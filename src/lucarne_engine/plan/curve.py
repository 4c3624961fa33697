"""Bits and quality of one size over the encoder's constant quality (CRF).

Two encodes of a few samples are enough: what lies between follows two shapes that
all our films keep (docs/decisions/0006). The logarithm of the bits falls in a
straight line, and what is lost of VMAF grows exponentially, for each encoder at its
own pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """What one size gives at any CRF, from its points at a low and a high one."""

    fine: Point
    coarse: Point
    growth: float

    @property
    def size(self) -> tuple[int, int]:
        return self.fine.width, self.fine.height

    def bits(self, crf: float) -> float:
        """Bits for each picture at a CRF."""
        step = self.coarse.crf - self.fine.crf
        fall = (log2(self.fine.bits) - log2(self.coarse.bits)) / step
        return float(self.fine.bits * 2.0 ** (-fall * (crf - self.fine.crf)))

    def vmaf(self, crf: float) -> float:
        """VMAF at a CRF, 0 to 100."""
        step = self.coarse.crf - self.fine.crf
        lost = (self.fine.vmaf - self.coarse.vmaf) / (exp(self.growth * step) - 1)
        beyond = exp(self.growth * (crf - self.fine.crf)) - 1
        return min(100.0, max(0.0, self.fine.vmaf - lost * beyond))

    def crf_for(self, vmaf: float, *, least: int, most: int) -> int | None:
        """Find the CRF within the bounds that comes nearest to ``vmaf``, if any does."""
        if self.vmaf(least) < vmaf:
            return None
        return min(range(most, least - 1, -1), key=lambda c: abs(self.vmaf(c) - vmaf))


def make_curves(points: Sequence[Point], codec: str) -> tuple[Curve, ...]:
    """Join the points of each size, smallest size first.

    A size is left out when it has no two points, or when they contradict each other:
    pictures without content cost nothing and look the same at any CRF.
    """
    sizes = sorted({(p.width, p.height) for p in points}, key=lambda s: s[0] * s[1])
    found = []
    for size in sizes:
        own = sorted(
            (p for p in points if (p.width, p.height) == size), key=lambda p: p.crf
        )
        fine, coarse = own[0], own[-1]
        is_sound = fine.bits > coarse.bits > 0 and fine.vmaf >= coarse.vmaf
        if fine.crf < coarse.crf and is_sound:
            found.append(Curve(fine=fine, coarse=coarse, growth=GROWTH[codec]))
    return tuple(found)
