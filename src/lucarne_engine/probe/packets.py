"""Read every packet once: sizes, times, keys; decode a little sound on the way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final

import av
from av.audio.stream import AudioStream as AvAudio
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream as AvVideo

from lucarne_engine.errors import SourceError
from lucarne_engine.probe.samples import Samples
from lucarne_engine.probe.timing import PacketLog

_MOST_ERRORS: Final = 50
_RAW_RATE: Final = Fraction(25)
_REPEATING: Final = frozenset({"theora", "vp8"})  # an empty packet: nothing moves
_TRIES: Final = 12  # packets of a track in which sound must come
# Packets of a film that are read at most until pictures and sounds have come.
_MOST_OPENING: Final = 5000


class PacketReader:
    """One pass over the film; afterwards ``logs`` holds each track's packets."""

    def __init__(
        self,
        container: InputContainer,
        video: AvVideo | None,
        audio: list[AvAudio],
        *,
        most_pictures: int,
    ) -> None:
        self.container = container
        self.video = video
        self.audio = audio
        self.video_index = -1 if video is None else video.index
        self.streams: list[AvVideo | AvAudio] = [*([video] if video else []), *audio]
        self.logs = {
            s.index: PacketLog(time_base=s.time_base or Fraction(1, 1000))
            for s in self.streams
        }
        self.most_pictures = most_pictures
        self.samples = Samples(video)
        self.errors = 0
        self.is_cut = False
        self.looked_to = 0  # where the last packet ends that is decoded here
        self._repeating = {
            s.index
            for s in self.streams
            if s.codec_context.codec.canonical_name in _REPEATING
        }
        self._tries = dict.fromkeys((track.index for track in audio), _TRIES)
        self._audible: set[int] = set()

    def read_opening(self) -> None:
        """Read no farther than pictures and sounds are decoded."""
        for number, packet in enumerate(self.container.demux(self.streams)):
            if number > _MOST_OPENING or not (
                self.samples.is_looking or any(map(self._is_listening, self._tries))
            ):
                return
            if packet.size or packet.pts is not None:
                self._note(packet)
        self._flush()

    def take_over(self, other: PacketReader) -> bool:
        """Take what another reader of the same film found, for it has read all of it.

        False when it has read other tracks.
        """
        clocks = {index: log.time_base for index, log in self.logs.items()}
        if clocks != {index: log.time_base for index, log in other.logs.items()}:
            return False
        self.logs, self._audible = other.logs, other._audible
        self.errors, self.is_cut = other.errors, other.is_cut
        self.looked_to = other.looked_to
        return True

    def read_all(self) -> None:
        """Raises ``SourceError("too_long")`` beyond ``most_pictures``."""
        while self.errors < _MOST_ERRORS:
            try:
                for packet in self.container.demux(self.streams):
                    if packet.size or packet.pts is not None:
                        self._note(packet)
            except av.EOFError:
                self.is_cut = True
            except (av.FFmpegError, OSError, ValueError):
                self.errors += 1
                continue
            break
        self._flush()

    def _flush(self) -> None:
        self.samples.flush()
        for track in self.streams:
            if track.index != self.video_index:
                self._listen(track.index, track.codec_context.decode)

    def _note(self, packet: Packet[Any]) -> None:
        index = packet.stream_index
        log = self.logs[index]
        beside = {data.data_type for data in packet.iter_sidedata()}
        if "encryption_info" in beside:
            log.is_encrypted = True
        if packet.is_corrupt or not packet.size:
            self._note_lost(packet, log)
            return
        is_video = index == self.video_index
        self._note_look(packet)
        if packet.is_discard:
            # Hidden by an edit list: not part of the film, but decoding needs it.
            if is_video:
                log.is_complete = False
                self.samples.feed(packet)
            return
        time = self._time(packet, log)
        if time is None:
            log.is_complete = False
            return
        if "matroska_block_additional" in beside and not log.pts:
            log.has_alpha = True
        elif "new_extradata" in beside and log.pts:
            log.changes = True
        _add(packet, time, log)
        if not is_video:
            self._listen(index, packet.decode)
            return
        self.samples.feed(packet)
        if len(log.pts) > self.most_pictures:
            raise SourceError("too_long", f"more than {self.most_pictures} pictures")

    def _note_look(self, packet: Packet[Any]) -> None:
        index = packet.stream_index
        is_video = index == self.video_index
        if self.samples.is_looking if is_video else self._is_listening(index):
            self.looked_to = max(self.looked_to, (packet.pos or 0) + packet.size)

    def _note_lost(self, packet: Packet[Any], log: PacketLog) -> None:
        log.is_complete = False
        self.is_cut = self.is_cut or packet.is_corrupt
        is_repeat = not packet.size and packet.stream_index in self._repeating
        if is_repeat and packet.pts is not None:
            log.repeats.append(packet.pts)

    def _time(self, packet: Packet[Any], log: PacketLog) -> int | None:
        """The time of presentation; raw streams have none, they are counted."""
        if packet.pts is not None:
            return packet.pts
        log.is_complete = False
        if packet.dts is not None:
            return packet.dts
        is_raw = len(log.pts) == log.counted and packet.stream_index == self.video_index
        if not is_raw:
            return None
        log.counted += 1
        rate = getattr(packet.stream, "guessed_rate", None) or _RAW_RATE
        return int((log.counted - 1) / (rate * log.time_base))

    def _listen(self, index: int, decode: Callable[[], list[Any]]) -> None:
        if not self._is_listening(index):
            return
        self._tries[index] -= 1
        with suppress(av.FFmpegError, ValueError):
            if decode():
                self._audible.add(index)

    def _is_listening(self, index: int) -> bool:
        return index not in self._audible and self._tries[index] > 0

    def is_audible(self, track: AvAudio) -> bool:
        return track.index in self._audible

    def audible_start(self, track: AvAudio) -> int:
        """The first tick that is heard: encoder priming before it is not."""
        first = self.logs[track.index].first
        told = track.start_time
        most = first + int(Fraction(1, 4) / self.logs[track.index].time_base)
        return told if told is not None and first <= told <= most else first


def _add(packet: Packet[Any], time: int, log: PacketLog) -> None:
    if packet.is_keyframe:
        log.keys.append(len(log.pts))
    log.pts.append(time)
    log.durations.append(packet.duration or 0)
    log.size_bytes += packet.size
    log.sizes.append(packet.size)
    log.places.append(-1 if packet.pos is None else packet.pos)
