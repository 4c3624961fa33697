"""FFmpeg's side data about HDR, as the numbers of the standards. Pure.

The layouts are those of libavutil/mastering_display_metadata.h, in native integers.
"""

from __future__ import annotations

import struct
from typing import Final

from lucarne_engine.probe.report import ContentLight, MasteringDisplay

_MASTERING: Final = struct.Struct("=20i2i")  # ten fractions, two flags
_LIGHT: Final = struct.Struct("=2I")
_PER_ONE: Final = 50_000  # steps of a chromaticity
_PER_CANDELA: Final = 10_000
_BRIGHTEST: Final = 10_000  # cd/m², where PQ ends (SMPTE ST 2084)


def read_mastering(data: bytes) -> MasteringDisplay | None:
    """Read AVMasteringDisplayMetadata; None when it does not say a possible screen."""
    if len(data) < _MASTERING.size:
        return None
    *numbers, has_primaries, has_luminance = _MASTERING.unpack_from(data)
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    if not has_primaries or not has_luminance or any(below <= 0 for _, below in pairs):
        return None
    places = [round(above * _PER_ONE / below) for above, below in pairs[:8]]
    black, white = (round(above * _PER_CANDELA / below) for above, below in pairs[8:])
    is_possible = (
        all(0 <= place <= _PER_ONE for place in places)
        and 0 <= black < white <= _BRIGHTEST * _PER_CANDELA
    )
    if not is_possible:
        return None
    return MasteringDisplay(
        red=(places[0], places[1]),
        green=(places[2], places[3]),
        blue=(places[4], places[5]),
        white=(places[6], places[7]),
        min_luminance=black,
        max_luminance=white,
    )


def read_light(data: bytes) -> ContentLight | None:
    """Read AVContentLightMetadata; None when both are unknown or one is impossible."""
    if len(data) < _LIGHT.size:
        return None
    most, mean = _LIGHT.unpack_from(data)
    if (not most and not mean) or max(most, mean) > 0xFFFF:  # 16 bits in the standard
        return None
    return ContentLight(max_cll=most, max_fall=mean)
