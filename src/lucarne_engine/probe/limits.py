"""How much of a stranger's film we are ready to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_DIMENSION: Final = 16_384  # of either side, pixels


@dataclass(frozen=True, kw_only=True)
class ProbeLimits:
    max_pixels: int = 67_108_864  # of one picture: 8K has 33 million
    max_decoded_frames: int = 2_000_000  # nine hours at 60 pictures a second
    max_dimension: int = MAX_DIMENSION
    wall_s: int = 300
    memory_bytes: int = 4 << 30
