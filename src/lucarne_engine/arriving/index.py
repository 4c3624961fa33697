"""The index of a film, which may come before the film does: one door for all kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lucarne_engine.arriving import matroska, mp4
from lucarne_engine.arriving.need import Span
from lucarne_engine.package.boxes import Bytes
from lucarne_engine.probe.sniff import HEAD_BYTES

# That of an MP4 of two hours with 60 pictures a second has eight million bytes.
MOST_INDEX_BYTES: Final = 32 * 1024 * 1024

# Where an index begins and ends that is in the film's file already: in front, of an MP4.
find_index = mp4.find_index

# Whether it is that of an MP4, without which nothing of the film can be read.
is_movie = mp4.is_index


def is_index(data: Bytes) -> bool:
    """Say whether this is one whole index, of a film that can be prepared by it.

    What it says is for a demuxer to judge, in its sandbox.
    """
    return mp4.is_index(data) or matroska.is_index(data)


def beginning(
    path: Path, index: bytes, *, index_offset: int, size_bytes: int, until: int
) -> Span:
    """Return what a look is taken at of the first ``until`` bytes of a growing film."""
    if matroska.is_index(index):
        # What is promised lies before the index, even if it has come by now.
        until = min(until, index_offset - 1)
        until = matroska.beginning(path, size_bytes=size_bytes, until=until)
    return Span(begin=0, end=until)


def opening(path: Path, index: bytes, *, size_bytes: int, until: int) -> Span:
    """Return what is read first, whichever chunk is made, of what is made of ``until``."""
    if matroska.is_index(index):
        until = matroska.opening(path, size_bytes=size_bytes, until=until)
    else:
        until = min(HEAD_BYTES, until)
    return Span(begin=0, end=until)
