"""Read every packet once: sizes, times, keys; decode a little sound on the way."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
from av.audio.stream import AudioStream as AvAudio
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream as AvVideo

from lucarne_engine.errors import SourceError
from lucarne_engine.probe.timing import PacketLog

_MOST_ERRORS: Final = 50
_TRIES: Final = 12  # packets of a track in which sound must come


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
        self.video_index = -1 if video is None else video.index
        self.streams: list[AvVideo | AvAudio] = [*([video] if video else []), *audio]
        self.logs = {
            s.index: PacketLog(time_base=s.time_base or Fraction(1, 1000))
            for s in self.streams
        }
        self.most_pictures = most_pictures
        self.errors = 0
        self.is_cut = False
        self._tries = dict.fromkeys((track.index for track in audio), _TRIES)
        self._audible: set[int] = set()

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
            return

    def _note(self, packet: Packet[Any]) -> None:
        index = packet.stream_index
        log = self.logs[index]
        if packet.has_sidedata("encryption_info"):
            log.is_encrypted = True
        time = packet.pts if packet.pts is not None else packet.dts
        if packet.is_corrupt or not packet.size or time is None:
            log.is_complete = False
            self.is_cut = self.is_cut or packet.is_corrupt
            return
        if packet.is_discard:
            # Priming of sound is known by `audible_start`; hidden pictures are not
            # part of the film, but decoding needs them: no copy.
            if index == self.video_index:
                log.is_complete = False
                return
        elif packet.pts is None or packet.dts is None:
            log.is_complete = False
        if log.pts and packet.has_sidedata("new_extradata"):
            log.changes = True
        if packet.is_keyframe:
            log.keys.append(len(log.pts))
        log.pts.append(time)
        log.dts.append(time if packet.dts is None else packet.dts)
        log.durations.append(packet.duration or 0)
        log.size_bytes += packet.size
        if index != self.video_index:
            self._listen(packet)
        elif len(log.pts) > self.most_pictures:
            raise SourceError("too_long", f"more than {self.most_pictures} pictures")

    def _listen(self, packet: Packet[Any]) -> None:
        index = packet.stream_index
        if index in self._audible or not self._tries[index]:
            return
        self._tries[index] -= 1
        try:
            if packet.decode():
                self._audible.add(index)
        except (av.FFmpegError, ValueError):
            return

    def is_audible(self, track: AvAudio) -> bool:
        return track.index in self._audible

    def audible_start(self, track: AvAudio) -> int:
        """The first tick that is heard: encoder priming before it is not."""
        first = self.logs[track.index].first
        told = track.start_time
        most = first + int(Fraction(1, 4) / self.logs[track.index].time_base)
        return told if told is not None and first <= told <= most else first
