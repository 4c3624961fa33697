"""The index of a Matroska or WebM film: its last clusters, and what follows them.

Its head comes first in any case. Its cues name each key frame; they mostly stand at the
end, behind the last clusters, which say when picture and sound are over.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from lucarne_engine.package.boxes import Bytes
from lucarne_engine.probe import ebml
from lucarne_engine.probe.ebml import EbmlError

_CLUSTER: Final = ebml.CLUSTER.to_bytes(4)
_VOID: Final = 0xEC
_TIME: Final = 0xE7
_SCALE: Final = 0x2AD7B1
_MOST_LOOKED_AT: Final = 8  # elements: a check sum may come first
_USUAL_SCALE_NS: Final = 1_000_000
# Where a program stops to look for what a film holds before it begins: FFmpeg's limits
# of five seconds and five million bytes, and some more.
_OPENING_NS: Final = 6_000_000_000
_OPENING_BYTES: Final = 6_000_000


def is_index(data: Bytes) -> bool:
    """Say whether these are whole elements from a cluster on.

    What they say is for a demuxer to judge, in its sandbox.
    """
    if data[:4] != _CLUSTER:
        return False
    try:
        for _ in ebml.children(BytesIO(data), 0, len(data)):
            pass
    except EbmlError:
        return False
    return True


def beginning(path: Path, *, size_bytes: int, until: int) -> int:
    """Return where the last whole cluster before ``until`` ends; 0: there is none."""
    with path.open("rb") as file:
        return max(
            (begin for begin, _ in _clusters(file, size_bytes, until)), default=0
        )


def opening(path: Path, *, size_bytes: int, until: int) -> int:
    """Return where that ends which a program reads before it goes to a chunk."""
    end = 0
    with path.open("rb") as file:
        for end, time_ns in _clusters(file, size_bytes, until):
            if time_ns >= _OPENING_NS or end >= _OPENING_BYTES:
                break
    return end


def _clusters(file: BinaryIO, size: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield where clusters begin, up to ``until``, and their time in nanoseconds."""
    try:
        segment = ebml.segment_of(file, size)
        scale = _USUAL_SCALE_NS
        for element in ebml.children(file, segment.body, segment.end):
            if element.begin > until - ebml.LONGEST_HEADER:
                return
            if element.kind == ebml.INFO:
                scale = _number_in(file, element, _SCALE, scale)
            elif element.kind == ebml.CLUSTER:
                yield element.begin, _number_in(file, element, _TIME, 0) * scale
    except EbmlError:
        return  # not so far


def _number_in(file: BinaryIO, parent: ebml.Element, kind: int, otherwise: int) -> int:
    """Read one number of those that stand first; where it is not, it is ``otherwise``."""
    for child in islice(ebml.children(file, parent.body, parent.end), _MOST_LOOKED_AT):
        if child.kind == kind:
            return ebml.number(file, child)
    return otherwise


def void(length: int) -> bytes:
    """Return the header of an element that says nothing, ``length`` with its content."""
    if length < 9:
        return bytes((_VOID, 0x80 | (length - 2))) if length > 1 else b""
    return bytes((_VOID,)) + ((1 << 56) | (length - 9)).to_bytes(8)
