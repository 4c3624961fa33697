"""The sandboxed half of :class:`lucarne_engine.follower.Follower`.

It looks into a film as ``probe.worker`` does, while the film arrives: the one pass over
all packets waits for bytes. When they are all here, the film is opened once more, as a
whole, and what else is to be known of it is found where it always is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import av
import av.logging

from lucarne_engine.errors import EncoderError, EngineError
from lucarne_engine.probe import codec, wholeness
from lucarne_engine.probe.growing import ENDLESS, GrowingFile
from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.probe.packets import PacketReader
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.probe.sniff import HEAD_BYTES, sniff
from lucarne_engine.probe.timing import PacketLog
from lucarne_engine.probe.wholeness import Wholeness
from lucarne_engine.probe.worker import Examination, open_film
from lucarne_engine.worker import ask_back

# Of an MP4 in fragments FFmpeg would go through all of them before it reads the first.
_UNINDEXED: Final = {"fflags": "ignidx"}
# Demuxers that see of a film's packets the same, whether they know its end or not.
_FROM_THE_FRONT: Final = frozenset({"mov", "matroska", *ENDLESS})


@dataclass(slots=True)
class Follow:
    """One film on its way: ``begin`` waits inside for the bytes, ``conclude`` ends it."""

    path: Path = field(default_factory=Path)
    limits: ProbeLimits = field(default_factory=ProbeLimits)
    index: bytes = b""
    index_offset: int = 0
    examination: Examination | None = None
    reader: PacketReader | None = None

    def begin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read packets until the film is over; on the way, say what is seen so far."""
        av.logging.set_level(None)
        self.path, self.limits = Path(request["path"]), ProbeLimits(**request["limits"])
        with self.path.open("rb") as head:
            demuxer = sniff(head.read(HEAD_BYTES))
        if demuxer not in _FROM_THE_FRONT:
            raise EncoderError("encoder_failed", f"{demuxer} is read from its end")
        if request["index"]:
            self.index = Path(request["index"]).read_bytes()
            self.index_offset = request["index_offset"]
        file = GrowingFile(
            self.path,
            demuxer=demuxer,
            size_bytes=request["size_bytes"],
            here=request["here"],
            wait=self._wait,
            index=self.index,
            index_offset=self.index_offset,
            is_indexed=request["is_indexed"],
        )
        try:
            is_open = demuxer == "mov" and not request["is_indexed"]
            container = open_film(file, demuxer, _UNINDEXED if is_open else {})
        except (av.FFmpegError, ValueError) as error:
            raise EncoderError("encoder_failed", f"not yet: {error}") from error
        self.examination = Examination(
            self.path,
            container,
            demuxer,
            Wholeness(is_cut=False),
            self.limits,
            is_arriving=True,
        )
        self.reader = self.examination.make_reader()
        file.is_opening = False
        self.reader.read_all()
        return {"is_over": True}

    def _wait(self) -> int:
        request = ask_back({"is_over": False})
        while request["reports"]:
            request = ask_back({"is_over": False, "prefix": self._prefix()})
        here: int = request["here"]
        return here

    def _prefix(self) -> dict[str, Any] | None:
        """Report on what was read so far, as if the film ended there."""
        if self.examination is None or self.reader is None:
            return None
        logs, index = self.reader.logs, self.reader.video_index
        if index not in logs or not logs[index].keys:
            return None
        self.reader.logs = {**logs, index: _whole_groups(logs[index])}
        try:
            report, layout = self.examination.conclude(self.reader, is_prefix=True)
        except (EngineError, ValueError):  # too little of it
            return None
        finally:
            self.reader.logs = logs
        report = _as_it_goes_on(report)
        return {"report": codec.to_plain(report), "layout": asdict(layout)}

    def conclude(self) -> dict[str, Any]:
        """Report on the whole film. Raises EncoderError when it is to be looked into anew."""
        if self.examination is None or self.reader is None:
            raise EncoderError("encoder_failed", "it was not followed")
        if self.reader.errors or self.reader.is_cut:
            raise EncoderError("encoder_failed", "not all of it could be read")
        if not self._was_its_index():
            raise EncoderError("encoder_failed", "it has another index than it was said")
        demuxer = self.examination.demuxer
        whole = wholeness.check(self.path, demuxer)
        with open_film(self.path, demuxer) as container:
            examination = Examination(
                self.path,
                container,
                demuxer,
                whole,
                self.limits,
                is_arriving=False,
            )
            reader = examination.make_reader()
            reader.read_opening()
            if not reader.take_over(self.reader):
                raise EncoderError("encoder_failed", "it has other tracks as a whole")
            report, layout = examination.conclude(reader)
        return {"report": codec.to_plain(report), "layout": asdict(layout)}

    def _was_its_index(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(self.index_offset)
            return file.read(len(self.index)) == self.index


def _whole_groups(log: PacketLog) -> PacketLog:
    """Leave out what comes from the last key frame on: pictures between may be missing."""
    end = log.keys[-1]
    return replace(
        log, pts=log.pts[:end], durations=log.durations[:end], keys=log.keys[:-1],
        places=log.places[:end], sizes=log.sizes[:end],
    )  # fmt: skip


def _as_it_goes_on(report: SourceReport) -> SourceReport:
    """Cut the frayed end of a beginning's sounds off.

    Sound comes a little before its pictures, or after them: it lasts as long as they do.
    """
    video = report.video
    if video is None:
        return report
    end = video.start + video.duration
    audio = (replace(track, duration=end - track.start) for track in report.audio)
    return replace(report, duration=end, audio=tuple(audio))
