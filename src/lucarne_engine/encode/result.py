"""What comes back from encoding one chunk."""

from __future__ import annotations

from dataclasses import dataclass

from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.probe.report import Problem


@dataclass(frozen=True, kw_only=True)
class ChunkResult:
    tracks: tuple[EncodedTrack, ...]  # one per rung, in the order asked for
    decoded_frames: int  # pictures of the source within the chunk, no clones
    problems: tuple[Problem, ...]
    cpu_s: float  # of the encoder, all its threads together
