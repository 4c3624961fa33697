"""A file against the film that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lucarne_engine.captions.model import Cue, Findings, Found


def fit(
    found: Iterable[Found], duration_ms: int, findings: Findings
) -> tuple[Cue, ...]:
    """Put cues in order and cut them where the film ends.

    ``duration_ms`` 0: how long the film is is not known yet.
    """
    cues: list[Cue] = []
    given = list(found)
    _note_order(given, findings)
    until = 0
    for one in sorted(given, key=lambda one: one.cue.start_ms):
        cue = one.cue
        if duration_ms and cue.start_ms >= duration_ms:
            findings.note("beyond_end", one.line)
            continue
        if duration_ms and cue.end_ms > duration_ms:
            cue = replace(cue, end_ms=duration_ms)
        if cue.start_ms < until:
            findings.note("overlap", one.line)
        until = max(until, cue.end_ms)
        cues.append(cue)
    if given and not cues:
        findings.refuse("all_beyond", given[0].line)
    return tuple(cues)


def _note_order(given: list[Found], findings: Findings) -> None:
    latest = -1
    for one in given:
        if one.cue.start_ms < latest:
            findings.note("out_of_order", one.line)
        latest = max(latest, one.cue.start_ms)
