"""What a film needs for each picture, read from short runs of it in one MP4 file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from statistics import mean

from lucarne_engine.errors import EncoderError
from lucarne_engine.package.boxes import Box, BoxError, need, unpack


def bits_of_film(file: Path, counts: Sequence[int], pictures_per_key: float) -> float:
    """Give the bits for each picture of a film, of which these are runs.

    Every run begins with a key frame, a film has one in ``pictures_per_key``: key
    frames, and what lies between them, are weighed as often as the film has them. At
    low quality nearly all bits of a run are its key frame's. Raises EncoderError when
    the pictures are not as many as ``counts`` says.
    """
    sizes = read_sizes(file)
    if len(sizes) != sum(counts):
        raise EncoderError("encoder_failed", f"{len(sizes)}/{sum(counts)} pictures")
    starts = {0, *accumulate(counts[:-1])}
    keys = [size for place, size in enumerate(sizes) if place in starts]
    others = [size for place, size in enumerate(sizes) if place not in starts]
    share = 1 / pictures_per_key if others else 1
    return 8 * (share * mean(keys) + (1 - share) * mean(others or keys))


def read_sizes(file: Path) -> tuple[int, ...]:
    """Read the bytes of each sample, in decoding order (ISO/IEC 14496-12, 8.7.3).

    Raises EncoderError when there is no table of them.
    """
    data = file.read_bytes()
    try:
        top = Box(b"file", 0, 0, len(data))
        moov = need(data, top, b"moov")
        stsz = need(data, moov, b"trak", b"mdia", b"minf", b"stbl", b"stsz")
        _, size, count = unpack(">III", data, stsz)
        return (size,) * count if size else unpack(f">{count}I", data, stsz, 12)
    except BoxError as error:
        raise EncoderError("encoder_failed", str(error)) from error
