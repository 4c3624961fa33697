"""One track on disk: what the encoder and the remuxer hand back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lucarne_engine.package.index import Segment

ORIGINAL: Final = "original"  # the name of the remuxed video track


@dataclass(frozen=True, kw_only=True)
class EncodedTrack:
    """A CMAF track (ISO/IEC 23000-19), or a run of its segments."""

    name: str
    codec: str  # RFC 6381: avc1.64001f, mp4a.40.2
    timescale: int  # ticks per second
    init: Path  # the same bytes for every run of one track of one plan
    segments: tuple[Segment, ...]
    files: tuple[Path, ...]  # files[i] holds segments[i]
