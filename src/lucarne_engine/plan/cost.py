"""What a first pass costs, told before it is made."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Final

from lucarne_engine.plan.model import Plan

# Of one core, for each million pixels of all rungs: decoding H.264, scaling and x264's
# superfast. 0.0085 to 0.0104 for four films of 720 and 1080 lines (``make bench-encode``);
# tone-mapping, deinterlacing and other decoders come on top.
CPU_S_PER_MEGAPIXEL: Final = Fraction(1, 100)


def estimated_cpu_s(plan: Plan) -> int:
    """Estimate the seconds of one core that the rungs of a plan take; 0 without any."""
    pixels = plan.frame_count * sum(rung.width * rung.height for rung in plan.rungs)
    return ceil(Fraction(pixels, 1_000_000) * CPU_S_PER_MEGAPIXEL)
