"""``encode_chunk``: one FFmpeg process, one decode, any number of rungs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from lucarne_engine import process
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.filters import chunk_graph
from lucarne_engine.encode.outputs import counter_output, rung_output
from lucarne_engine.encode.progress import OnProgress, PictureProgress
from lucarne_engine.encode.result import ChunkResult
from lucarne_engine.encode.seen import (
    NOTHING_SEEN,
    Seen,
    count_seen,
    find_problems,
)
from lucarne_engine.encode.source import (
    FROM_THE_BEGINNING,
    QUIET,
    Entry,
    entry_before,
    input_arguments,
    video_shift,
)
from lucarne_engine.encode.statistics import read_statistics
from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.package.fragment import split_chunk
from lucarne_engine.plan.model import Chunk, Plan, Rung
from lucarne_engine.probe.report import SourceReport


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
    is_partial: bool = False,
) -> ChunkResult:
    """Encode the named rungs of one chunk into ``out/<rung>/``.

    ``is_partial``: only what the chunk is made of is in ``source``; where FFmpeg finds
    no way in there, that is an EncoderError.
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
    seen = job.run(job.entry(), on_progress, cancel, limits)
    cpu_s = seen.cpu_s
    if not seen.began_in_time:
        if is_partial:
            raise EncoderError("encoder_failed", "the chunk cannot be entered")
        seen = job.run(FROM_THE_BEGINNING, on_progress, cancel, limits)
        cpu_s += seen.cpu_s
    tracks = []
    for rung in job.rungs:
        whole = job.file_of(rung)
        folder = out / rung.name
        tracks.append(
            split_chunk(whole, plan=plan, chunk=chunk, name=rung.name, out=folder)
        )
        whole.unlink()
    return ChunkResult(
        tracks=tuple(tracks),
        decoded_frames=seen.decoded,
        problems=find_problems(report, plan, job.chunk, seen),
        cpu_s=cpu_s,
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

    def entry(self) -> Entry:
        return entry_before(self.report, self.plan, self.chunk.first_frame)

    def arguments(self, entry: Entry, stamps: Path) -> list[str]:
        """Make the whole command line, without the program's name."""
        largest_last = sorted(self.rungs, key=lambda rung: rung.width * rung.height)
        graph = chunk_graph(
            self.report, self.plan, self.chunk, largest_last, entry.first_picture
        )
        outputs = [
            rung_output(
                f"v{number}",
                self.file_of(rung),
                plan=self.plan,
                chunk=self.chunk,
                rung=rung,
            )
            for number, rung in enumerate(largest_last)
        ]
        outputs += [
            counter_output("seen", stamps, self.plan.timescale),
            counter_output("reached"),
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
            *chain.from_iterable(outputs),
        ]

    def run(
        self,
        entry: Entry,
        on_progress: OnProgress,
        cancel: threading.Event | None,
        limits: process.Limits | None,
    ) -> Seen:
        for rung in self.rungs:
            (self.out / rung.name).mkdir(parents=True, exist_ok=True)
        stamps = self.out / self.rungs[0].name / f"chunk-{self.chunk.number}.txt"
        stamps.unlink(missing_ok=True)
        progress = PictureProgress(
            self.chunk.frame_count, self.plan.frame_rate, on_progress
        )
        finished = process.run(
            [process.ffmpeg_path(), *self.arguments(entry, stamps)],
            sandbox=process.Sandbox(readable=(self.source,), writable=(self.out,)),
            limits=limits or process.Limits(),
            on_line=progress.line,
            cancel=cancel,
            # FFmpeg's names of the encoders' threads; the largest rung is the last
            later=[f"enc{number}:" for number in range(len(self.rungs) - 1)],
            name=f"chunk {self.chunk.number}",
        )
        statistics = read_statistics(finished.stderr_tail)
        seen = count_seen(
            self.chunk,
            entry,
            statistics,
            stamps=stamps,
            frame_ticks=self.plan.frame_ticks,
        )
        stamps.unlink(missing_ok=True)
        if seen is None and entry == FROM_THE_BEGINNING and not statistics.decoded:
            raise SourceError("undecodable", statistics.last_line)
        if statistics.decoded and (finished.returncode or seen is None):
            raise failure(finished)
        progress.finish()
        return replace(seen or NOTHING_SEEN, cpu_s=finished.cpu_s)
