"""The elements of a Matroska or WebM file, and what its cues name.

EBML is RFC 8794, Matroska RFC 9559. Nothing is trusted: lengths end within what holds
them, nothing is followed twice, and what is too much is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final

HEADER: Final = 0x1A45DFA3
SEGMENT: Final = 0x18538067
CLUSTER: Final = 0x1F43B675
CUES: Final = 0x1C53BB6B
TRACKS: Final = 0x1654AE6B
INFO: Final = 0x1549A966
SEEK_HEAD: Final = 0x114D9B74
_SEEK, _SEEK_ID, _SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC
_TRACK, _TRACK_NUMBER, _TRACK_TYPE = 0xAE, 0xD7, 0x83
_CUE_POINT, _CUE_TIME, _CUE_PLACES = 0xBB, 0xB3, 0xB7
_CUE_TRACK, _CUE_CLUSTER = 0xF7, 0xF1
_VIDEO: Final = 1
LONGEST_HEADER: Final = 12
_MOST_CHILDREN: Final = 100_000
# Those of a film of ten hours with a key frame in each half second have three million.
_MOST_CUES_BYTES: Final = 8 * 1024 * 1024
_MOST_HEAD_BYTES: Final = 1024 * 1024


class EbmlError(Exception):
    """It is no Matroska that is understood here."""


@dataclass(frozen=True, slots=True)
class Element:
    kind: int
    begin: int  # of its header
    body: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A key frame of the picture, by the film's own word."""

    time: int  # ticks of the film's clock
    place: int  # in the file, of the cluster that it is in


def element_at(file: BinaryIO, at: int, end: int) -> Element:
    """Read the header of the element at ``at``; it must not go beyond ``end``."""
    file.seek(at)
    head = file.read(min(LONGEST_HEADER, end - at))
    width = 9 - head[0].bit_length() if head else 9
    if width > 4 or len(head) <= width:
        raise EbmlError(f"no element at {at}")
    length = 9 - head[width].bit_length()
    if length > 8 or len(head) < width + length:
        raise EbmlError(f"no length at {at}")
    most = (1 << 7 * length) - 1
    size = int.from_bytes(head[width : width + length]) & most
    body = at + width + length
    if size == most or body + size > end:  # all ones: it does not say
        raise EbmlError(f"the element at {at} has no end")
    return Element(int.from_bytes(head[:width]), at, body, body + size)


def children(file: BinaryIO, begin: int, end: int) -> Iterator[Element]:
    """Go through the elements between two places, those at the next level only."""
    for _ in range(_MOST_CHILDREN):
        if begin >= end:
            return
        found = element_at(file, begin, end)
        yield found
        begin = found.end
    raise EbmlError(f"more than {_MOST_CHILDREN} elements")


def number(file: BinaryIO, element: Element) -> int:
    """Read the unsigned integer that an element holds."""
    if element.end - element.body > 8:
        raise EbmlError(f"no number at {element.begin}")
    file.seek(element.body)
    return int.from_bytes(file.read(element.end - element.body))


def segment_of(file: BinaryIO, size: int) -> Element:
    """Find the film in a file that is, or will be, ``size`` bytes long."""
    header = element_at(file, 0, size)
    if header.kind != HEADER:
        raise EbmlError("it does not begin as Matroska does")
    segment = element_at(file, header.end, size)
    if segment.kind != SEGMENT:
        raise EbmlError("no film follows the header")
    return segment


def read_cues(file: BinaryIO, size: int) -> tuple[Cue, ...]:
    """Return the cues of the film's only picture, by time.

    Raises EbmlError when there are none, or two pictures, or when they make no sense.
    """
    segment = segment_of(file, size)
    track, place = _read_head(file, segment)
    element = element_at(file, place, segment.end)
    if element.kind != CUES:
        raise EbmlError("the cues are not where they should be")
    data = _body(file, element, _MOST_CUES_BYTES)
    found = {cue.time: cue for cue in _cues(data, track, segment)}
    cues = tuple(found[time] for time in sorted(found))
    places = [cue.place for cue in cues]
    if not cues or places != sorted(places):
        raise EbmlError("the cues are in no order")
    return cues


def _read_head(file: BinaryIO, segment: Element) -> tuple[int, int]:
    """Return the number of the picture's track, and where the cues are."""
    tracks: list[int] = []
    place = 0
    for element in children(file, segment.body, segment.end):
        if element.kind == CLUSTER:
            break
        if element.kind == CUES:
            place = element.begin
        elif element.kind == SEEK_HEAD:
            place = _sought(_body(file, element, _MOST_HEAD_BYTES), segment) or place
        elif element.kind == TRACKS:
            tracks += _pictures(_body(file, element, _MOST_HEAD_BYTES))
    if len(tracks) != 1 or not segment.body <= place < segment.end:
        raise EbmlError(f"{len(tracks)} pictures, cues at {place}")
    return tracks[0], place


def _body(file: BinaryIO, element: Element, most: int) -> BytesIO:
    if element.end - element.body > most:
        raise EbmlError(f"more than {most} bytes at {element.begin}")
    file.seek(element.body)
    return BytesIO(file.read(element.end - element.body))


def _all(data: BytesIO) -> Iterator[Element]:
    return children(data, 0, len(data.getbuffer()))


def _numbers(data: BytesIO, parent: Element, *wanted: int) -> list[int | None]:
    """Return the numbers of these kinds that an element holds, the last of each."""
    found: dict[int, int] = {}
    for child in children(data, parent.body, parent.end):
        if child.kind in wanted:
            found[child.kind] = number(data, child)
    return [found.get(kind) for kind in wanted]


def _sought(data: BytesIO, segment: Element) -> int | None:
    for seek in _all(data):
        if seek.kind == _SEEK:
            kind, place = _numbers(data, seek, _SEEK_ID, _SEEK_POSITION)
            if kind == CUES and place is not None:
                return segment.body + place
    return None


def _pictures(data: BytesIO) -> Iterator[int]:
    for track in _all(data):
        if track.kind == _TRACK:
            number_, kind = _numbers(data, track, _TRACK_NUMBER, _TRACK_TYPE)
            if kind == _VIDEO and number_ is not None:
                yield number_


def _cues(data: BytesIO, track: int, segment: Element) -> Iterator[Cue]:
    for point in _all(data):
        if point.kind != _CUE_POINT:
            continue
        [time] = _numbers(data, point, _CUE_TIME)
        for places in children(data, point.body, point.end):
            if time is None or places.kind != _CUE_PLACES:
                continue
            own, cluster = _numbers(data, places, _CUE_TRACK, _CUE_CLUSTER)
            if own == track and cluster is not None:
                place = segment.body + cluster
                if place >= segment.end or time >= 1 << 62:
                    raise EbmlError("a cue names nothing")
                yield Cue(time=time, place=place)
