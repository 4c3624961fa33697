"""The display matrix (ISO/IEC 14496-12 8.3.2.3) as a turn and a mirror. Pure."""

from __future__ import annotations

import math
import struct
from typing import Final

_TOLERANCE: Final = 0.05  # of the sine and the cosine


def read(matrix: bytes) -> tuple[int, bool]:
    """(degrees clockwise of 0, 90, 180, 270; mirrored left-right after the turn).

    ``matrix`` is FFmpeg's AV_PKT_DATA_DISPLAYMATRIX: nine native 32-bit integers in
    16.16. Nonsense, scaling to nothing and slanted turns are (0, False).
    """
    if len(matrix) != 36:
        return 0, False
    a, b, _, c, d, *_ = (float(value) for value in struct.unpack("=9i", matrix))
    across, down = math.hypot(a, b), math.hypot(c, d)
    if not across or not down:
        return 0, False
    a, b, c, d = a / across, b / across, c / down, d / down
    is_mirrored = a * d - b * c < 0
    if is_mirrored:  # the matrix is turn, then mirror: undo the mirror
        a, c = -a, -c
    turn = round(math.degrees(math.atan2(b, a)) / 90) % 4 * 90
    wanted = (math.cos(math.radians(turn)), math.sin(math.radians(turn)))
    is_square = max(
        abs(a - wanted[0]), abs(b - wanted[1]), abs(c + wanted[1]), abs(d - wanted[0])
    )
    return (turn, is_mirrored) if is_square <= _TOLERANCE else (0, False)
