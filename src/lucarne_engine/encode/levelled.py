"""``encode_levelled``: measure a sound track, then encode it at the right loudness."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lucarne_engine.encode.loudness import measure_loudness
from lucarne_engine.encode.progress import OnProgress, Progress
from lucarne_engine.encode.sound import encode_audio
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan.level import UNCHANGED, Level, Loudness, choose_level
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.process import Limits

MEASURING: Final = 0.5  # of the whole work, about


@dataclass(frozen=True, kw_only=True)
class Levelled:
    """What came of a track."""

    track: EncodedTrack | None  # None: the one that it should replace is right
    level: Level
    measured: Loudness | None  # None: it is to stay as loud as it is


def encode_levelled(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    name: str,
    out: Path,
    on_progress: OnProgress,
    cancel: threading.Event | None = None,
    limits: Limits | None = None,
) -> Levelled:
    """Make the track ``name`` of ``plan.later_audio`` in ``out/<name>/``.

    Raises as ``encode_audio`` does.
    """
    audio = next(track for track in plan.later_audio if track.name == name)
    level, measured = UNCHANGED, None
    if audio.target_lufs:
        measured = measure_loudness(
            source, report, plan,
            audio=audio, on_progress=_within(on_progress, 0, MEASURING),
            cancel=cancel, limits=limits,
        )  # fmt: skip
        level = choose_level(measured, audio.target_lufs)
        if audio.replaces and not level.changes:
            return Levelled(track=None, level=level, measured=measured)
    begins = MEASURING if measured else 0
    track = encode_audio(
        source, report, plan,
        name=name, out=out, level=level, on_segments=lambda _: None,
        on_progress=_within(on_progress, begins, 1), cancel=cancel, limits=limits,
    )  # fmt: skip
    return Levelled(track=track, level=level, measured=measured)


def _within(
    on_progress: OnProgress, begin: float, end: float
) -> Callable[[Progress], None]:
    """Let a part of the work report as a part of the whole."""

    def tell(progress: Progress) -> None:
        share = begin + (end - begin) * progress.fraction
        on_progress(replace(progress, fraction=share))

    return tell
