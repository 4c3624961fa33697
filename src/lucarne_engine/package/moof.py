"""Movie fragments: ``moof`` and ``mdat`` of one track, read and written.

ISO/IEC 14496-12 clause 8.8; the profile of ISO/IEC 23000-19 clause 7.5
(default-base-is-moof, tfdt version 1, one ``trun`` version 1).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from lucarne_engine.package.boxes import (
    Box,
    BoxError,
    Bytes,
    children,
    make_box,
    make_full_box,
    need,
    unpack,
)
from lucarne_engine.package.movie import Header

SYNC: Final = 0x02000000  # depends on no other sample
NO_SYNC: Final = 0x01010000  # depends on others, is not a sync sample
_NO_SYNC_BIT: Final = 0x00010000


@dataclass(frozen=True, slots=True)
class Sample:
    offset: int  # of its first byte, in what was read
    size: int
    time: int  # decode time, ticks
    duration: int
    composition: int  # presentation time minus decode time, ticks
    is_sync: bool


def write_fragment_head(
    *,
    number: int,
    track_id: int,
    time: int,
    sizes: Sequence[int],
    durations: Sequence[int],
    compositions: Sequence[int] | None = None,
    syncs: Sequence[bool] | None = None,
) -> bytes:
    """``moof`` and the header of ``mdat``; the samples' bytes follow it.

    ``time`` is the decode time of the first sample in ticks. ``syncs`` None means
    that every sample is a sync sample. The sequence number ascends over the video
    and audio fragments of a film when they alternate.
    """
    flags = 0x000201  # data offset, sizes
    columns: list[Sequence[int]] = [sizes]
    tfhd_flags, tfhd = 0x020000, struct.pack(">I", track_id)
    if min(durations) == max(durations):
        tfhd_flags |= 0x08
        tfhd += struct.pack(">I", durations[0])
    else:
        flags |= 0x100
        columns.insert(0, durations)
    first_flags = b""
    tfhd_flags |= 0x20
    if syncs is None:
        tfhd += struct.pack(">I", SYNC)
    elif not any(syncs[1:]):
        tfhd += struct.pack(">I", NO_SYNC)
        flags |= 0x4
        first_flags = struct.pack(">I", SYNC if syncs[0] else NO_SYNC)
    else:
        tfhd += struct.pack(">I", NO_SYNC)
        flags |= 0x400
        columns.append([SYNC if is_sync else NO_SYNC for is_sync in syncs])
    if compositions is not None and any(compositions):
        flags |= 0x800
        columns.append([offset & 0xFFFFFFFF for offset in compositions])
    rows = tuple(chain.from_iterable(zip(*columns, strict=True)))
    table = first_flags + struct.pack(f">{len(rows)}I", *rows)
    before = (
        make_full_box(b"tfhd", 0, tfhd_flags, tfhd),
        make_full_box(b"tfdt", 1, 0, struct.pack(">Q", time)),
    )
    mfhd = make_full_box(b"mfhd", 0, 0, struct.pack(">I", 2 * number + track_id))
    size = 8 + len(mfhd) + 8 + sum(map(len, before)) + 20 + len(table)
    trun = make_full_box(
        b"trun", 1, flags, struct.pack(">2I", len(sizes), size + 8), table
    )
    moof = make_box(b"moof", mfhd, make_box(b"traf", *before, trun))
    total = sum(sizes) + 8
    if total >= 1 << 32:
        raise BoxError(f"a segment of {total} bytes is too large")
    return moof + struct.pack(">I4s", total, b"mdat")


@dataclass(slots=True)
class _Defaults:
    duration: int
    size: int
    flags: int
    base: int


def read_fragment(data: Bytes, moof: Box, header: Header) -> list[Sample]:
    """List the samples of a ``moof``; their offsets count from where ``data`` begins.

    Only the first track fragment is read. Raises BoxError.
    """
    traf = need(data, moof, b"traf")
    defaults = _read_tfhd(data, need(data, traf, b"tfhd"), moof, header)
    tfdt = need(data, traf, b"tfdt")
    is_long = unpack(">B", data, tfdt)[0] == 1
    time = unpack(">Q" if is_long else ">I", data, tfdt, 4)[0]
    samples: list[Sample] = []
    offset = defaults.base
    for box in children(data, traf.body, traf.end):
        if box.kind == b"trun":
            run, time, offset = _read_trun(data, box, defaults, time, offset)
            samples += run
    return samples


def _read_tfhd(data: Bytes, tfhd: Box, moof: Box, header: Header) -> _Defaults:
    flags = unpack(">I", data, tfhd)[0] & 0xFFFFFF
    defaults = _Defaults(
        header.trex_duration, header.trex_size, header.trex_flags, moof.start
    )
    at = 8
    if flags & 0x1:
        defaults.base = unpack(">Q", data, tfhd, at)[0]
        at += 8
    at += 4 if flags & 0x2 else 0
    for bit, name in ((0x8, "duration"), (0x10, "size"), (0x20, "flags")):
        if flags & bit:
            setattr(defaults, name, unpack(">I", data, tfhd, at)[0])
            at += 4
    return defaults


def _read_trun(
    data: Bytes, trun: Box, defaults: _Defaults, time: int, offset: int
) -> tuple[list[Sample], int, int]:
    word, count = unpack(">2I", data, trun)
    version, flags, at = word >> 24, word & 0xFFFFFF, 8
    if flags & 0x1:
        offset = defaults.base + unpack(">i", data, trun, at)[0]
        at += 4
    first_flags = defaults.flags
    if flags & 0x4:
        first_flags = unpack(">I", data, trun, at)[0]
        at += 4
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    if count * 4 * len(fields) > trun.end - trun.body - at:
        raise BoxError(f"trun of {count} samples in {trun.end - trun.start} bytes")
    if not fields and count > 1 << 20:
        raise BoxError(f"trun of {count} samples")
    numbers = unpack(f">{count * len(fields)}I", data, trun, at)
    samples = []
    for i in range(count):
        row = dict(
            zip(fields, numbers[i * len(fields) : (i + 1) * len(fields)], strict=True)
        )
        duration = row.get(0x100, defaults.duration)
        size = row.get(0x200, defaults.size)
        sample_flags = row.get(0x400, defaults.flags if i else first_flags)
        composition = row.get(0x800, 0)
        if version and composition >= 1 << 31:
            composition -= 1 << 32
        is_sync = not sample_flags & _NO_SYNC_BIT
        samples.append(Sample(offset, size, time, duration, composition, is_sync))
        time += duration
        offset += size
    return samples, time, offset
