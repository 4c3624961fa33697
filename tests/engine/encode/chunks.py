"""Encoding whole films, chunk by chunk, as the product does."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from lucarne_engine.encode import ChunkResult, encode_chunk
from lucarne_engine.plan import Plan, Policy, make_plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import probe


def made(path: Path, line: str) -> Path:
    """Make a film with FFmpeg; ``line`` stands between the program and the path."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *line.split()]
    subprocess.run([*argv, str(path)], check=True)
    return path


@dataclass(frozen=True)
class Encoded:
    report: SourceReport
    plan: Plan
    results: tuple[ChunkResult, ...]

    def bytes_of(self, rung: int = 0) -> bytes:
        """Everything of one rung: its init segment and all its segments."""
        tracks = [result.tracks[rung] for result in self.results]
        parts = [tracks[0].init.read_bytes()]
        parts += [file.read_bytes() for track in tracks for file in track.files]
        return b"".join(parts)

    @property
    def problems(self) -> list[str]:
        return [p.code for result in self.results for p in result.problems]


def encode_film(
    path: Path,
    out: Path,
    policy: Policy | None = None,
    change: Callable[[Plan], Plan] = lambda plan: plan,
) -> Encoded:
    report = probe(path)
    plan = change(make_plan(report, policy or Policy()))
    names = tuple(rung.name for rung in plan.rungs)
    results = tuple(
        encode_chunk(
            path,
            report,
            plan,
            chunk=chunk.number,
            rungs=names,
            out=out / str(chunk.number),
            on_progress=lambda _: None,
        )
        for chunk in plan.chunks
    )
    return Encoded(report, plan, results)
