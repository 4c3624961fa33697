"""What is in a film: one frozen report, pure data, no FFmpeg types in it.

Times are exact ``Fraction`` seconds on the film's own clock, whose zero is the
earliest presentation time of any selected track.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Color:
    """Color description (ITU-T H.273 names as FFmpeg spells them, "" = unknown)."""

    primaries: str = ""  # bt709, bt2020 …
    transfer: str = ""  # bt709, smpte2084 (PQ), arib-std-b67 (HLG) …
    matrix: str = ""  # bt709, smpte170m, bt2020nc …
    is_full_range: bool = False

    @property
    def is_hdr(self) -> bool:
        return self.transfer in {"smpte2084", "arib-std-b67"}


@dataclass(frozen=True, kw_only=True)
class MasteringDisplay:
    """The screen that the film was graded on (SMPTE ST 2086).

    Whole numbers as HEVC's message and the box ``mdcv`` have them (Rec. ITU-T H.265
    clause D.3.28): x and y of CIE 1931 in steps of 0.00002, luminance in steps of
    0.0001 cd/m².
    """

    red: tuple[int, int]  # x and y, each 0 to 50,000
    green: tuple[int, int]
    blue: tuple[int, int]
    white: tuple[int, int]
    min_luminance: int  # of its black
    max_luminance: int  # of its white; up to 100,000,000, where PQ ends


@dataclass(frozen=True, kw_only=True)
class ContentLight:
    """How bright the film's pictures are (CTA-861.3 annex P), cd/m²; 0 unknown."""

    max_cll: int  # MaxCLL: of the brightest pixel
    max_fall: int  # MaxFALL: the mean of the brightest picture


@dataclass(frozen=True, kw_only=True)
class VideoStream:
    index: int  # stream index in the file
    codec: str  # FFmpeg's decoder-independent name: h264, hevc, vp9 …
    profile: str  # "High", "Main 10", "" when unknown
    level: int  # as in the codec's own header, 0 when unknown
    width: int  # stored pixels, before rotation and sample aspect
    height: int
    pixel_format: str  # FFmpeg's name: yuv420p …
    bit_depth: int
    sample_aspect: Fraction  # 1 when unknown or nonsense
    rotation: int  # degrees clockwise that a player applies: 0, 90, 180, 270
    is_mirrored: bool  # mirrored left-right, after rotation
    frame_rate: Fraction  # measured nominal rate; never the header's lie
    is_constant_rate: bool
    start: Fraction  # first presentation time, seconds
    duration: Fraction  # of what is really in the file, seconds
    frame_count: int  # packets that carry a picture
    is_interlaced: bool  # measured on decoded frames
    color: Color
    has_alpha: bool
    bitrate_kbps: int
    keyframes: tuple[Fraction, ...]  # closed random access points, ascending
    can_copy: bool  # every packet is there, times are strictly sound: remux is safe
    mastering: MasteringDisplay | None = None  # None: not told, or nonsense
    light: ContentLight | None = None
    # At the end of ``duration``: only empty packets, which say that nothing moves.
    still_end: Fraction = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class AudioStream:
    index: int
    codec: str
    profile: str  # "LC" for AAC-LC
    channels: int
    layout: str  # "stereo", "5.1" …
    sample_rate_hz: int
    start: Fraction
    duration: Fraction
    bitrate_kbps: int
    language: str  # ISO 639-2/3 or "" ("und" is "")
    title: str  # one printable line, "" when it has none
    is_default: bool
    can_copy: bool


@dataclass(frozen=True, kw_only=True)
class TextTrack:
    """Words shown over the picture: subtitles or captions in a track of their own."""

    index: int  # stream index in the file
    codec: str  # FFmpeg's name: subrip, mov_text, ass …; "" when no decoder knows it
    kind: str  # "text": words that can become WebVTT; "picture": anything else
    language: str  # ISO 639-2/3 or "" ("und" is "")
    title: str  # one printable line, "" when it has none
    is_default: bool
    is_forced: bool  # only what is not understood anyway: signs, a foreign tongue
    is_hearing_impaired: bool  # also says who speaks and what sounds


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A part of the film; chapters are ascending and never overlap."""

    start: Fraction  # seconds on the film's clock
    end: Fraction  # later than ``start``, within the film
    title: str  # one printable line, "" when it has none


@dataclass(frozen=True, kw_only=True)
class Cover:
    """A still that came with the film: no part of what is played."""

    index: int
    codec: str  # mjpeg, png …; "" when no decoder knows it
    width: int  # pixels, 0 when unknown
    height: int


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something odd that does not stop the film; ``code`` is stable."""

    code: str  # truncated, no_audio_decodable, some_pictures_broken, duration_lies …
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceReport:
    format: str  # the demuxer chosen by content ("mov", "matroska", …)
    size_bytes: int
    duration: Fraction  # what can be played, seconds, > 0
    declared_duration: Fraction  # what the header claims, 0 when it says nothing
    video: VideoStream | None
    audio: tuple[AudioStream, ...]
    texts: tuple[TextTrack, ...] = ()  # 64 at most, in the file's order
    chapters: tuple[Chapter, ...] = ()  # 1000 at most
    covers: tuple[Cover, ...] = ()  # 8 at most
    problems: tuple[Problem, ...] = ()
    clock_zero: Fraction = Fraction(
        0
    )  # the film clock's zero as a time stamp of the file
