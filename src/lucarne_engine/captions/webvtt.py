"""WebVTT (W3C Candidate Recommendation): any file that people have in, a valid one out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lucarne_engine.captions import markup
from lucarne_engine.captions.model import (
    LONGEST_TEXT,
    MOST_CUES,
    Cue,
    Findings,
    Found,
)
from lucarne_engine.captions.times import ARROW, parse_span, write_time

MEDIA_TYPE: Final = "text/vtt; charset=utf-8"
HEADER: Final = "WEBVTT"
_PERCENT: Final = r"(?:100(?:\.0+)?|[0-9]{1,2}(?:\.[0-9]{1,4})?)%"
# Clause 4.4, in the order in which they are written.
_SETTINGS: Final = {
    "vertical": re.compile(r"rl|lr"),
    "line": re.compile(rf"(?:-?[0-9]{{1,3}}|{_PERCENT})(?:,(?:start|center|end))?"),
    "position": re.compile(rf"{_PERCENT}(?:,(?:line-left|center|line-right))?"),
    "size": re.compile(_PERCENT),
    "align": re.compile(r"start|center|end|left|right"),
}
_OWN_LOOKS: Final = ("STYLE", "REGION")


def write(cues: Iterable[Cue]) -> str:
    """Write a valid file of canonical cues, which come in the order of their starts."""
    blocks = [HEADER]
    for cue in cues:
        span = f"{write_time(cue.start_ms)} {ARROW} {write_time(cue.end_ms)}"
        blocks.append(f"{span} {cue.settings}".rstrip() + f"\n{cue.text}")
    return "\n\n".join(blocks) + "\n"


def read_own(text: str) -> tuple[Cue, ...]:
    """Read a file that ``write`` wrote."""
    return tuple(one.cue for one in parse(text, Findings()))


def is_webvtt(text: str) -> bool:
    """Say whether a text begins as clause 4.1 wants."""
    first = text.split("\n", 1)[0]
    return first == HEADER or first.startswith((f"{HEADER} ", f"{HEADER}\t"))


def parse(text: str, findings: Findings) -> list[Found]:
    """Read cues in the order of the file; what cannot be taken is found."""
    found: list[Found] = []
    number, lines = 1, text.split("\n")
    while number <= len(lines) and lines[number - 1].strip():
        number += 1  # the header
    while number <= len(lines) and not findings.is_full:
        if not lines[number - 1].strip():
            number += 1
            continue
        block = _block(lines, number)
        _read_block(block, number, found, findings)
        number += len(block)
    return found


def _block(lines: list[str], first: int) -> list[str]:
    """Cut what ends before an empty line, or before the times of another cue."""
    end, has_times = first, False
    for end in range(first, len(lines) + 1):
        line = lines[end - 1]
        if not line.strip() or (has_times and ARROW in line):
            return lines[first - 1 : end - 1]
        has_times = has_times or ARROW in line
    return lines[first - 1 : end]


def _read_block(
    block: list[str], number: int, found: list[Found], findings: Findings
) -> None:
    place = next((i for i, line in enumerate(block) if ARROW in line), None)
    if place is None:
        kind = block[0].split()[0]
        if kind in _OWN_LOOKS:
            findings.note("style_dropped", number, kind)
        elif kind != "NOTE":
            findings.note("stray_text", number, block[0])
        return
    # Before the times there may be a name, which nobody here needs.
    add_cue(block[place], block[place + 1 :], number + place, found, findings)


def add_cue(
    times: str, words: list[str], line: int, found: list[Found], findings: Findings
) -> None:
    """Add the cue with these lines; what is wrong with it is found."""
    span = read_span(times, line, findings)
    if span is None:
        return
    start_ms, end_ms, settings = span
    cue = Cue(
        start_ms=start_ms,
        end_ms=end_ms,
        text=markup.normalize(
            "\n".join(words), findings, line + 1, span=(start_ms, end_ms)
        ),
        settings=_settings(settings, line, findings),
    )
    append(cue, line, found, findings)


def read_span(
    times: str, line: int, findings: Findings
) -> tuple[int, int, str] | None:
    """Return begin and end in ms, and what follows them; None when it is no span."""
    span = parse_span(times)
    if span is None:
        findings.refuse("bad_time", line, times)
    elif span[1] <= span[0]:
        findings.refuse("backwards", line, times)
        return None
    return span


def append(cue: Cue, line: int, found: list[Found], findings: Findings) -> None:
    """Keep a cue that says something, within the limits."""
    if not markup.plain(cue.text).strip():
        findings.note("empty_cue", line)
    elif len(cue.text) > LONGEST_TEXT:
        findings.refuse("long_cue", line)
    elif len(found) >= MOST_CUES:
        if not any(one.code == "too_many_cues" for one in findings.errors):
            findings.refuse("too_many_cues", line)
    else:
        found.append(Found(cue=cue, line=line))


def _settings(text: str, line: int, findings: Findings) -> str:
    kept: dict[str, str] = {}
    for word in text.split():
        name, _, value = word.partition(":")
        value = "center" if (name, value) == ("align", "middle") else value
        form = _SETTINGS.get(name)
        if form is not None and form.fullmatch(value):
            kept[name] = value
        elif name == "region":
            findings.note("style_dropped", line, word)
        else:
            findings.note("bad_setting", line, word)
    return " ".join(f"{name}:{kept[name]}" for name in _SETTINGS if name in kept)
