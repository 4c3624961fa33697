"""A file in which all that is here of a film lies where it will lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lucarne_engine.arriving import matroska
from lucarne_engine.arriving.need import Span

_COPY_BYTES: Final = 4 * 1024 * 1024


class Missing(Exception):
    """The film has not come so far."""


def make_view(
    target: Path,
    *,
    source: Path,
    size_bytes: int,
    spans: Iterable[Span],
    index: bytes,
    index_offset: int,
) -> None:
    """Write ``target``, ``size_bytes`` long, from what is in the growing file ``source``.

    Between the spans, which may overlap, there are holes: they take no room on the
    disk. In Matroska, which is read from one element to the next, each is an element
    without content. Raises Missing.
    """
    spans = list(spans)
    with source.open("rb") as file, target.open("wb") as out:
        out.truncate(size_bytes)
        for span in spans:
            file.seek(span.begin)
            out.seek(span.begin)
            left = span.end - span.begin
            while left > 0:
                data = file.read(min(left, _COPY_BYTES))
                if not data:
                    raise Missing(f"{left} bytes before {span.end}")
                out.write(data)
                left -= len(data)
        out.seek(index_offset)
        out.write(index)
        if matroska.is_index(index):
            end = index_offset + len(index)
            for hole in _holes([*spans, Span(begin=index_offset, end=end)], size_bytes):
                out.seek(hole.begin)
                out.write(matroska.void(hole.end - hole.begin))


def _holes(spans: Iterable[Span], size: int) -> Iterator[Span]:
    at = 0
    for span in sorted(spans, key=lambda one: one.begin):
        if span.begin > at:
            yield Span(begin=at, end=span.begin)
        at = max(at, span.end)
    if at < size:
        yield Span(begin=at, end=size)
