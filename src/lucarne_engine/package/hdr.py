"""What tells a player that AV1 is HDR: boxes of the sample entry, and the codec's name.

ISO/IEC 14496-12 clauses 12.1.5 (colr) and 12.1.6 (clli, mdcv); the numbers of curves
and colors are those of ITU-T H.273.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from lucarne_engine.package.boxes import Bytes, make_box

if TYPE_CHECKING:  # the sandboxed copy needs no plan, and imports little
    from lucarne_engine.plan.model import Hdr

KINDS: Final = (b"colr", b"mdcv", b"clli")
BT2020: Final = 9  # primaries, and the matrix without constant luminance
TRANSFERS: Final = {"smpte2084": 16, "arib-std-b67": 18}
_RANGES: Final = {16: "PQ", 18: "HLG"}  # as HLS names them


def make_boxes(hdr: Hdr) -> bytes:
    """Make the boxes of a rung."""
    numbers = (BT2020, TRANSFERS[hdr.transfer], BT2020)
    boxes = make_box(b"colr", b"nclx", struct.pack(">3HB", *numbers, 0))
    if hdr.mastering is not None:
        screen = hdr.mastering
        places = (*screen.green, *screen.blue, *screen.red, *screen.white)
        light = (screen.max_luminance, screen.min_luminance)
        boxes += make_box(b"mdcv", struct.pack(">8H2I", *places, *light))
    if hdr.light is not None:
        light = (hdr.light.max_cll, hdr.light.max_fall)
        boxes += make_box(b"clli", struct.pack(">2H", *light))
    return boxes


def is_hdr(boxes: Bytes) -> bool:
    """Say whether ``boxes`` begin with a ``colr`` that names PQ or HLG."""
    if len(boxes) < 19 or bytes(boxes[4:12]) != b"colrnclx":
        return False
    return struct.unpack_from(">H", boxes, 14)[0] in _RANGES


def color_suffix(av1c: Bytes, boxes: Bytes) -> str:
    """Give the optional part of an AV1 codec's name (AV1 in ISOBMFF 1.2.0, clause 5).

    "" for what is not HDR: players then assume BT.709.
    """
    if not is_hdr(boxes):
        return ""
    primaries, transfer, matrix, full = struct.unpack_from(">3HB", boxes, 12)
    sampling = f"{av1c[2] >> 3 & 1}{av1c[2] >> 2 & 1}{av1c[2] & 3}"
    mono = av1c[2] >> 4 & 1
    return f".{mono}.{sampling}.{primaries:02}.{transfer:02}.{matrix:02}.{full >> 7}"


def transfer_of(codec: str) -> int:
    """Give the number of the curve that an AV1 codec's name tells; 0 when it does not."""
    parts = codec.split(".")
    has_colors = parts[0] == "av01" and len(parts) >= 8 and parts[7].isdecimal()
    return int(parts[7]) if has_colors else 0


def video_range(codec: str) -> str:
    """Say PQ, HLG or SDR."""
    return _RANGES.get(transfer_of(codec), "SDR")
