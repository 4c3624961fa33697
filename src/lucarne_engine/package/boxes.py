"""Boxes of ISO/IEC 14496-12 (the ISO base media file format), clause 4.2.

Reading never trusts a size: every box lies wholly inside what holds it, or
``BoxError`` is raised.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Bytes: TypeAlias = bytes | bytearray | memoryview


class BoxError(ValueError):
    """The bytes are no sound box structure."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies; offsets count from the first byte of what was read."""

    kind: bytes  # four bytes: b"moov"
    start: int  # of its header
    body: int  # of what follows the header
    end: int


def read_box(data: Bytes, start: int, end: int) -> Box | None:
    """Find the box at ``start``, or None when it does not lie wholly before ``end``.

    None is an answer, not an error: a file that still grows ends inside a box.
    Raises BoxError when the size is smaller than the header.
    """
    if end - start < 8:
        return None
    size, kind = struct.unpack_from(">I4s", data, start)
    body = start + 8
    if size == 1:
        if end - start < 16:
            return None
        (size,) = struct.unpack_from(">Q", data, body)
        body += 8
    elif size == 0:  # "to the end of the file"
        size = end - start
    if size < body - start:
        raise BoxError(f"box {kind!r} of {size} bytes")
    return Box(kind, start, body, start + size) if start + size <= end else None


def children(data: Bytes, start: int, end: int) -> Iterator[Box]:
    """Give the boxes that fill ``data[start:end]`` exactly.

    Raises BoxError when one reaches beyond ``end`` or bytes are left over.
    """
    while start < end:
        box = read_box(data, start, end)
        if box is None:
            raise BoxError(f"a box at {start} reaches beyond {end}")
        yield box
        start = box.end


def find(data: Bytes, parent: Box, *path: bytes) -> Box | None:
    """Find the first box at ``path`` below ``parent``, or None."""
    here = parent
    for kind in path:
        boxes = children(data, here.body, here.end)
        found = next((box for box in boxes if box.kind == kind), None)
        if found is None:
            return None
        here = found
    return here


def need(data: Bytes, parent: Box, *path: bytes) -> Box:
    """As ``find``; raises BoxError when there is none."""
    found = find(data, parent, *path)
    if found is None:
        raise BoxError(f"no box {b'/'.join(path)!r} in {parent.kind!r}")
    return found


def unpack(layout: str, data: Bytes, box: Box, offset: int = 0) -> tuple[int, ...]:
    """``struct.unpack_from`` at ``offset`` of the box's body, kept inside the box."""
    if box.body + offset + struct.calcsize(layout) > box.end:
        raise BoxError(f"box {box.kind!r} is too short")
    return struct.unpack_from(layout, data, box.body + offset)


def make_box(kind: bytes, *parts: bytes) -> bytes:
    """Make a box with a 32-bit size around the joined parts."""
    body = b"".join(parts)
    if len(body) + 8 >= 1 << 32:
        raise BoxError(f"box {kind!r} of {len(body)} bytes is too large")
    return struct.pack(">I4s", len(body) + 8, kind) + body


def make_full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """Make a box that begins with a version byte and 24 bits of flags."""
    return make_box(kind, struct.pack(">I", version << 24 | flags), *parts)
