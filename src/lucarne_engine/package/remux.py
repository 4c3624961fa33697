"""A film's own packets in new boxes: playable at once, without re-encoding.

What is asked of the sandboxed half (``remux_worker``) and what it answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from lucarne_engine.package.fragment import boundary_times
from lucarne_engine.package.index import Segment
from lucarne_engine.package.track import ORIGINAL, EncodedTrack
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import SourceReport


def nearest_keyframes(
    keyframes: Sequence[Fraction], boundaries: Sequence[Fraction]
) -> list[Fraction]:
    """Choose where to cut: for each inner boundary the closed key frame nearest to it.

    All in seconds, ascending. Two boundaries may share a key frame; the film's
    first picture is no cut.
    """
    inner = [time for time in keyframes if time > keyframes[0]]
    if not inner:
        return []
    return sorted(
        {
            min(inner, key=lambda time: abs(time - boundary))
            for boundary in boundaries[1:-1]
        }
    )


def make_request(
    source: Path, report: SourceReport, plan: Plan, out: Path, *, segments: int = 0
) -> dict[str, Any] | None:
    """Make the folder of each track; None when nothing is to be copied.

    ``segments``: as in ``FilmReader.remux``.
    """
    names = _names(report, plan)
    if not names:
        return None
    for name in names:
        (out / name).mkdir(parents=True, exist_ok=True)
    times = boundary_times(plan)
    video: dict[str, Any] | None = None
    if plan.keeps_original and report.video is not None:
        video = {
            "index": report.video.index,
            "out": str(out.resolve() / ORIGINAL),
            "start": str(report.video.start),
            "cuts": list(map(str, nearest_keyframes(report.video.keyframes, times))),
        }
    starts = {stream.index: stream.start for stream in report.audio}
    return {
        "source": str(source.resolve()),
        "format": report.format,
        "duration": str(plan.duration),
        "boundaries": list(map(str, times)),
        "segments": segments,
        "video": video,
        "audio": [
            {
                "index": audio.stream_index,
                "out": str(out.resolve() / audio.name),
                "start": str(starts[audio.stream_index]),
                "language": audio.language,
            }
            for audio in plan.audio
            if audio.is_copy
        ],
    }


def read_answer(
    answer: Mapping[str, Any], report: SourceReport, plan: Plan, out: Path
) -> tuple[EncodedTrack, ...]:
    """Return the tracks that lie in ``out`` now, video first."""
    return tuple(
        _track(out / name, name, told)
        for name, told in zip(_names(report, plan), answer["tracks"], strict=True)
    )


def _names(report: SourceReport, plan: Plan) -> list[str]:
    has_original = plan.keeps_original and report.video is not None
    names = [ORIGINAL] if has_original else []
    return names + [audio.name for audio in plan.audio if audio.is_copy]


def _track(folder: Path, name: str, told: dict[str, Any]) -> EncodedTrack:
    segments = tuple(
        Segment(
            number=number,
            start=start,
            duration=duration,
            size_bytes=size,
            iframe_bytes=iframe,
        )
        for number, start, duration, size, iframe in told["segments"]
    )
    return EncodedTrack(
        name=name,
        codec=told["codec"],
        timescale=told["timescale"],
        init=folder / "init.mp4",
        segments=segments,
        files=tuple(folder / f"{segment.number}.m4s" for segment in segments),
    )
