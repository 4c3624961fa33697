"""Decode a few pictures: do they come at all, how are they turned, are they fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import av
from av.container import InputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideo

_MOST_PACKETS: Final = 200  # of the stream, for one picture
_FIELD_FRAMES: Final = 10
_FIELD_HEIGHTS: Final = frozenset({480, 486, 512, 576, 608, 1080, 1088})


@dataclass(slots=True)
class Samples:
    first: VideoFrame | None = None
    sizes: set[tuple[int, int, str]] = field(default_factory=set)
    decoded: int = 0
    errors: int = 0
    is_interlaced: bool = False

    def note(self, frame: VideoFrame) -> None:
        self.first = self.first or frame
        self.decoded += 1
        self.errors += frame.is_corrupt
        self.sizes.add((frame.width, frame.height, frame.format.name))


def take(
    container: InputContainer,
    stream: AvVideo,
    places: list[int],
    *,
    is_field_rate: bool,
) -> Samples:
    """Decode one picture at each of ``places`` (ticks), more where fields may be."""
    samples = Samples()
    for number, place in enumerate(places):
        suspect = samples.first is not None and (
            samples.first.interlaced_frame
            or (is_field_rate and stream.codec_context.height in _FIELD_HEIGHTS)
        )
        wanted = _FIELD_FRAMES if suspect and number == 1 else 1
        frames = []
        for frame in _decode(container, stream, place, samples):
            samples.note(frame)
            frames.append(frame)
            if len(frames) >= wanted:
                break
        if wanted > 1:
            samples.is_interlaced = _has_fields(frames)
    if len(places) == 1 and samples.first is not None:
        samples.is_interlaced = samples.first.interlaced_frame
    return samples


def _decode(
    container: InputContainer, stream: AvVideo, place: int, samples: Samples
) -> Iterator[VideoFrame]:
    try:
        container.seek(place, stream=stream, backward=True)
    except (av.FFmpegError, OSError):
        return  # raw streams cannot seek; what comes first was seen
    stream.codec_context.flush_buffers()
    seen = 0
    packets = container.demux(stream)
    while seen < _MOST_PACKETS:
        try:
            packet = next(packets)
            seen += 1
            yield from packet.decode()
        except StopIteration:
            return
        except av.EOFError:
            return
        except (av.FFmpegError, ValueError):
            samples.errors += 1
            seen += 5
            packets = container.demux(stream)


def _has_fields(frames: list[VideoFrame]) -> bool:
    """Measured by FFmpeg's idet; the header is believed only when nothing moves."""
    if not frames:
        return False
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
    numbers = {
        kind: float(counts.get(f"lavfi.idet.multiple.{kind}", "0"))
        for kind in ("tff", "bff", "progressive")
    }
    fields = max(numbers["tff"], numbers["bff"])
    if not fields and not numbers["progressive"]:
        return frames[0].interlaced_frame
    return fields > numbers["progressive"]


def _pull(graph: Graph) -> VideoFrame:
    frame = graph.pull()
    if not isinstance(frame, VideoFrame):
        raise TypeError("not a picture")
    return frame
