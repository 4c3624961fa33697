"""One MP4 file that nobody writes: a head in memory, then files that exist.

For players without JavaScript. The head (``ftyp``, ``moov``, ``sidx``) is computed
from the init segments and the segment index; after it come the segment files of
one video and one audio track in turn, byte for byte (ISO/IEC 14496-12 clause 8.16.3:
the ``sidx`` lets a player seek without reading the fragments in between).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from lucarne_engine.package.boxes import make_full_box
from lucarne_engine.package.index import FilmIndex, Segment, TrackIndex
from lucarne_engine.package.movie import (
    AUDIO_TRACK_ID,
    VIDEO_TRACK_ID,
    read_init,
    write_movie,
    write_track,
)

MEDIA_TYPE: Final = "video/mp4"
_BRANDS: Final = b"iso6isommp41"
_MOST_REFERENCES: Final = 0xFFFF
_LARGEST_REFERENCE: Final = 0x7FFFFFFF
_SAP: Final = 0x90000000  # begins with a stream access point of type 1


class Part(NamedTuple):
    """One segment file: ``<base>/<number>.m4s``."""

    base: str
    number: int
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class ProgressiveFile:
    head: bytes
    parts: tuple[Part, ...]  # after the head, in this order
    size: int  # bytes of all


def layout(
    index: FilmIndex,
    video: str | None,
    audio: str | None,
    read_init_of: Callable[[str], bytes],
) -> ProgressiveFile:
    """Lay out the file of the tracks named ``video`` and ``audio``.

    ``read_init_of`` gives the bytes of a track's init segment. The duration that a
    player sees is that of the segments there are. Raises KeyError when a track is
    not in the index or both are None, BoxError when an init segment is not sound.
    """
    tracks = [
        _named(of_kind, name)
        for of_kind, name in ((index.video, video), (index.audio, audio))
        if name is not None
    ]
    if not tracks:
        raise KeyError("neither video nor audio")
    groups = _interleave(tracks)
    parts = tuple(part for group in groups for part in group)
    head = _head(tracks, [read_init_of(track.name) for track in tracks])
    head += _sidx(tracks[0], groups)
    return ProgressiveFile(
        head=head, parts=parts, size=len(head) + sum(part.size for part in parts)
    )


def _named(tracks: Sequence[TrackIndex], name: str) -> TrackIndex:
    for track in tracks:
        if track.name == name:
            return track
    raise KeyError(name)


def _end(track: TrackIndex, segment: Segment) -> Fraction:
    return Fraction(segment.start + segment.duration, track.timescale)


def _part(track: TrackIndex, segment: Segment) -> Part:
    return Part(track.base, segment.number, segment.size_bytes)


def _interleave(tracks: Sequence[TrackIndex]) -> list[list[Part]]:
    """One group per segment of the first track, with the sound that begins in it."""
    first, others = tracks[0], tracks[1:]
    groups = [[_part(first, segment)] for segment in first.segments]
    for track in others:
        group = 0
        for segment in track.segments:
            begins = Fraction(segment.start, track.timescale)
            while (
                group + 1 < len(groups) and _end(first, first.segments[group]) <= begins
            ):
                group += 1
            if groups:
                groups[group].append(_part(track, segment))
    return groups


def _head(tracks: Sequence[TrackIndex], inits: Sequence[bytes]) -> bytes:
    headers = [read_init(init) for init in inits]
    timescale = headers[0].timescale
    covered = max(
        (_end(track, track.segments[-1]) for track in tracks if track.segments),
        default=Fraction(0),
    )
    boxes = tuple(
        write_track(
            header.format,
            timescale=header.timescale,
            media_time=header.media_time,
            language=track.language,
        )
        for track, header in zip(tracks, headers, strict=True)
    )
    return write_movie(
        tuple(header.format for header in headers),
        boxes,
        timescale=timescale,
        duration=round(covered * timescale),
        brands=_BRANDS,
    )


def _sidx(track: TrackIndex, groups: Sequence[Sequence[Part]]) -> bytes:
    """The segment index of all groups; none when they are too many or too large."""
    sizes = [sum(part.size for part in group) for group in groups]
    if not sizes or len(sizes) > _MOST_REFERENCES or max(sizes) > _LARGEST_REFERENCE:
        return b""
    references = b"".join(
        struct.pack(">3I", size, segment.duration, _SAP)
        for size, segment in zip(sizes, track.segments, strict=True)
    )
    head = struct.pack(
        ">2I2Q2H",
        VIDEO_TRACK_ID if track.kind == "video" else AUDIO_TRACK_ID,
        track.timescale,
        track.segments[0].start,
        0,  # the first group follows at once
        0,
        len(sizes),
    )
    return make_full_box(b"sidx", 1, 0, head, references)
