"""The sandboxed half of ``film``: decodes text tracks with PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import av
from av.container import InputContainer
from av.packet import Packet

from lucarne_engine.captions.dialogue import Event, cues_of
from lucarne_engine.captions.model import MOST_BYTES, MOST_CUES
from lucarne_engine.captions.reader import plain_cue
from lucarne_engine.errors import EncoderError

_MOST_EVENTS: Final = 2 * MOST_CUES


def read_texts(request: dict[str, Any]) -> dict[str, Any]:
    """Return the cues of each track that is asked for. Raises EncoderError."""
    try:
        with av.open(
            request["source"],
            format=request["format"],
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        ) as source:
            events = _read(source, request["indexes"], Fraction(request["zero"]))
    except (KeyError, IndexError, ValueError, av.FFmpegError) as error:
        raise EncoderError("encoder_failed", f"cannot read texts: {error}") from error
    duration_ms = request["duration_ms"]
    return {
        "texts": {
            index: [plain_cue(cue) for cue in cues_of(mine, duration_ms)]
            for index, mine in events.items()
        }
    }


def _read(
    source: InputContainer, indexes: list[int], zero: Fraction
) -> dict[int, list[Event]]:
    events: dict[int, list[Event]] = {index: [] for index in indexes}
    room = dict.fromkeys(indexes, MOST_BYTES)
    packets = source.demux([source.streams[index] for index in indexes])
    try:
        for packet in packets:
            if not packet.size or packet.pts is None:
                continue
            mine, index = events[packet.stream_index], packet.stream_index
            if len(mine) >= _MOST_EVENTS:
                continue
            lines = tuple(_lines(packet))
            room[index] -= sum(map(len, lines))
            if lines and room[index] > 0:
                mine.append(_event(packet, lines, zero))
    except av.FFmpegError:
        pass  # a file that is cut short: what came before is there
    return events


def _lines(packet: Packet[Any]) -> Iterator[str]:
    try:
        rects = packet.decode()
    except (av.FFmpegError, UnicodeDecodeError):
        return  # one damaged packet is no reason to lose the others
    for rect in rects:
        said = getattr(rect, "ass", b"")
        yield said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _event(packet: Packet[Any], lines: tuple[str, ...], zero: Fraction) -> Event:
    base = packet.time_base or Fraction(1, 1000)
    start = packet.pts * base - zero if packet.pts is not None else Fraction(0)
    duration = (packet.duration or 0) * base
    start_ms = round(start * 1000)
    end_ms = round((start + duration) * 1000) if duration > 0 else None
    return Event(start_ms=start_ms, end_ms=end_ms, lines=lines)
