"""Recipes of two other portals, run with our FFmpeg, for ``make bench-publish``.

Each makes what the portal makes of one film and measures it: time until something
can be watched, time until all is there, CPU, bytes, memory.

PeerTube-like: one rung after another, each a process with one thread; the top rung
from the source first, the others from the top rung's own output; x264 veryfast with
many B-frames; sound copied; HLS with one fragmented file a rung. The film's own size is
always one of the rungs (``always_transcode_original_resolution`` of its default.yaml).

MediaCMS-like: one process a rung from the source, six rungs from 144 lines on, x264
medium with forced key frames, lanczos, sound encoded for every rung; films over
five minutes in pieces of four minutes that are joined again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.plan.ladder import shown_size
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import probe

# Bits per pixel and picture of the PeerTube-like recipe, by lines.
PEERTUBE_BITS: Final = {360: 0.15, 480: 0.12, 720: 0.11, 1080: 0.10}
PEERTUBE_ORDER: Final = (1080, 480, 360, 720)
MEDIACMS_KBPS: Final = {144: 150, 240: 300, 360: 500, 480: 1000, 720: 2500, 1080: 4500}
MEDIACMS_LONG: Final = Fraction(300)
MEDIACMS_PIECE: Final = Fraction(240)


@dataclass(kw_only=True)
class Measured:
    """What making one film cost."""

    name: str
    began: float = field(default_factory=time.perf_counter)
    playable_s: float = 0.0  # until somebody can watch something
    wall_s: float = 0.0  # until all rungs are there
    cpu_s: float = 0.0
    size_bytes: int = 0
    peak_memory_bytes: int = 0  # of the largest process
    rungs: tuple[str, ...] = ()

    def add(self, finished: process.Finished) -> None:
        self.cpu_s += finished.cpu_s
        self.peak_memory_bytes = max(self.peak_memory_bytes, finished.peak_memory_bytes)

    def playable(self) -> None:
        self.playable_s = self.playable_s or time.perf_counter() - self.began

    def end(self, files: Sequence[Path]) -> Measured:
        self.wall_s = time.perf_counter() - self.began
        self.size_bytes = sum(file.stat().st_size for file in files)
        return self


def _run(measured: Measured, arguments: list[str], readable: Path, out: Path) -> None:
    finished = process.run(
        [process.ffmpeg_path(), "-nostdin", "-y", "-v", "error", *arguments],
        sandbox=process.Sandbox(readable=(readable,), writable=(out,)),
    )
    if finished.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {finished.stderr_tail}")
    measured.add(finished)


def _heights(report: SourceReport, wanted: Sequence[int]) -> list[int]:
    """Lines that the film has, of the short side; the smallest in any case."""
    if report.video is None:
        return []
    short = min(shown_size(report.video))
    return [lines for lines in wanted if lines <= short + 4] or [min(wanted)]


def _scale(report: SourceReport, lines: int) -> str:
    width, height = shown_size(report.video) if report.video else (1, 1)
    return f"scale=-2:{lines}" if width >= height else f"scale={lines}:-2"


def peertube(source: Path, out: Path) -> Measured:
    """Encode as PeerTube does, HLS only."""
    out.mkdir(parents=True, exist_ok=True)
    measured = Measured(name="PeerTube-like")
    report = probe(source)
    heights = _peertube_heights(report)
    top = max(heights)
    order = [
        top,
        *(lines for lines in PEERTUBE_ORDER if lines in heights and lines != top),
    ]
    for lines in order:
        origin = source if lines == top else out / f"{top}.mp4"
        arguments = _peertube_arguments(report, origin, lines, out)
        _run(measured, arguments, source, out)
        measured.playable()
    measured.rungs = tuple(str(lines) for lines in order)
    return measured.end([out / f"{lines}.mp4" for lines in order])


def _peertube_heights(report: SourceReport) -> list[int]:
    """Lines of its rungs: those it knows, and the film's own."""
    if report.video is None:
        return []
    own = min(shown_size(report.video)) // 2 * 2
    known = [lines for lines in PEERTUBE_BITS if lines <= own + 4]
    is_known = any(abs(own - lines) <= 4 for lines in known)
    return known if is_known else [*known, own]


