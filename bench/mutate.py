"""Damaged films: the same film, seed and number give the same bytes.

What is changed is what demuxers and decoders trust: bits, runs of bytes, lengths of
boxes and elements, whole numbers in the header, the order of the parts, the end.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Names that a length stands before (ISO/IEC 14496-12, QuickTime) …
_BOXES: Final = re.compile(
    b"ftyp|moov|mvhd|trak|tkhd|edts|elst|mdia|mdhd|hdlr|minf|stbl|stsd|stts|ctts|stsc"
    b"|stsz|stco|co64|stss|avc1|avcC|hvc1|hvcC|av01|av1C|mp4a|esds|mdat|moof|traf|tfhd"
    b"|tfdt|trun|sidx|udta|meta|free"
)
# … and after: Matroska's elements (RFC 9559), RIFF and ASF.
_ELEMENTS: Final = re.compile(
    b"\x1a\x45\xdf\xa3|\x18\x53\x80\x67|\x16\x54\xae\x6b|\x1f\x43\xb6\x75|\x1c\x53\xbb\x6b"
    b"|\x15\x49\xa9\x66|\xae|\xe0|\xe1|\x63\xa2|\xa3|\xa0|RIFF|LIST|strh|strf|idx1|00dc"
    b"|01wb"
)
_EXTREMES: Final = (0, 1, 7, 8, 9, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF)
_HEADER: Final = 8192

Mutation = Callable[[bytearray, random.Random, bytes], None]


@dataclass(frozen=True)
class Mutant:
    film: str  # the name of the file that it was
    mutations: tuple[str, ...]
    data: bytes


def _place(data: bytearray, rng: random.Random) -> int:
    """A place anywhere; every other time near one of the ends, where headers are."""
    edge = min(_HEADER, len(data))
    nearby = rng.randrange(edge)
    return rng.choice(
        (rng.randrange(len(data)), nearby, nearby, len(data) - 1 - nearby)
    )


def bits(data: bytearray, rng: random.Random, _: bytes) -> None:
    for _n in range(rng.choice((1, 3, 20, 200))):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def run(data: bytearray, rng: random.Random, _: bytes) -> None:
    at, count = _place(data, rng), rng.choice((4, 16, 300, 5000))
    count = min(count, len(data) - at)
    fill = rng.choice((bytes(count), b"\xff" * count, rng.randbytes(count)))
    data[at : at + count] = fill


def cut(data: bytearray, rng: random.Random, _: bytes) -> None:
    keep = rng.choice((rng.randrange(1, len(data) + 1), _place(data, rng) + 1))
    del data[keep:]


def length(data: bytearray, rng: random.Random, _: bytes) -> None:
    """The length of a box, an element or a chunk is a lie."""
    boxes = [found.start() for found in _BOXES.finditer(data) if found.start() >= 4]
    if boxes:
        at = rng.choice(boxes) - 4
        near = int.from_bytes(data[at : at + 4], "big") + rng.choice((-1, 1, -8, 8))
        value = rng.choice((*_EXTREMES, near & 0xFFFF_FFFF))
        data[at : at + 4] = value.to_bytes(4, "big")
        return
    elements = [found.end() for found in _ELEMENTS.finditer(data)]
    at = rng.choice(elements) if elements else _place(data, rng)
    lie = rng.choice(
        (b"\xff", b"\x01" + b"\xff" * 7, b"\x80", b"\x08\xff\xff\xff\xff", b"\0" * 4)
    )
    data[at : at + len(lie)] = lie


def number(data: bytearray, rng: random.Random, _: bytes) -> None:
    """A whole number inside a box or near the beginning becomes an extreme one."""
    boxes = [found.end() for found in _BOXES.finditer(data)]
    at = rng.choice(boxes) + rng.randrange(80) if boxes else _place(data, rng)
    size, order = rng.choice((1, 2, 4, 8)), rng.choice(("big", "little"))
    value = rng.choice(_EXTREMES) & ((1 << 8 * size) - 1)
    if at + size <= len(data):
        data[at : at + size] = value.to_bytes(size, order)  # type: ignore[arg-type]


def shuffle(data: bytearray, rng: random.Random, _: bytes) -> None:
    """A part is lost, comes twice, or changes places with another."""
    size = min(rng.choice((188, 1000, 20_000)), max(1, len(data) // 3))
    one, two = sorted(rng.randrange(len(data) - size + 1) for _n in range(2))
    first, second = data[one : one + size], data[two : two + size]
    match rng.randrange(3):
        case 0:
            del data[one : one + size]
        case 1:
            data[two:two] = first
        case _:
            data[two : two + size] = first
            data[one : one + size] = second


def foreign_head(data: bytearray, rng: random.Random, other: bytes) -> None:
    """The head of one film on the body of another."""
    size = min(rng.choice((40, 1000, 4096, 50_000)), len(data), len(other))
    data[:size] = other[:size]


MUTATIONS: Final[dict[str, Mutation]] = {
    each.__name__: each
    for each in (bits, run, cut, length, number, shuffle, foreign_head)
}
_WEIGHTS: Final = (3, 2, 2, 4, 4, 2, 1)


def mutant(films: list[Path], *, seed: int, n: int) -> Mutant:
    """Make the ``n``-th mutant of these films."""
    rng = random.Random(f"{seed}/{n}")
    film, other = rng.choice(films), rng.choice(films)
    data, foreign = bytearray(film.read_bytes()), other.read_bytes()
    names = rng.choices(list(MUTATIONS), _WEIGHTS, k=rng.choice((1, 1, 1, 2, 4)))
    for name in names:
        if data:
            MUTATIONS[name](data, rng, foreign)
    return Mutant(film.name, tuple(names), bytes(data))
