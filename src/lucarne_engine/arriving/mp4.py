"""The index of an MP4 (ISO/IEC 14496-12 clause 8.2: ``moov``), at its end or front."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from lucarne_engine.package.boxes import BoxError, Bytes, children, read_box

_MOST_BOXES: Final = 64
_FIRST: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})


def find_index(path: Path) -> tuple[int, int] | None:
    """Find where the index of a film begins and ends, by its outermost boxes.

    None when it is not, or not all, in the file ``path`` yet.
    """
    received = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        for _ in range(_MOST_BOXES):
            file.seek(at)
            head = file.read(16)
            if len(head) < 16:
                return None
            length, kind = struct.unpack(">I4s", head[:8])
            if length == 1:
                (length,) = struct.unpack(">Q", head[8:])
            if length < 8 or (not at and kind not in _FIRST):
                return None
            if kind == b"moov":
                return (at, at + length) if at + length <= received else None
            at += length
            if at >= received:
                return None
    return None


def is_index(data: Bytes) -> bool:
    """Say whether this is one whole index, of a film that is not in fragments.

    What it says is for a demuxer to judge, in its sandbox.
    """
    try:
        box = read_box(data, 0, len(data))
        if box is None or (box.kind, box.end) != (b"moov", len(data)):
            return False
        kinds = {child.kind for child in children(data, box.body, box.end)}
    except BoxError:
        return False
    return b"trak" in kinds and not kinds & {b"mvex", b"cmov"}
