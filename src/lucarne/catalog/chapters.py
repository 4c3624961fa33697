"""Chapters as people write them: one line each, a time and a title. Pure.

    0:00 The harbor at dawn
    4:05 Out at sea
    1:02:03.5 Home again

The last one lasts until the end of the film.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from lucarne.catalog import names
from lucarne.catalog.errors import BadChapters

MOST: Final = 300
TITLE_MAX: Final = 200
# What YouTube asks of the marks in a description, so that a time in a sentence is no
# chapter: the first is 0:00, there are three at least, each later than the last.
FEWEST_MARKS: Final = 3

_TIME: Final = r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d)(?:[.,](?P<fraction>\d{1,3}))?"
_GAP: Final = r"[\s\u2013\u2014:|.)\]-]*"
_LINE: Final = re.compile(rf"[(\[]?{_TIME}(?![\d:]){_GAP}(?P<title>.*)", re.ASCII)
_MARK: Final = re.compile(rf"[\s*\u2022(\[\u2013\u2014-]*{_TIME}(?![\d:]){_GAP}(?P<title>.*)", re.ASCII)


class Chapter(NamedTuple):
    """Begins there and lasts until the next one, or the film's end."""

    start_ms: int
    title: str


def read(text: str, *, duration_ms: int) -> tuple[Chapter, ...]:
    """Understand what somebody wrote; ``duration_ms`` is 0 while it is not known.

    Raises BadChapters, which names the line.
    """
    found: list[Chapter] = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = names.clean_line(line)
        if not plain:
            continue
        match = _LINE.fullmatch(plain)
        if match is None or not _is_time(match):
            raise BadChapters("time", line=number, text=plain)
        chapter = Chapter(_start_ms(match), match["title"].strip()[:TITLE_MAX])
        if not chapter.title:
            raise BadChapters("title", line=number, text=plain)
        if duration_ms and chapter.start_ms >= duration_ms:
            raise BadChapters("end", line=number, text=plain, end=time(duration_ms))
        if found and chapter.start_ms <= found[-1].start_ms:
            raise BadChapters("order", line=number, text=plain)
        found.append(chapter)
        if len(found) > MOST:
            raise BadChapters("many", line=number, text=plain)
    return tuple(found)


def write(chapters: Iterable[Chapter]) -> str:
    """Write chapters as read() takes them."""
    return "\n".join(f"{time(one.start_ms)} {one.title}" for one in chapters)


def time(milliseconds: int) -> str:
    """Write a time: ``4:05``, ``1:02:03``, ``0:09.5``."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}:{minutes:02}" if hours else str(minutes)
    fraction = f".{rest:03}".rstrip("0") if rest else ""
    return f"{shown}:{seconds:02}{fraction}"


def marks(description: str, *, duration_ms: int) -> tuple[Chapter, ...]:
    """Find the chapters in a description; none unless they keep YouTube's rules."""
    found = tuple(_marks(description))[:MOST]
    is_rising = all(a.start_ms < b.start_ms for a, b in pairwise(found))
    if len(found) < FEWEST_MARKS or found[0].start_ms or not is_rising:
        return ()
    if duration_ms and found[-1].start_ms >= duration_ms:
        return ()
    return found


def _marks(description: str) -> Iterator[Chapter]:
    """Yield every line that begins with a time."""
    for line in description.splitlines():
        match = _MARK.fullmatch(names.clean_line(line)) if ":" in line[:40] else None
        if match and _is_time(match) and (title := match["title"].strip()):
            yield Chapter(_start_ms(match), title[:TITLE_MAX])


def _is_time(match: re.Match[str]) -> bool:
    return not match["hours"] or int(match["minutes"]) < 60


def _start_ms(match: re.Match[str]) -> int:
    hours, minutes = int(match["hours"] or 0), int(match["minutes"])
    fraction = (match["fraction"] or "").ljust(3, "0")
    return ((hours * 60 + minutes) * 60 + int(match["seconds"])) * 1000 + int(fraction)
