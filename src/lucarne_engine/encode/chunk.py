"""``encode_chunk``: one FFmpeg process, one decode, any number of rungs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.filters import COUNTERS, chunk_graph
from lucarne_engine.encode.h264 import counter_output, flat, h264_output
from lucarne_engine.encode.progress import OnProgress, PictureProgress
from lucarne_engine.encode.result import ChunkResult
from lucarne_engine.encode.source import (
    FROM_THE_BEGINNING,
    INDEXED,
    QUIET,
    Entry,
    entry_before,
    input_arguments,
    video_shift,
)
from lucarne_engine.encode.statistics import Statistics, read_statistics
from lucarne_engine.errors import SourceError
from lucarne_engine.package.fragment import split_chunk
from lucarne_engine.plan.clock import picture_number
from lucarne_engine.plan.model import Chunk, Plan, Rung
from lucarne_engine.probe.report import Problem, SourceReport, VideoStream

# Pictures that may be missing before anybody is told: end-of-file rounding.
TOLERATED_FRAMES: Final = 2
TOLERATED_SHARE: Final = Fraction(2, 100)


def encode_chunk(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    chunk: int,
    rungs: tuple[str, ...],
    out: Path,
    on_progress: OnProgress,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> ChunkResult:
    """Encode the named rungs of one chunk into ``out/<rung>/``.

    Each rung has exactly the planned number of pictures: where the source falls
    short its last picture stays. Raises ``SourceError("undecodable")`` when not one
    picture of the film can be decoded, ``EncoderError`` for the rest.
    """
    by_name = {rung.name: rung for rung in plan.rungs}
    job = _Job(
        source=source,
        report=report,
        plan=plan,
        chunk=plan.chunks[chunk],
        rungs=[by_name[name] for name in rungs],
        out=out,
    )
    entry = entry_before(report, plan, job.chunk.first_frame)
    statistics = job.run(entry, on_progress, cancel, limits)
    if entry != FROM_THE_BEGINNING and not job.began_well(statistics):
        entry = FROM_THE_BEGINNING
        statistics = job.run(entry, on_progress, cancel, limits)
    if not statistics.decoded:
        raise SourceError("undecodable", statistics.last_line)
    tracks = []
    for rung in job.rungs:
        whole = job.file_of(rung)
        tracks.append(
            split_chunk(
                whole, plan=plan, chunk=chunk, name=rung.name, out=out / rung.name
            )
        )
        whole.unlink()
    return ChunkResult(
        tracks=tuple(tracks),
        decoded_frames=job.counted(statistics)[0],
        problems=job.problems(entry, statistics),
    )


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One chunk on its way through FFmpeg."""

    source: Path
    report: SourceReport
    plan: Plan
    chunk: Chunk
    rungs: Sequence[Rung]
    out: Path

    def file_of(self, rung: Rung) -> Path:
        return self.out / rung.name / f"chunk-{self.chunk.number}.mp4"

    def arguments(self, entry: Entry) -> list[str | Path]:
        """Make the whole command line, without the program's name."""
        largest_last = sorted(self.rungs, key=lambda rung: rung.width * rung.height)
        graph = chunk_graph(
            self.report, self.plan, self.chunk, largest_last, entry.first_picture
        )
        encoders = [
            h264_output(
                f"v{number}",
                self.file_of(rung),
                plan=self.plan,
                chunk=self.chunk,
                rung=rung,
            )
            for number, rung in enumerate(largest_last)
        ]
        return [
            *QUIET,
            # a picture of another size in mid-stream goes through the same graph
            *("-reinit_filter", "0"),
            # rotation is ours: the container's matrix may be nonsense
            "-noautorotate",
            # damaged films are judged by their pictures, not by FFmpeg's share
            *("-max_error_rate", "1"),
            *input_arguments(
                self.source,
                self.report,
                seek=entry.seek,
                shift=video_shift(self.report, self.plan),
            ),
            *("-filter_complex", graph),
            *flat(encoders),
            *flat([counter_output(pad) for pad in COUNTERS]),
        ]

    def run(
        self,
        entry: Entry,
        on_progress: OnProgress,
        cancel: threading.Event | None,
        limits: process.Limits | None,
    ) -> Statistics:
        for rung in self.rungs:
            (self.out / rung.name).mkdir(parents=True, exist_ok=True)
        progress = PictureProgress(
            self.chunk.frame_count, self.plan.frame_rate, on_progress
        )
        finished = process.run(
            [process.ffmpeg_path(), *self.arguments(entry)],
            sandbox=process.Sandbox(readable=(self.source,), writable=(self.out,)),
            limits=limits or process.Limits(),
            on_line=progress.line,
            cancel=cancel,
            name=f"chunk {self.chunk.number}",
        )
        statistics = read_statistics(finished.stderr_tail)
        outputs = len(self.rungs) + len(COUNTERS)
        is_whole = len(statistics.output_frames) == outputs
        if statistics.decoded and (finished.returncode or not is_whole):
            raise failure(finished)
        progress.finish()
        return statistics

    def counted(self, statistics: Statistics) -> tuple[int, ...]:
        """Give the counts of ``COUNTERS``."""
        return statistics.output_frames[len(self.rungs) :]

    def began_well(self, statistics: Statistics) -> bool:
        """Say whether a picture came before the first that is needed."""
        return bool(statistics.decoded and self.counted(statistics)[2])

    def problems(self, entry: Entry, statistics: Statistics) -> tuple[Problem, ...]:
        """Compare what was decoded with what the report promised."""
        video = self.report.video
        if video is None:
            return ()
        decoded, covered, _ = self.counted(statistics)
        expected = self._expected(video)
        found = []
        if _is_short(covered, expected):
            found.append(Problem(code="truncated", detail=f"{covered}/{expected}"))
        elif self._is_broken(video, entry, statistics, decoded):
            found.append(
                Problem(
                    code="some_pictures_broken",
                    detail=f"{decoded} pictures, {statistics.decode_errors} errors",
                )
            )
        return tuple(found)

    def _expected(self, video: VideoStream) -> int:
        """Count the output pictures of the chunk that the source should reach."""
        end = picture_number(video.start + video.duration, video, self.plan.frame_rate)
        within = min(end - self.chunk.first_frame, self.chunk.frame_count)
        return max(0, within)

    def _is_broken(
        self, video: VideoStream, entry: Entry, statistics: Statistics, decoded: int
    ) -> bool:
        # After a rough seek the first pictures lack their references: no damage.
        is_exact = entry.seek is None or self.report.format in INDEXED
        if is_exact and statistics.decode_errors:
            return True
        if not video.is_constant_rate:
            return False
        first = picture_number(video.start, video, self.plan.frame_rate)
        shown = self._expected(video) - max(0, first - self.chunk.first_frame)
        return _is_short(decoded, int(shown * video.frame_rate / self.plan.frame_rate))


def _is_short(found: int, expected: int) -> bool:
    return found + TOLERATED_FRAMES + expected * TOLERATED_SHARE < expected
