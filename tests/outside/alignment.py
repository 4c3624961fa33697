"""Are the rungs of an HLS stream cut at the same pictures? Says what is wrong.

Nothing of ours is in here: m3u8 reads the playlists, FFmpeg's libraries read the
segments. Only relative addresses in a folder are followed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import m3u8


@dataclass(frozen=True)
class Piece:
    """What really lies in one segment."""

    start: Fraction  # of its first picture shown, seconds
    pictures: int
    begins_with_key: bool
    decodes_alone: bool
    promised: Fraction  # EXTINF, seconds


def findings(multivariant: Path) -> list[str]:
    """One sentence per fault; an empty list means that every rung is aligned."""
    playlist = m3u8.load(str(multivariant))
    rungs = {
        variant.uri: _pieces(multivariant.parent / variant.uri)
        for variant in playlist.playlists
    }
    found = []
    for uri, pieces in rungs.items():
        found += [f"{uri}: {fault}" for fault in _faults(pieces)]
    first, *others = rungs
    for uri in others:
        found += _differences(first, rungs[first], uri, rungs[uri])
    return found


def _faults(pieces: list[Piece]) -> list[str]:
    found = []
    for number, piece in enumerate(pieces):
        if not piece.begins_with_key:
            found.append(f"segment {number} does not begin with a key frame")
        if not piece.decodes_alone:
            found.append(f"segment {number} does not decode alone")
        if number + 1 < len(pieces):
            real = pieces[number + 1].start - piece.start
            if abs(real - piece.promised) > Fraction(1, 1000):
                found.append(
                    f"segment {number} lasts {float(real):.3f} s, "
                    f"promised are {float(piece.promised):.3f}"
                )
    return found


def _differences(
    one: str, pieces: list[Piece], other: str, others: list[Piece]
) -> list[str]:
    if len(pieces) != len(others):
        return [f"{other}: {len(others)} segments, {one} has {len(pieces)}"]
    found = []
    for number, (a, b) in enumerate(zip(pieces, others, strict=True)):
        if abs(a.start - b.start) > Fraction(1, 1000):
            found.append(
                f"{other}: segment {number} begins at {float(b.start):.3f} s, "
                f"in {one} at {float(a.start):.3f}"
            )
        if a.pictures != b.pictures:
            found.append(
                f"{other}: segment {number} has {b.pictures} pictures, "
                f"in {one} it has {a.pictures}"
            )
    return found


def _pieces(playlist: Path) -> list[Piece]:
    told = m3u8.load(str(playlist))
    folder = playlist.parent
    init = _bytes(folder, told.segment_map[0].uri, told.segment_map[0].byterange)
    return [
        _look(
            init + _bytes(folder, segment.uri, segment.byterange),
            Fraction(str(segment.duration)),
        )
        for segment in told.segments
    ]


def _bytes(folder: Path, uri: str, byte_range: str | None) -> bytes:
    data = (folder / uri).read_bytes()
    if not byte_range:
        return data
    length, _, start = byte_range.partition("@")
    return data[int(start) : int(start) + int(length)]


def _look(data: bytes, promised: Fraction) -> Piece:
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        times = [packet.pts * packet.time_base for packet in packets]
        try:
            shown = sum(len(stream.decode(packet)) for packet in packets)
            shown += len(stream.decode(None))
        except av.FFmpegError:
            shown = 0
    return Piece(
        start=min(times),
        pictures=len(packets),
        begins_with_key=packets[0].is_keyframe and times[0] == min(times),
        decodes_alone=shown == len(packets),
        promised=promised,
    )
