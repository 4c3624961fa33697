"""Is the file as long as it says? Asked of the container's outermost lengths."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_EBML_SEGMENT: Final = b"\x18\x53\x80\x67"
_MOST_BOXES: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Wholeness:
    is_cut: bool  # an outer length goes beyond the end of the file
    has_header: bool = True  # False: the part that describes the tracks is missing


def check(path: Path, demuxer: str) -> Wholeness:
    size = path.stat().st_size
    with path.open("rb") as file:
        if demuxer == "mov":
            return _boxes(file, size)
        if demuxer == "matroska":
            return Wholeness(is_cut=_segment_end(file.read(4096)) > size)
        if demuxer in {"avi", "wav"}:
            return Wholeness(is_cut=_riff_end(file.read(12)) > size + 1)
    return Wholeness(is_cut=False)


def _boxes(file: BinaryIO, size: int) -> Wholeness:
    """Walk the top-level boxes (ISO/IEC 14496-12 4.2)."""
    at, has_moov = 0, False
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head[:8])
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack(">Q", head[8:])
        elif length == 0:  # up to the end of the file
            length = size - at
        if length < 8:
            break
        at += length
        has_moov = has_moov or (kind == b"moov" and at <= size)
        if at >= size:
            break
    return Wholeness(is_cut=at > size, has_header=has_moov)


def _segment_end(head: bytes) -> int:
    """Where Matroska's Segment ends (RFC 9559 5.1); 0 when it does not say."""
    start = head.find(_EBML_SEGMENT) + 4
    if start < 4 or start >= len(head):
        return 0
    width = 9 - head[start].bit_length()  # RFC 8794 4: leading zero bits
    if width > 8:
        return 0
    field = int.from_bytes(head[start : start + width])
    value = field & ((1 << 7 * width) - 1)
    is_unknown = value == (1 << 7 * width) - 1
    return 0 if is_unknown else start + width + value


def _riff_end(head: bytes) -> int:
    if len(head) < 8 or head[:4] != b"RIFF":
        return 0
    (length,) = struct.unpack("<I", head[4:8])
    return 0 if length == 0xFFFFFFFF else int(length) + 8
