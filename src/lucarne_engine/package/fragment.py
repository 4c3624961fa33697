"""From the fragmented MP4 that FFmpeg writes to our own CMAF segments.

FFmpeg writes one file per chunk and rung (``VIDEO_OUTPUT``) and one growing file
per audio track (``AUDIO_OUTPUT``); here they are taken apart into samples and
written again as ``init.mp4`` and one ``<number>.m4s`` per planned segment, with
decode times that continue over chunks, so no step ever joins chunks.

A picture's decode time is its place in decode order, its presentation time its
place in presentation order, both counted from the film's first picture: FFmpeg's
own clock does not matter. A segment's decode time (``tfdt``) is the presentation
time of its first picture.

The reordering delay is added to all composition offsets and cut again by an edit
list. Negative offsets without edit list (ISO/IEC 23000-19 clause 7.5.17) say the
same and play alike through Media Source Extensions, but FFmpeg's demuxer, so also
Chromium's for a plain ``<video src>``, then shows every picture late by the delay.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from lucarne_engine.errors import EncoderError
from lucarne_engine.package.boxes import BoxError, Bytes, children
from lucarne_engine.package.hdr import make_boxes
from lucarne_engine.package.index import Segment
from lucarne_engine.package.moof import Sample, read_fragment, write_fragment_head
from lucarne_engine.package.movie import (
    Header,
    TrackFormat,
    read_movie,
    with_colors,
    write_init,
)
from lucarne_engine.package.track import EncodedTrack

if TYPE_CHECKING:  # the sandboxed copy needs no plan, and imports little
    from lucarne_engine.plan.model import Plan

# What FFmpeg's command line must say of these outputs, after the encoder's options.
VIDEO_OUTPUT: Final = (
    "-f",
    "mp4",
    "-movflags",
    # delay nothing, one fragment per key frame, offsets count from each moof
    "+empty_moov+frag_keyframe+default_base_moof+negative_cts_offsets",
)
AUDIO_OUTPUT: Final = (
    "-f",
    "mp4",
    "-movflags",
    # delay_moov: the priming is then known and stands in the edit list
    "+empty_moov+delay_moov+default_base_moof",
    "-frag_duration",
    "1000000",  # microseconds: segments can be handed out while FFmpeg runs
    "-flush_packets",
    "1",
)

REORDER: Final = 2  # pictures; x264 with a pyramid of B-pictures needs no more

_Answer = TypeVar("_Answer")


def split_chunk(
    source: Path, *, plan: Plan, chunk: int, name: str, out: Path
) -> EncodedTrack:
    """Write the segments of one chunk of one rung into the folder ``out``.

    ``source`` is FFmpeg's finished file (``VIDEO_OUTPUT``). Raises EncoderError
    (``encoder_failed``) when it does not hold exactly the planned pictures or a
    planned segment does not begin with a closed key frame.
    """
    return blaming(source, lambda: _split_chunk(source, plan, chunk, name, out))


def _split_chunk(
    source: Path, plan: Plan, chunk: int, name: str, out: Path
) -> EncodedTrack:
    part = plan.chunks[chunk]
    data = _map(source)
    header, samples = _read_all(data)
    if len(samples) != part.frame_count:
        raise BoxError(f"{len(samples)} pictures where {part.frame_count} are planned")
    out.mkdir(parents=True, exist_ok=True)
    init = out / "init.mp4"
    ticks = plan.frame_count * plan.frame_ticks
    form = _as_planned(header.format, plan, name)
    init.write_bytes(
        write_init(
            form,
            timescale=plan.timescale,
            duration=ticks,
            media_time=REORDER * plan.frame_ticks,
        )
    )
    ranks = _presentation_ranks(samples)
    segments, files = [], []
    for number in range(part.first_segment, part.first_segment + part.segment_count):
        first, last = plan.boundaries[number], plan.boundaries[number + 1]
        low, high = first - part.first_frame, last - part.first_frame
        _check_closed(samples, ranks, low, high, number)
        file = out / f"{number}.m4s"
        segment = write_segment(
            file,
            data,
            samples[low:high],
            number=number,
            track_id=header.format.track_id,
            time=first * plan.frame_ticks,
            durations=[plan.frame_ticks] * (last - first),
            compositions=[
                (ranks[i] - i + REORDER) * plan.frame_ticks for i in range(low, high)
            ],
        )
        segments.append(segment)
        files.append(file)
    return EncodedTrack(
        name=name,
        codec=form.codec,
        timescale=plan.timescale,
        init=init,
        segments=tuple(segments),
        files=tuple(files),
    )


def _as_planned(form: TrackFormat, plan: Plan, name: str) -> TrackFormat:
    """Tell of HDR what the plan says, not what FFmpeg made of the source's first picture.

    The header is then the same for every chunk.
    """
    hdr = next((rung.hdr for rung in plan.rungs if rung.name == name), None)
    return form if hdr is None else with_colors(form, make_boxes(hdr))


def write_segment(
    file: Path,
    data: Bytes,
    samples: Sequence[Sample],
    *,
    number: int,
    track_id: int,
    time: int,
    durations: Sequence[int],
    compositions: Sequence[int] | None = None,
) -> Segment:
    """Write ``moof`` and ``mdat`` of ``samples``, whose bytes lie in ``data``.

    ``time`` is the first sample's decode time in ticks. Audio has no
    ``compositions``. The index entry begins at ``time``.
    """
    head = write_fragment_head(
        number=number,
        track_id=track_id,
        time=time,
        sizes=[sample.size for sample in samples],
        durations=durations,
        compositions=compositions,
        syncs=None if compositions is None else [one.is_sync for one in samples],
    )
    pieces: list[Bytes] = [head]
    with memoryview(data) as view:
        start, end = samples[0].offset, samples[0].offset
        for sample in samples:  # neighbors in the file are copied in one piece
            if sample.offset != end:
                pieces.append(bytes(view[start:end]))
                start = sample.offset
            end = sample.offset + sample.size
        pieces.append(bytes(view[start:end]))
    body = b"".join(pieces)
    file.write_bytes(body)
    return Segment(
        number=number,
        start=time,
        duration=sum(durations),
        size_bytes=len(body),
        iframe_bytes=0 if compositions is None else len(head) + samples[0].size,
    )


def _presentation_ranks(samples: Sequence[Sample]) -> list[int]:
    """Number samples (given in decode order) by their place in presentation order."""
    order = sorted(
        range(len(samples)), key=lambda i: samples[i].time + samples[i].composition
    )
    ranks = [0] * len(samples)
    for rank, i in enumerate(order):
        ranks[i] = rank
    return ranks


def _check_closed(
    samples: Sequence[Sample], ranks: Sequence[int], low: int, high: int, number: int
) -> None:
    if not samples[low].is_sync:
        raise BoxError(f"segment {number} does not begin with a key frame")
    if any(ranks[i] - i < -REORDER for i in range(low, high)):
        raise BoxError(f"segment {number} reorders more than {REORDER} pictures")
    if min(ranks[low:high]) != low or max(ranks[low:high]) != high - 1:
        raise BoxError(f"segment {number} shares pictures with its neighbor")


def _read_all(data: Bytes) -> tuple[Header, list[Sample]]:
    header: Header | None = None
    samples: list[Sample] = []
    for box in children(data, 0, len(data)):
        if box.kind == b"moov":
            header = read_movie(data, box)
        elif box.kind == b"moof":
            if header is None:
                raise BoxError("a fragment before the movie header")
            samples += read_fragment(data, box, header)
    if header is None:
        raise BoxError("no movie header")
    check_inside(samples, len(data))
    return header, samples


def check_inside(samples: Sequence[Sample], end: int) -> None:
    for sample in samples:
        if sample.offset < 0 or sample.offset + sample.size > end:
            raise BoxError(f"a sample of {sample.size} bytes at {sample.offset}")


def _map(source: Path) -> Bytes:
    with source.open("rb") as file:
        if not source.stat().st_size:
            return b""
        # A private map is cheap and keeps a 40 s chunk out of our own memory.
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def blaming(source: Path, act: Callable[[], _Answer]) -> _Answer:
    try:
        return act()
    except BoxError as error:
        raise EncoderError("encoder_failed", f"{source.name}: {error}") from error


def boundary_times(plan: Plan) -> tuple[Fraction, ...]:
    """When the planned segments begin, in seconds; the last one is the end."""
    return tuple(
        Fraction(frame * plan.frame_ticks, plan.timescale) for frame in plan.boundaries
    )


def audio_cuts(times: Sequence[Fraction], *, timescale: int, priming: int) -> list[int]:
    """Decode times (ticks) at or after which audio segments 1, 2 … begin.

    ``times`` are the boundaries of the video segments in seconds, both ends too.
    """
    return [-(-time * timescale // 1) + priming for time in times[1:-1]]
