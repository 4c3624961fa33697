"""The segment index: where every piece of every track lies, and how long it is.

It is all that the manifests are written from (ISO/IEC 23000-19 CMAF tracks).
File names are relative to the film: ``<plan id>/<track>/init.mp4`` and
``<plan id>/<track>/<number>.m4s``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple

STEREO: Final = 2  # channels


class Segment(NamedTuple):
    """A tuple, because a film has thousands: they are made in a third of the time."""

    number: int  # 0, 1, 2 …
    start: int  # first presentation time, ticks
    duration: int  # ticks
    size_bytes: int
    iframe_bytes: int = 0  # from the file's first byte to the end of picture one


# What Segment._make does, without a call of Python code for each.
_make_segment: Final = partial(tuple.__new__, Segment)


def numbered(rows: Sequence[Sequence[int]]) -> tuple[Segment, ...]:
    """Make segments of ``(start, duration, size_bytes, iframe_bytes)``, from number 0.

    Raises ValueError when not all rows are of one length.
    """
    columns = zip(*rows, strict=True)
    return tuple(map(_make_segment, zip(range(len(rows)), *columns, strict=True)))


class Stretch(NamedTuple):
    """Consecutive segments of one duration, as an ``S`` of a SegmentTimeline has them."""

    start: int  # of the first one, ticks
    duration: int  # of each, ticks
    repeats: int  # segments after the first one


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What the manifests of a whole film say of one track's segments.

    Bit rates are bits per second as RFC 8216 defines them (clauses 4.1 and 4.3.4.2).
    """

    peak: int
    average: int
    iframe_peak: int
    iframe_average: int
    timeline: tuple[Stretch, ...]  # () while there is no segment


@dataclass(frozen=True, kw_only=True)
class TrackIndex:
    name: str
    kind: str  # "video" or "audio"
    base: str  # URL folder relative to the manifest, "<plan id>/<name>"
    codec: str  # RFC 6381: avc1.64001f, mp4a.40.2
    timescale: int
    init_bytes: int
    segments: tuple[Segment, ...]
    width: int = 0
    height: int = 0
    frame_rate: Fraction = Fraction(0)
    channels: int = 0
    sample_rate_hz: int = 0
    language: str = ""
    title: str = ""
    is_default: bool = True
    # Seconds; of the whole plan, so that a playlist keeps its target duration while
    # it grows. 0: the longest of ``segments``.
    longest_segment: Fraction = Fraction(0)
    # None: to be found out from ``segments``. Where it is given they may be left out.
    outline: Outline | None = None

    @property
    def is_surround(self) -> bool:
        return self.channels > STEREO


@dataclass(frozen=True, kw_only=True)
class TextIndex:
    """One file of captions or subtitles, in WebVTT."""

    base: str  # URL relative to the manifest, without the suffix: "captions/<name>"
    name: str  # shown in menus; no two of a film are the same
    language: str  # RFC 5646 tag, "" when it is not known
    is_for_deaf: bool  # captions: also says who speaks and what sounds
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class FilmIndex:
    """Everything playable now. ``is_complete`` is False while pictures are to come."""

    duration: Fraction  # of the whole film, known from the start
    is_complete: bool
    video: tuple[TrackIndex, ...]  # smallest bit rate first
    audio: tuple[TrackIndex, ...]
    texts: tuple[TextIndex, ...] = ()
