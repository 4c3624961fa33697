"""The picture of a film, packet by packet, into CMAF segments without re-encoding."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from pathlib import Path
from typing import Final

from av import Packet, VideoStream

from lucarne_engine.package.boxes import BoxError
from lucarne_engine.package.index import Segment
from lucarne_engine.package.moof import write_fragment_head
from lucarne_engine.package.movie import (
    VIDEO_TRACK_ID,
    TrackFormat,
    avc_format,
    write_init,
)
from lucarne_engine.package.nal import make_avcc, split_units, to_lengths

_LEAST_TIMESCALE: Final = 1000


class VideoCopy:
    """Take the packets of one H.264 stream in decode order, write segments.

    Presentation times are the film's. Decode times are the same times in ascending
    order: each segment's decode time is then the presentation time of its key frame,
    whatever jitter the source has. The reordering delay of the first segment is
    added to all offsets and cut again by the edit list (see ``fragment``); where a
    later segment needs more, offsets are negative.
    """

    def __init__(
        self, stream: VideoStream, *, out: Path, start: Fraction, cuts: list[Fraction]
    ) -> None:
        """``start``: film time of the first picture; ``cuts``: film times, seconds."""
        base = stream.time_base
        if base is None:
            raise BoxError("no time base")
        self.index = stream.index
        finer = ceil(_LEAST_TIMESCALE / base.denominator)
        self._unit = base.numerator * finer  # our ticks in one of the source's
        self.timescale = base.denominator * finer
        self._start = round(start * self.timescale)
        # Half a tick of doubt: the report may have rounded.
        self._cuts = [floor(cut * self.timescale - Fraction(1, 2)) for cut in cuts]
        self._out = out
        self._packets: list[Packet[VideoStream]] = []
        self._shift: int | None = None  # from the source's ticks to the film's
        self._next_cut = 0
        self._delay = 0  # ticks, of the first segment
        self.segments: list[Segment] = []
        extradata = stream.codec_context.extradata or b""
        self._sets: frozenset[bytes] | None = None
        if extradata[:1] != b"\1":
            units = split_units(extradata)
            self._sets, extradata = frozenset(units), make_avcc(units)
        self.format: TrackFormat = avc_format(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            avcc=extradata,
        )

    def take(self, packet: Packet[VideoStream]) -> None:
        """Take the next packet; writes a segment when it begins the next one."""
        if packet.is_keyframe and self._packets:
            time = self._time(packet)
            if self._next_cut < len(self._cuts) and time >= self._cuts[self._next_cut]:
                self._write(end=time)
        self._packets.append(packet)

    @property
    def zero(self) -> Fraction | None:
        """When the film begins, in seconds of the source's own clock, once known."""
        if self._shift is None and self._packets:
            self._time(self._packets[0])
        return None if self._shift is None else Fraction(-self._shift, self.timescale)

    def finish(self, duration: Fraction) -> None:
        """Write the last segment and the init segment; ``duration`` of the film, s."""
        if not self._packets:
            raise BoxError("no picture")
        last = max(self._packets, key=self._time)
        self._write(end=self._time(last) + max(1, (last.duration or 0) * self._unit))
        init = write_init(
            self.format,
            timescale=self.timescale,
            duration=round(duration * self.timescale),
            media_time=self._delay,
        )
        (self._out / "init.mp4").write_bytes(init)

    def _time(self, packet: Packet[VideoStream]) -> int:
        if packet.pts is None:
            raise BoxError("a picture without a time")
        if self._shift is None:  # the first packet of all: a closed key frame
            first = self._packets[0] if self._packets else packet
            self._shift = self._start - (first.pts or 0) * self._unit
        return packet.pts * self._unit + self._shift

    def _write(self, *, end: int) -> None:
        packets = self._packets
        times = [self._time(packet) for packet in packets]
        order = sorted(times)
        if order[0] != times[0] or order[-1] >= end:
            raise BoxError("a segment shares pictures with its neighbor")
        if not self.segments:  # the first picture also stands for the time before it
            times[0] = order[0] = 0
        durations = [after - before for before, after in pairwise((*order, end))]
        if min(durations) <= 0:
            raise BoxError("two pictures at the same time")
        if any(packet.is_discard for packet in packets):
            raise BoxError("an edit list hides some of its pictures")
        early = [time - at for time, at in zip(times, order, strict=True)]
        if not self.segments:
            self._delay = -min(early)
        compositions = [offset + self._delay for offset in early]
        self._put(order[0], durations, compositions)
        self._packets = []
        while self._next_cut < len(self._cuts) and self._cuts[self._next_cut] <= end:
            self._next_cut += 1

    def _put(self, start: int, durations: list[int], compositions: list[int]) -> None:
        bodies: Sequence[Packet[VideoStream] | bytes] = self._packets
        sets = self._sets
        if sets is not None:
            bodies = [to_lengths(bytes(packet), sets) for packet in self._packets]
        sizes = [len(body) if isinstance(body, bytes) else body.size for body in bodies]
        number = len(self.segments)
        head = write_fragment_head(
            number=number,
            track_id=VIDEO_TRACK_ID,
            time=start,
            sizes=sizes,
            durations=durations,
            compositions=compositions,
            syncs=[packet.is_keyframe for packet in self._packets],
        )
        body = b"".join((head, *bodies))
        (self._out / f"{number}.m4s").write_bytes(body)
        self.segments.append(
            Segment(
                number=number,
                start=start,
                duration=sum(durations),
                size_bytes=len(body),
                iframe_bytes=len(head) + sizes[0],
            )
        )
