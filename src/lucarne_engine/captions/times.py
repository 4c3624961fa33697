"""Times of cues: whole milliseconds, never a float."""

from __future__ import annotations

import re
from typing import Final

from lucarne_engine.captions.model import LATEST_MS

ARROW: Final = "-->"
# WebVTT writes a point, SubRip a comma, people both; hours may be missing.
_TIME: Final = re.compile(
    r"(?:([0-9]{1,3}):)?([0-9]{1,2}):([0-9]{1,2})[.,]([0-9]{1,3})", re.ASCII
)


def parse_time(text: str) -> int | None:
    """Read ``1:02:03.456``; None when it is no time below 100 hours."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    value = whole * 1000 + int(fraction.ljust(3, "0"))
    return value if value < LATEST_MS else None


def write_time(ms: int) -> str:
    """Write a time as WebVTT does, hours always: ``01:02:03.456``."""
    seconds, fraction = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{fraction:03}"


def parse_span(line: str) -> tuple[int, int, str] | None:
    """Read ``start --> end settings``; None when one of the times is none."""
    begin, _, rest = line.partition(ARROW)
    end, _, settings = rest.strip().partition(" ")
    start_ms, end_ms = parse_time(begin.strip()), parse_time(end.strip())
    if start_ms is None or end_ms is None:
        return None
    return start_ms, end_ms, settings.strip()