def _peertube_arguments(
    report: SourceReport, origin: Path, lines: int, out: Path
) -> list[str]:
    video = report.video
    rate = min(video.frame_rate, Fraction(60)) if video else Fraction(25)
    width, height = shown_size(video) if video else (16, 9)
    ratio = float(max(width, height) / min(width, height))
    known = max((one for one in PEERTUBE_BITS if one <= lines), default=min(PEERTUBE_BITS))
    kbps = int(lines * lines * ratio * rate * PEERTUBE_BITS[known] / 1000)
    copies = all(stream.codec == "aac" for stream in report.audio)
    return [
        *("-threads", "1", "-i", str(origin)),
        *("-map", "0:v:0", "-map", "0:a:0?"),
        *("-threads", "1", "-c:v", "libx264", "-preset", "veryfast"),
        *("-maxrate", f"{kbps}k", "-bufsize", f"{2 * kbps}k"),
        *("-b_strategy", "1", "-bf", "16", "-g", str(round(2 * rate))),
        *("-pix_fmt", "yuv420p", "-r", str(rate), "-vf", _scale(report, lines)),
        *("-c:a", "copy" if copies else "aac"),
        *("-f", "hls", "-hls_time", "4", "-hls_list_size", "0"),
        *("-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
        *("-hls_flags", "single_file"),
        *("-hls_segment_filename", str(out / f"{lines}.mp4")),
        str(out / f"{lines}.m3u8"),
    ]


def mediacms(source: Path, out: Path) -> Measured:
    """Encode as MediaCMS does, MP4 files only."""
    out.mkdir(parents=True, exist_ok=True)
    measured = Measured(name="MediaCMS-like")
    report = probe(source)
    heights = _heights(report, sorted(MEDIACMS_KBPS))
    for lines in heights:
        if report.duration > MEDIACMS_LONG:
            _mediacms_pieces(measured, report, source, lines, out)
        else:
            arguments = _mediacms_arguments(report, lines)
            file = str(out / f"{lines}.mp4")
            _run(measured, ["-i", str(source), *arguments, file], source, out)
        measured.playable()
    measured.rungs = tuple(str(lines) for lines in heights)
    return measured.end([out / f"{lines}.mp4" for lines in heights])


def _mediacms_arguments(report: SourceReport, lines: int) -> list[str]:
    kbps = 3 * MEDIACMS_KBPS[lines] // 2
    return [
        *("-map", "0:v:0", "-map", "0:a:0?"),
        *("-c:v", "libx264", "-preset", "medium", "-crf", "23", "-profile:v", "main"),
        *("-maxrate", f"{kbps}k", "-bufsize", f"{kbps}k", "-pix_fmt", "yuv420p"),
        *("-force_key_frames", "expr:gte(t,n_forced*4)"),
        *("-vf", f"{_scale(report, lines)}:flags=lanczos"),
        *("-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart"),
    ]


def _mediacms_pieces(
    measured: Measured, report: SourceReport, source: Path, lines: int, out: Path
) -> None:
    pieces = []
    arguments = _mediacms_arguments(report, lines)
    begin = Fraction(0)
    while begin < report.duration:
        piece = out / f"{lines}-{len(pieces)}.mp4"
        where = ["-ss", str(float(begin)), "-t", str(float(MEDIACMS_PIECE))]
        _run(measured, [*where, "-i", str(source), *arguments, str(piece)], source, out)
        pieces.append(piece)
        begin += MEDIACMS_PIECE
    listed = out / f"{lines}.txt"
    listed.write_text("".join(f"file '{piece}'\n" for piece in pieces))
    joined = ["-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy"]
    _run(measured, [*joined, str(out / f"{lines}.mp4")], source, out)
    for piece in (*pieces, listed):
        piece.unlink()


PEERS: Final[dict[str, Callable[[Path, Path], Measured]]] = {
    "peertube": peertube,
    "mediacms": mediacms,
}
