"""A file in which all that is here of a film lies where it will lie."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

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
    disk. Raises Missing.
    """
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
