"""``encode_audio``: one sound track as AAC, handed out segment by segment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.channels import mixed
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.progress import OnProgress, PictureProgress
from lucarne_engine.encode.source import QUIET, input_arguments, video_shift
from lucarne_engine.encode.statistics import read_statistics
from lucarne_engine.errors import SourceError
from lucarne_engine.package.audio import AudioSplitter
from lucarne_engine.package.fragment import AUDIO_OUTPUT
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan.level import CEILING_DBTP, UNCHANGED, Level
from lucarne_engine.plan.model import AudioPlan, Plan
from lucarne_engine.probe.report import AudioStream, SourceReport

OnSegments = Callable[[EncodedTrack], None]
LEAST_KBPS: Final = 48  # for each channel
LAYOUTS: Final = {1: "mono", 2: "stereo", 6: "5.1"}
# What lies between two samples is seen at four times the rate (ITU-R BS.1770-4 annex 2).
OVERSAMPLED: Final = 4
# level: do not raise the rest; latency: no delay by its look-ahead
LIMITER: Final = f"alimiter=limit={10 ** (CEILING_DBTP / 20):.5f}:level=0:latency=1"
# The encoder's frames (ISO/IEC 14496-3); its last one may reach beyond the film.
FRAME_SAMPLES: Final = 1024

# Smaller holes and overlaps are a container's rounding, larger ones are heard as sound
# that leaves the lips (EBU R 37: 40 ms early at most).
LARGEST_DRIFT_S: Final = 0.03
ON_THE_CLOCK: Final = f"async=1:first_pts=0:min_hard_comp={LARGEST_DRIFT_S}"


def encode_audio(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    name: str,
    out: Path,
    on_segments: OnSegments,
    on_progress: OnProgress,
    level: Level = UNCHANGED,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
    segments: int = 0,
) -> EncodedTrack:
    """Encode the track ``name`` of the plan into ``out/<name>/``, and return all of it.

    It is made louder or quieter by ``level``. The sound lies on the film's clock and
    lasts as long as the film: silence stands where the source has none. ``segments``:
    how many are made, the first ones, the same as when all are; 0 is all.
    ``on_segments`` is called with the new segments only, while FFmpeg is still running. Raises ``SourceError("undecodable")`` when no
    sound at all can be decoded, ``EncoderError`` for the rest.
    """
    audio = next(track for track in plan.sounds if track.name == name)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    growing = folder / "growing.mp4"
    growing.unlink(missing_ok=True)
    splitter = AudioSplitter(growing, plan=plan, audio=audio, out=folder)
    handed = _Handed(on_segments, [], segments)
    made = _opening(plan, segments)
    progress = PictureProgress(
        sample_count(made, audio), Fraction(audio.sample_rate_hz), on_progress
    )

    def line(text: str) -> bool:
        is_alive = progress.time_line(text)
        if is_alive:
            handed.give(splitter.poll())
        return is_alive

    shift = video_shift(report, plan)
    inputs = input_arguments(source, report, seek=None, shift=shift)
    chain = _chain(report, made, audio, level)
    arguments = _arguments(inputs, chain, audio, growing)
    finished = process.run(
        [process.ffmpeg_path(), *arguments],
        sandbox=process.Sandbox(readable=(source,), writable=(folder,)),
        limits=limits or process.Limits(),
        on_line=line,
        cancel=cancel,
        name=name,
    )
    if not read_statistics(finished.stderr_tail).decoded:
        raise SourceError("undecodable", f"sound track {audio.stream_index}")
    if finished.returncode:
        raise failure(finished)
    handed.give(splitter.finish())
    progress.finish()
    growing.unlink()
    return handed.whole()


@dataclass(frozen=True)
class _Handed:
    """The runs of segments that have been handed out."""

    on_segments: OnSegments
    runs: list[EncodedTrack]
    most: int  # segments that are wanted, 0: all

    def give(self, run: EncodedTrack | None) -> None:
        if run is not None and self.most:
            wanted = [one for one in run.segments if one.number < self.most]
            files = run.files[: len(wanted)]
            run = replace(run, segments=tuple(wanted), files=files)
        if run is not None and run.segments:
            self.runs.append(run)
            self.on_segments(run)

    def whole(self) -> EncodedTrack:
        first = self.runs[0]
        return EncodedTrack(
            name=first.name,
            codec=first.codec,
            timescale=first.timescale,
            init=first.init,
            segments=tuple(segment for run in self.runs for segment in run.segments),
            files=tuple(file for run in self.runs for file in run.files),
        )


def _opening(plan: Plan, segments: int) -> Plan:
    """Return a plan that ends one segment later: an encoder's last frames are its own."""
    if not segments or segments + 1 >= len(plan.boundaries):
        return plan
    frames = plan.boundaries[segments + 1]
    return replace(plan, duration=Fraction(frames * plan.frame_ticks, plan.timescale))


def sample_count(plan: Plan, audio: AudioPlan) -> int:
    return max(FRAME_SAMPLES, round(plan.duration * audio.sample_rate_hz))


def laid_out(report: SourceReport, audio: AudioPlan) -> str:
    """Filters that lay a track on the film's clock, in its channels."""
    filters = [
        *mixed(_source_of(report, audio)),
        # from the film's zero on: silence before late sound and in holes, cut before
        f"aresample={audio.sample_rate_hz}:{ON_THE_CLOCK}",
        f"aformat=sample_fmts=fltp:channel_layouts={LAYOUTS[audio.channels]}",
    ]
    return ",".join(filters)


def _source_of(report: SourceReport, audio: AudioPlan) -> AudioStream:
    return next(s for s in report.audio if s.index == audio.stream_index)


def _levelled(report: SourceReport, audio: AudioPlan, level: Level) -> list[str]:
    source = _source_of(report, audio)
    filters = [f"volume={level.gain_db:.1f}dB"] if level.gain_db else []
    if level.is_limited:
        rate = audio.sample_rate_hz
        filters += [f"aresample={OVERSAMPLED * rate}", LIMITER, f"aresample={rate}"]
    elif not level.changes and source.channels > audio.channels:
        # Hold what many loud channels add up to, as long as nobody has measured it.
        filters.append(LIMITER)
    return filters


def _chain(report: SourceReport, plan: Plan, audio: AudioPlan, level: Level) -> str:
    samples = sample_count(plan, audio)
    filters = [
        f"[0:{audio.stream_index}]{laid_out(report, audio)}",
        *_levelled(report, audio, level),
        f"apad=whole_len={samples}",
        f"atrim=end_sample={samples}[a]",
    ]
    return ",".join(filters)


def _arguments(inputs: list[str], chain: str, audio: AudioPlan, out: Path) -> list[str]:
    # a track planned as a copy has the source's rate, which may be unknown
    kbps = max(audio.bitrate_kbps, LEAST_KBPS * audio.channels)
    return [
        *QUIET,
        *("-max_error_rate", "1"),
        *inputs,
        *("-filter_complex", chain),
        *("-map", "[a]"),
        *("-c:a", "aac"),
        *("-b:a", f"{kbps}k"),
        *("-map_metadata", "-1"),
        *("-map_chapters", "-1"),
        *AUDIO_OUTPUT,
        f"file:{out}",
    ]
