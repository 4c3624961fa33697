"""H.264 and AAC as MPEG-TS carries them, turned into what MP4 holds.

H.264: byte stream (ITU-T H.264 annex B) to length-prefixed NAL units and avcC
(ISO/IEC 14496-15 clause 5.3). AAC: ADTS (ISO/IEC 13818-7 clause 6.2) to raw
frames and AudioSpecificConfig.
"""

from __future__ import annotations

import struct
from typing import Final

from lucarne_engine.package.boxes import BoxError

_SPS: Final = 7
_PPS: Final = 8
_DELIMITER: Final = 9
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 144, 244})


def split_units(stream: bytes) -> list[bytes]:
    """List the NAL units of a byte stream; what precedes the first one is dropped."""
    units = (unit.rstrip(b"\0") for unit in stream.split(b"\0\0\1")[1:])
    return [unit for unit in units if unit]


def make_avcc(units: list[bytes]) -> bytes:
    """Make an AVC decoder configuration record of one SPS and its PPSs.

    Raises BoxError when there is not exactly one SPS and at least one PPS.
    """
    sps = list(dict.fromkeys(unit for unit in units if unit[0] & 31 == _SPS))
    pps = list(dict.fromkeys(unit for unit in units if unit[0] & 31 == _PPS))
    if len(sps) != 1 or not pps or len(sps[0]) < 4:
        raise BoxError(f"{len(sps)} sequence and {len(pps)} picture parameter sets")
    record = bytes((1, *sps[0][1:4], 0xFF, 0xE1))
    record += struct.pack(">H", len(sps[0])) + sps[0] + bytes((len(pps),))
    record += b"".join(struct.pack(">H", len(unit)) + unit for unit in pps)
    if sps[0][1] in _HIGH_PROFILES:  # 4:2:0, 8 bits: all that is ever copied
        record += bytes((0xFD, 0xF8, 0xF8, 0))
    return record


def to_lengths(stream: bytes, known: frozenset[bytes]) -> bytes:
    """Turn one picture into length-prefixed units, without parameter sets.

    ``known`` are the parameter sets of the header; raises BoxError when the
    picture brings others, for avc1 has no place for them.
    """
    out = []
    for unit in split_units(stream):
        kind = unit[0] & 31
        if kind in {_SPS, _PPS}:
            if unit not in known:
                raise BoxError("the parameter sets change inside the film")
        elif kind != _DELIMITER:
            out += [struct.pack(">I", len(unit)), unit]
    return b"".join(out)


def read_adts(frame: bytes) -> tuple[bytes, int]:
    """Read (AudioSpecificConfig, header bytes) of an ADTS frame. Raises BoxError."""
    if len(frame) < 9 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:
        raise BoxError("no ADTS header")
    kind = (frame[2] >> 6) + 1
    rate = frame[2] >> 2 & 15
    channels = (frame[2] & 1) << 2 | frame[3] >> 6
    config = struct.pack(">H", kind << 11 | rate << 7 | channels << 3)
    return config, 7 if frame[1] & 1 else 9
