"""The pictures that are compared with: decoded once, kept without loss."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lucarne_engine import process
from lucarne_engine.encode.failure import failure
from lucarne_engine.encode.filters import chunk_graph
from lucarne_engine.encode.outputs import counter_output
from lucarne_engine.encode.source import (
    QUIET,
    entry_before,
    input_arguments,
    video_shift,
)
from lucarne_engine.plan.model import Chunk, Hdr, Plan, Rung
from lucarne_engine.probe.report import SourceReport

# Lossless, and decoded faster than anything smaller.
LOSSLESS: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Runs of pictures of a film as the plan's largest rung shows them."""

    files: tuple[Path, ...]  # one for each run
    counts: tuple[int, ...]  # pictures of each
    width: int
    height: int

    @property
    def picture_count(self) -> int:
        return sum(self.counts)


def make_reference(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    runs: tuple[Chunk, ...],
    out: Path,
    hdr: Hdr | None = None,
    on_cpu: Callable[[float], None] = lambda _: None,
    cancel: threading.Event | None = None,
    limits: process.Limits | None = None,
) -> Reference:
    """Decode the runs into ``out/run-<n>.mp4``, at the size of the plan's top rung.

    They go through the same filters as what is published: turned, deinterlaced,
    tone-mapped or, with ``hdr``, as an HDR rung has them, on the plan's clock.
    ``on_cpu`` hears the processor seconds of each process. Raises EncoderError when
    FFmpeg fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    top = replace(plan.rungs[-1], hdr=hdr)
    files = []
    for run in runs:
        file = out / f"run-{run.number}.mp4"
        arguments = _arguments(source, report, plan, run=run, top=top, file=file)
        finished = process.run(
            [process.ffmpeg_path(), *arguments],
            sandbox=process.Sandbox(readable=(source,), writable=(out,)),
            limits=limits or process.Limits(),
            cancel=cancel,
            name=f"reference {run.number}",
        )
        on_cpu(finished.cpu_s)
        if finished.returncode:
            raise failure(finished)
        files.append(file)
    return Reference(
        files=tuple(files),
        counts=tuple(run.frame_count for run in runs),
        width=top.width,
        height=top.height,
    )


def _arguments(
    source: Path,
    report: SourceReport,
    plan: Plan,
    *,
    run: Chunk,
    top: Rung,
    file: Path,
) -> list[str]:
    entry = entry_before(report, plan, run.first_frame)
    graph = chunk_graph(report, plan, run, [top], entry.first_picture)
    return [
        *QUIET,
        *("-reinit_filter", "0"),
        "-noautorotate",
        *("-max_error_rate", "1"),
        *input_arguments(
            source, report, seek=entry.seek, shift=video_shift(report, plan)
        ),
        *("-filter_complex", graph),
        *("-map", "[v0]", *LOSSLESS, "-fps_mode", "passthrough", "-an"),
        *("-f", "mp4", f"file:{file}"),
        *counter_output("seen"),
        *counter_output("reached"),
    ]
