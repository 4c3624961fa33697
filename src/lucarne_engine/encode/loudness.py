"""``measure_loudness``: how loud a sound track is, as it would be published."""

from __future__ import annotations

import re
import threading
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.progress import OnProgress, PictureProgress
from lucarne_engine.encode.sound import laid_out, sample_count
from lucarne_engine.encode.source import QUIET, input_arguments, video_shift
from lucarne_engine.encode.statistics import read_statistics
from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.plan.level import GATE_LUFS, Loudness
from lucarne_engine.plan.model import AudioPlan, Plan
from lucarne_engine.probe.report import SourceReport

# The summary that the filter writes at its end; of a track of zeros, "-inf". Another
# thread may write behind the peak before its line ends.
_INTEGRATED: Final = re.compile(r"^ +I: +(\S+) LUFS", re.MULTILINE)
_PEAK: Final = re.compile(r"^ +Peak: +(\S+) dBFS", re.MULTILINE)


def measure_loudness(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    audio: AudioPlan,
    on_progress: OnProgress,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> Loudness:
    """Measure a track from its first sample to its last, in the channels of ``audio``.

    Mono is measured as it is heard, from two loudspeakers. Raises
    ``SourceError("undecodable")`` when no sound can be decoded, ``EncoderError`` for
    the rest.
    """
    progress = PictureProgress(
        sample_count(plan, audio), Fraction(audio.sample_rate_hz), on_progress
    )
    finished = process.run(
        [process.ffmpeg_path(), *_arguments(source, report, plan, audio)],
        sandbox=process.Sandbox(readable=(source,)),
        limits=limits or process.Limits(),
        on_line=progress.time_line,
        cancel=cancel,
        name=audio.name,
    )
    if not read_statistics(finished.stderr_tail).decoded:
        raise SourceError("undecodable", f"sound track {audio.stream_index}")
    if finished.returncode:
        raise failure(finished)
    return read_loudness(finished.stderr_tail)


def read_loudness(log: str) -> Loudness:
    """Read the summary. Raises EncoderError when there is none."""
    integrated, peak = _INTEGRATED.findall(log), _PEAK.findall(log)
    if not (integrated and peak):
        raise EncoderError("encoder_failed", f"no loudness in {log[-200:]!r}")
    # "-inf" is silence, and so is "nan", which is greater than nothing.
    lufs = max(GATE_LUFS, float(integrated[-1]))
    return Loudness(lufs=lufs, peak_dbtp=float(peak[-1]))


def _arguments(
    source: Path, report: SourceReport, plan: Plan, audio: AudioPlan
) -> list[str]:
    chain = (
        f"[0:{audio.stream_index}]{laid_out(report, audio)},"
        f"atrim=end_sample={sample_count(plan, audio)},"
        "ebur128=peak=true:framelog=quiet:dualmono=true[a]"
    )
    return [
        *QUIET,
        *("-max_error_rate", "1"),
        *input_arguments(source, report, seek=None, shift=video_shift(report, plan)),
        *("-filter_complex", chain),
        *("-map", "[a]"),
        *("-f", "null", "-"),
    ]
