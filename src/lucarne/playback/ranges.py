"""HTTP conditions and byte ranges (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final, Protocol

_RANGE: Final = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(Exception):
    """No byte of the range exists: 416."""


@dataclass(frozen=True)
class Span:
    """Bytes of a file: ``size`` of them from ``offset``."""

    path: Path
    offset: int
    size: int


Piece = bytes | Span


def parse(header: str | None, size: int) -> tuple[int, int] | None:
    """Return [start, end) of a single range; None means: send everything.

    A header that is not understood, or that names several ranges, is ignored, as
    RFC 9110, 14.2 allows: no player asks a media segment for several.

    Raises Unsatisfiable.
    """
    match = _RANGE.fullmatch(header) if header else None
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
        if not int(last):
            raise Unsatisfiable
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end


def matches(header: str | None, etag: str) -> bool:
    """Say whether If-None-Match names this entity tag (weak comparison)."""
    if not header:
        return False
    if header.strip() == "*":
        return True
    return any(tag.strip().removeprefix("W/") == etag for tag in header.split(","))


class Content(Protocol):
    """Bytes that can be cut."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    def cut(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the bytes in [start, end)."""


@dataclass(frozen=True)
class Text:
    """Bytes in memory."""

    body: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.body)

    def cut(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the bytes in [start, end)."""
        yield self.body[start:end]


@dataclass(frozen=True)
class File:
    """One file, whole."""

    path: Path
    size: int

    def cut(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the bytes in [start, end)."""
        yield Span(self.path, start, end - start)


class Chain:
    """A head in memory, then whole files, laid end to end."""

    def __init__(
        self, head: bytes, files: Sequence[tuple[str, int]], root: Path
    ) -> None:
        """``files`` are (path below ``root``, size in bytes)."""
        self._head = head
        self._files = files
        self._root = root
        # _ends[i] is where file i ends; the search below costs its logarithm.
        sizes = (size for _, size in files)
        self._ends = list(accumulate(sizes, initial=len(head)))[1:]
        self.size = self._ends[-1] if self._ends else len(head)

    def cut(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the bytes in [start, end)."""
        if start < len(self._head):
            yield self._head[start:end]
        for index in range(bisect_right(self._ends, start), len(self._ends)):
            name, size = self._files[index]
            begin = self._ends[index] - size
            if begin >= end:
                return
            low, high = max(start - begin, 0), min(end - begin, size)
            yield Span(self._root / name, low, high - low)
