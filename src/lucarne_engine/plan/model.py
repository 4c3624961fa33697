"""A plan: what to make of one film. Pure data, the same report gives the same plan.

All rungs of a plan share one clock: picture ``n`` is shown at ``n * frame_ticks /
timescale`` seconds, and segment ``k`` holds pictures ``boundaries[k]`` up to but
not including ``boundaries[k + 1]``, on every rung.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lucarne_engine.probe.report import ContentLight, MasteringDisplay


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the operator wants; part of the plan's identity."""

    max_height: int = 1080  # of the short side of a 16:9 box, in pixels
    max_frame_rate: int = 60
    segment_ms: int = 4000
    chunk_ms: int = 40_000  # the longest run of segments encoded together
    audio_kbps: int = 128
    loudness: str = "web"  # "web", "r128", "off": see plan.sound.TARGETS
    max_copy_kbps: int = 20_000  # an original above this is not remuxed


@dataclass(frozen=True, kw_only=True)
class Hdr:
    """What a rung keeps of an HDR film: its curve, and how bright it is.

    Such a rung has 10 bits and the primaries and the matrix of BT.2020.
    """

    transfer: str  # smpte2084 (PQ), arib-std-b67 (HLG)
    mastering: MasteringDisplay | None = None
    light: ContentLight | None = None


@dataclass(frozen=True, kw_only=True)
class Rung:
    name: str  # "h264-720", "av1-720-3fa1": also its folder and its path in URLs
    codec: str  # "h264", "av1"
    width: int  # even, square pixels, as shown
    height: int
    crf: int
    maxrate_kbps: int
    bufsize_kbps: int
    preset: str = "superfast"  # the encoder's own word for its speed
    vmaf: float = 0.0  # that is expected, 0 to 100; 0 where nobody asked
    hdr: Hdr | None = None  # None: BT.709, 8 bits


@dataclass(frozen=True, kw_only=True)
class Chunk:
    number: int
    first_segment: int
    segment_count: int
    first_frame: int
    frame_count: int


@dataclass(frozen=True, kw_only=True)
class AudioPlan:
    name: str  # "aac-0"; "sound-0", "sound-0-51" of those that come later
    stream_index: int
    is_copy: bool  # packets are kept as they are
    channels: int
    sample_rate_hz: int
    bitrate_kbps: int
    language: str
    title: str
    is_default: bool
    target_lufs: int = 0  # 0: as loud as the film has it
    replaces: str = ""  # the track whose place it takes, "" when it stands beside


@dataclass(frozen=True, kw_only=True)
class PicturePlan:
    poster_at: tuple[Fraction, ...]  # candidates, seconds
    storyboard_every: Fraction  # seconds between two pictures
    storyboard_columns: int
    storyboard_rows: int
    tile_width: int
    tile_height: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    id: str  # hash of everything below, 12 hex digits
    duration: Fraction
    frame_rate: Fraction
    timescale: int
    frame_ticks: int
    frame_count: int
    boundaries: tuple[int, ...]  # frame numbers, first 0, last frame_count
    chunks: tuple[Chunk, ...]
    rungs: tuple[Rung, ...]  # smallest first; empty for a film without picture
    audio: tuple[AudioPlan, ...]  # one for each of the film's: what is heard first
    pictures: PicturePlan | None
    keeps_original: bool  # remux the original first: "original" is then a track
    deinterlace: bool
    rotation: int  # clockwise degrees to apply
    mirror: bool
    tone_map: bool  # of the rungs that are not HDR themselves
    # Made when the film plays already, shown when all of it is there.
    later_audio: tuple[AudioPlan, ...] = ()

    @property
    def sounds(self) -> tuple[AudioPlan, ...]:
        """All sound tracks that may come to be."""
        return (*self.audio, *self.later_audio)
