"""One line per film, for tables of expectations."""

from __future__ import annotations

from pathlib import Path

from lucarne_engine.errors import SourceError
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import probe


def of_report(report: SourceReport) -> str:
    """Such as ``mov h264 640x360 30 10.0s r90 i AA ! truncated``.

    r: turn, m: mirrored, v: variable rate, i: interlaced, A: one track of sound.
    """
    video = report.video
    words = [report.format]
    if video is not None:
        rate = f"{video.frame_rate}{'' if video.is_constant_rate else 'v'}"
        words += [video.codec, f"{video.width}x{video.height}", rate]
    words.append(f"{float(report.duration):.1f}s")
    if video is not None:
        words += [f"r{video.rotation}"] * bool(video.rotation)
        words += ["m"] * video.is_mirrored + ["i"] * video.is_interlaced
    words += ["A" * len(report.audio)] * bool(report.audio)
    words += [f"! {problem.code}" for problem in report.problems]
    return " ".join(words)


def of_file(path: Path) -> str:
    try:
        return of_report(probe(path))
    except SourceError as error:
        return f"refused {error.code}"
