"""The text tracks inside a film: which become captions, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lucarne_engine.captions.model import Cue
from lucarne_engine.captions.reader import cue_of
from lucarne_engine.errors import EncoderError
from lucarne_engine.manifest.language import tag_of
from lucarne_engine.probe.report import SourceReport, TextTrack

MOST_TRACKS: Final = 32


@dataclass(frozen=True, kw_only=True)
class FilmText:
    """One track, with at least one cue."""

    index: int  # stream index in the file
    language: str  # RFC 5646 tag, "" when it is not known
    title: str
    is_for_deaf: bool  # also says who speaks and what sounds
    is_forced: bool  # only what is not understood anyway
    cues: tuple[Cue, ...]


def wanted(report: SourceReport) -> tuple[TextTrack, ...]:
    """Choose the tracks that hold words, not pictures of them."""
    return tuple(track for track in report.texts if track.kind == "text")[:MOST_TRACKS]


def make_request(source: Path, report: SourceReport) -> dict[str, Any] | None:
    """Write what the worker must know; None when there is nothing to read."""
    tracks = wanted(report)
    if not tracks:
        return None
    return {
        "source": str(source),
        "format": report.format,
        "zero": str(report.clock_zero),
        "duration_ms": round(report.duration * 1000),
        "indexes": [track.index for track in tracks],
    }


def read_answer(answer: dict[str, Any], report: SourceReport) -> tuple[FilmText, ...]:
    """Read the worker's answer; tracks without a word are left out."""
    try:
        cues = {
            int(index): tuple(map(cue_of, plain))
            for index, plain in answer["texts"].items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise EncoderError("encoder_failed", f"not texts: {error}") from error
    return tuple(
        FilmText(
            index=track.index,
            language=tag_of(track.language),
            title=track.title,
            is_for_deaf=track.is_hearing_impaired,
            is_forced=track.is_forced,
            cues=cues[track.index],
        )
        for track in wanted(report)
        if cues.get(track.index)
    )
