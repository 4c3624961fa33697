"""The sound of a film, packet by packet, into CMAF segments without re-encoding."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from av import AudioStream, Packet

from lucarne_engine.package.audio import Frame, write_audio_segment
from lucarne_engine.package.boxes import BoxError
from lucarne_engine.package.fragment import audio_cuts
from lucarne_engine.package.index import Segment
from lucarne_engine.package.movie import TrackFormat, aac_format, write_init
from lucarne_engine.package.nal import read_adts

FRAME: Final = 1024  # samples of an AAC-LC frame
MAX_PRIMING: Final = 4 * FRAME
# Raw AAC-LC frames of silence (ISO/IEC 14496-3 clause 4.4.2): they fill gaps.
SILENCE: Final = {
    1: bytes.fromhex("00c800802380"),
    2: bytes.fromhex("210049900219002380"),
}


class AudioCopy:
    """Take the packets of one AAC-LC stream, write segments near the boundaries.

    Frames follow each other without a gap, 1024 samples each: holes in the source
    are filled with silence, frames that overlap are left out. What lies before the
    film's zero is priming, cut by an edit list.
    """

    def __init__(
        self, stream: AudioStream, *, out: Path, boundaries: list[Fraction]
    ) -> None:
        """``boundaries``: of the video segments, seconds, with both ends."""
        if stream.time_base is None:
            raise BoxError("no time base")
        self.rate = stream.codec_context.sample_rate
        self._channels = stream.codec_context.channels
        self._base = stream.time_base
        # (factor, zero, divisor): a frame's sample from its time stamp, in integers,
        # because thousands of frames pass here; known with the film's zero.
        self._clock = (0, 0, 1)
        self._config = stream.codec_context.extradata or b""
        self._adts = 0  # bytes of ADTS header in front of each frame
        self._boundaries = boundaries
        self._out = out
        self._early: list[Packet[AudioStream]] = []  # before the film's zero is known
        self._zero: Fraction | None = None
        self._position = 0  # samples written or waiting, with priming
        self._cuts: list[int] = []
        self._frames: list[Frame] = []
        self.format: TrackFormat | None = None  # None until the first frame
        self.priming = 0
        self.segments: list[Segment] = []

    def begin(self, zero: Fraction) -> None:
        """Tell when the film begins, in seconds of the source's own clock."""
        self._zero = zero
        scale, zero_samples = self._base * self.rate, zero * self.rate
        divisor = scale.denominator * zero_samples.denominator
        self._clock = (int(scale * divisor), int(zero_samples * divisor), divisor)
        early, self._early = self._early, []
        for packet in early:
            self.take(packet)

    def take(self, packet: Packet[AudioStream]) -> None:
        if self._zero is None:
            self._early.append(packet)
            return
        if packet.pts is None:
            raise BoxError("a sound frame without a time")
        factor, zero, divisor = self._clock
        at = (2 * (packet.pts * factor - zero) + divisor) // (2 * divisor)
        if self.format is None:
            if at < -MAX_PRIMING:
                return
            self._start(at, bytes(packet))
        at += self.priming
        if self._position - at >= FRAME:
            return  # said twice
        if at - self._position >= FRAME:
            self._fill(at)
        self._add(bytes(packet)[self._adts :])

    def _start(self, at: int, frame: bytes) -> None:
        """Make the header when the first frame, at sample ``at``, is here."""
        config = self._config
        if not config:
            config, self._adts = read_adts(frame)
        if len(config) < 2 or config[1] & 4:
            raise BoxError("sound frames that are not 1024 samples long")
        # Late sound begins with silence, all of it heard but what stands before zero.
        self.priming = -at if at < 0 else -at % FRAME
        self._cuts = audio_cuts(
            self._boundaries, timescale=self.rate, priming=self.priming
        )
        self.format = aac_format(
            channels=self._channels, sample_rate_hz=self.rate, config=config
        )

    def _fill(self, until: int) -> None:
        while until - self._position >= FRAME:
            self._add(SILENCE[self._channels])

    def _add(self, coded: bytes) -> None:
        if self._cuts and self._position >= self._cuts[0]:
            self._write()
            while self._cuts and self._cuts[0] <= self._position:
                self._cuts.pop(0)
        self._frames.append((self._position, FRAME, coded))
        self._position += FRAME

    def finish(
        self, duration: Fraction, language: str, *, is_all: bool = True
    ) -> TrackFormat:
        """Write the last segment and the init segment.

        Sound that ends before the film (``duration``, seconds) ends in silence;
        ``is_all`` is False when only the segments so far are wanted.
        """
        if self.format is None:
            raise BoxError("no sound")
        end = round(duration * self.rate)
        if is_all:
            self._fill(end + self.priming)
            self._write()
        init = write_init(
            self.format,
            timescale=self.rate,
            duration=end,
            media_time=self.priming,
            language=language,
        )
        (self._out / "init.mp4").write_bytes(init)
        return self.format

    def _write(self) -> None:
        if not self._frames:
            return
        number = len(self.segments)
        file = self._out / f"{number}.m4s"
        segment = write_audio_segment(
            file, self._frames, number=number, priming=self.priming
        )
        self.segments.append(segment)
        self._frames = []
