"""SubRip (.srt): no standard, so read as people and programs write it."""

from __future__ import annotations

import re
from typing import Final

from lucarne_engine.captions import markup
from lucarne_engine.captions.model import Cue, Findings, Found
from lucarne_engine.captions.times import ARROW
from lucarne_engine.captions.webvtt import append, read_span

# SubStation's places that some programs leave in: {\an8} is the top.
_PLACE: Final = re.compile(r"\{\\an?([0-9]{1,2})\}")
_TOP: Final = frozenset({"7", "8", "9"})


def is_subrip(text: str) -> bool:
    """Say whether there is any line with times."""
    return ARROW in text


def parse(text: str, findings: Findings) -> list[Found]:
    """Read cues in the order of the file; what cannot be taken is found.

    A cue begins with the line of its times; the number before it belongs to it. So
    empty lines inside a cue, and none between two, do no harm.
    """
    found: list[Found] = []
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines, 1) if ARROW in line]
    _note_stray(lines[: starts[0] - 1], findings)
    for number, following in zip(starts, [*starts[1:], len(lines) + 2], strict=True):
        if findings.is_full:
            break
        words = lines[number : following - 1]
        if following <= len(lines) and words and words[-1].strip().isdigit():
            words.pop()  # the next cue's
        _add(lines[number - 1], words, number, found, findings)
    return found


def _note_stray(lines: list[str], findings: Findings) -> None:
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.strip().isdigit():
            findings.note("stray_text", number, line)


def _add(
    times: str, words: list[str], line: int, found: list[Found], findings: Findings
) -> None:
    span = read_span(times, line, findings)
    if span is None:
        return
    start_ms, end_ms, _coordinates = span
    text = "\n".join(words)
    place = _PLACE.search(text)
    settings = "line:0" if place and place[1] in _TOP else ""
    text = markup.normalize(_PLACE.sub("", text), findings, line + 1)
    cue = Cue(start_ms=start_ms, end_ms=end_ms, text=text, settings=settings)
    append(cue, line, found, findings)
