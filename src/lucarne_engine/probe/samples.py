"""Decode a few pictures: do they come at all, how are they turned, are they fields."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final

import av
from av.container import InputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideo

from lucarne_engine.probe import timing

_MOST_PACKETS: Final = 120  # of the stream, for the pictures of one place
_FIELD_FRAMES: Final = 7
# Where fields are met that no flag announces: tapes digitized by older tools. Not
# asked of newer codecs: scrolling text looks like fields, and their flags are right.
_FIELD_HEIGHTS: Final = frozenset({480, 486, 512, 576, 608})
_FIELD_CODECS: Final = frozenset({"mpeg2video", "mpeg4", "mjpeg", "dvvideo", "prores"})
_FIELD_RATES: Final = (Fraction(49, 2), Fraction(61, 2))  # pictures per second


class Samples:
    """Pictures decoded at the beginning of the film, in its middle and near its end."""

    def __init__(self, stream: AvVideo | None) -> None:
        self.stream = stream
        self.opening: list[VideoFrame] = []
        self.sizes: set[tuple[int, int, str]] = set()
        self.errors = 0
        self._left = _MOST_PACKETS
        self._elsewhere: list[list[VideoFrame]] = []  # by place

    @property
    def first(self) -> VideoFrame | None:
        return next((frames[0] for frames in self._places() if frames), None)

    def _places(self) -> list[list[VideoFrame]]:
        return [self.opening, *self._elsewhere]

    @property
    def is_looking(self) -> bool:
        """Whether the next packet at the film's beginning will be decoded."""
        return self._left > 0

    # -- the beginning, fed by the one pass over the packets

    def feed(self, packet: Packet[Any]) -> None:
        """Decode the film's first packets until enough is seen."""
        if self.is_looking:
            self._left -= 1
            self._keep(packet.decode, self.opening)
            if len(self.opening) >= self._wanted(self.opening):
                self._left = 0  # all the film's other packets pass here too

    def flush(self) -> None:
        """At the end of a film shorter than the decoder's delay."""
        if self.stream is not None and not self.opening and self._left > 0:
            self._keep(self.stream.codec_context.decode, self.opening)

    def _wanted(self, frames: list[VideoFrame]) -> int:
        return _FIELD_FRAMES if frames and self._may_have_fields(frames[0]) else 1

    def _may_have_fields(self, frame: VideoFrame) -> bool:
        if self.stream is None:
            return False
        return frame.interlaced_frame or (
            self.stream.codec_context.codec.canonical_name in _FIELD_CODECS
            and frame.height in _FIELD_HEIGHTS
            and _FIELD_RATES[0] < (self.stream.guessed_rate or 25) < _FIELD_RATES[1]
        )

    def _keep(
        self, decode: Callable[[], list[VideoFrame]], to: list[VideoFrame]
    ) -> None:
        try:
            frames = decode()
        except (av.FFmpegError, ValueError):
            self.errors += 1
            return
        for frame in frames:
            self.errors += frame.is_corrupt
            self.sizes.add((frame.width, frame.height, frame.format.name))
        to += frames

    # -- elsewhere

    def look_at(self, container: InputContainer, place: int) -> None:
        """Decode a picture after the key frame at ``place``, ticks; more if there are fields.

        A file that cannot seek, or not to there, is no problem: it is read in order
        when it is encoded.
        """
        if self.stream is None:
            return
        with suppress(av.FFmpegError, OSError, StopIteration):
            container.seek(place, stream=self.stream, backward=True)
            self.stream.codec_context.flush_buffers()
            packets = container.demux(self.stream)
            seen: list[VideoFrame] = []
            self._elsewhere.append(seen)
            for _ in range(_MOST_PACKETS):
                self._keep(next(packets).decode, seen)
                if len(seen) >= self._wanted(seen):
                    break

    # -- what they say

    def is_interlaced(self) -> bool:
        """Ask all places together: a title may stand still, or be a film of its own."""
        places = [
            frames for frames in self._places()
            if frames and self._may_have_fields(frames[0])
        ]  # fmt: skip
        counts = [_count_fields(frames) for frames in places]
        fields, whole = (sum(each) for each in zip(*counts, strict=True)) if counts else (0, 0)
        if fields or whole:
            return fields >= whole  # where it is half of each, combs are worse
        # The header is believed only when nothing moves.
        return any(frames[0].interlaced_frame for frames in places)

    def interval(self) -> int:
        """The distance of two decoded pictures, ticks of the stream; 0 unknown."""
        times = [frame.pts for frame in self.opening if frame.pts is not None]
        return timing.typical_interval(times) if len(times) > 2 else 0


def _count_fields(frames: list[VideoFrame]) -> tuple[float, float]:
    """Measure by FFmpeg's idet how many pictures are fields, and how many are whole."""
    if len(frames) < 3:
        return 0.0, 0.0
    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frames[0].width,
            height=frames[0].height,
            format=frames[0].format,
            time_base=frames[0].time_base,
        ),
        graph.add("idet"),
        graph.add("buffersink"),
    ).configure()
    counts: dict[str, str] = {}
    with suppress(av.FFmpegError, TypeError):
        for frame in frames:
            graph.push(frame)
            with suppress(av.FFmpegError):
                counts = _pull(graph).metadata or counts
        graph.push(None)
        while True:
            counts = _pull(graph).metadata or counts
    tff, bff, whole = (
        float(counts.get(f"lavfi.idet.multiple.{kind}", "0"))
        for kind in ("tff", "bff", "progressive")
    )
    return max(tff, bff), whole


def _pull(graph: Graph) -> VideoFrame:
    frame = graph.pull()
    if not isinstance(frame, VideoFrame):
        raise TypeError("not a picture")
    return frame
