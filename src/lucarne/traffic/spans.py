"""Stretches of a film that were played: pure arithmetic on milliseconds of film.

A span is a pair: where it begins and where it ends, the end exclusive. A film is cut
into ``PARTS`` equal parts; how much of each was seen is said in thousandths, so that
films of any length, and one whose file was replaced, are counted alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

Span = tuple[int, int]
PARTS: Final = 100
WHOLE: Final = 1000  # all of a part was seen


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return what lies in any of the spans, in order, without overlaps."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def length_ms(spans: Iterable[Span]) -> int:
    """Add up how long the spans are; what lies in two counts twice."""
    return sum(end - start for start, end in spans)


def within(spans: Iterable[Span], duration_ms: int) -> tuple[Span, ...]:
    """Cut off what lies beyond the end of the film."""
    cut = ((start, min(end, duration_ms)) for start, end in spans)
    return tuple(span for span in cut if span[0] < span[1])


def seen_parts(spans: Iterable[Span], duration_ms: int) -> tuple[int, ...]:
    """Return how much of each part of the film lies in the spans, in thousandths.

    Milliseconds are multiplied by ``PARTS``: then each part is exactly as long as the
    film was before, and nothing is rounded until the end.
    """
    seen = [0] * PARTS
    if duration_ms <= 0:
        return tuple(seen)
    for start, end in merged(within(spans, duration_ms)):
        first, last = start * PARTS // duration_ms, (end * PARTS - 1) // duration_ms
        for part in range(first, last + 1):
            begins, ends = part * duration_ms, (part + 1) * duration_ms
            seen[part] += min(end * PARTS, ends) - max(start * PARTS, begins)
    return tuple(length * WHOLE // duration_ms for length in seen)
