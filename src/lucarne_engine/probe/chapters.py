"""Chapters as a player can use them, whatever the file says. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Final

from lucarne_engine.probe.report import Chapter

MOST_CHAPTERS: Final = 1000


def clean(found: Iterable[Chapter], duration: Fraction) -> tuple[Chapter, ...]:
    """Put chapters in order, within the film, one after the other.

    A chapter ends where the next one begins, or earlier if it says so. What begins
    after the film or ends before it is left out, and so are those after the
    thousandth; of those that begin together one with a title stays.
    """
    begun: dict[Fraction, Chapter] = {}
    for chapter in sorted(found, key=lambda one: (one.start, not one.title)):
        start = max(Fraction(0), chapter.start)
        is_within = chapter.start >= 0 or chapter.end > 0
        if is_within and not (start in begun and begun[start].title):
            begun[start] = chapter
    starts = [start for start in begun if start < duration][:MOST_CHAPTERS]
    return tuple(
        Chapter(
            start=start,
            end=min(told, following) if (told := begun[start].end) > start else following,
            title=begun[start].title,
        )
        for start, following in pairwise([*starts, duration])
    )
