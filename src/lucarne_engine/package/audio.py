"""Audio segments from the file that FFmpeg is still writing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lucarne_engine.errors import EncoderError
from lucarne_engine.package.boxes import Box, Bytes, read_box
from lucarne_engine.package.fragment import (
    audio_cuts,
    blaming,
    boundary_times,
    check_inside,
)
from lucarne_engine.package.index import Segment
from lucarne_engine.package.moof import read_fragment, write_fragment_head
from lucarne_engine.package.movie import (
    AUDIO_TRACK_ID,
    Header,
    read_movie,
    write_init,
)
from lucarne_engine.package.track import EncodedTrack

if TYPE_CHECKING:  # the sandboxed copy needs no plan, and imports little
    from lucarne_engine.plan.model import AudioPlan, Plan

Frame = tuple[int, int, bytes]  # decode time and duration in ticks, coded bytes


def write_audio_segment(
    file: Path, frames: list[Frame], *, number: int, priming: int
) -> Segment:
    """Write the segment that holds ``frames``.

    ``priming`` ticks at the front of the track are cut by the edit list of its
    init segment, so they count neither in ``start`` nor in ``duration``.
    """
    time = frames[0][0]
    durations = [duration for _, duration, _ in frames]
    coded = [data for _, _, data in frames]
    head = write_fragment_head(
        number=number,
        track_id=AUDIO_TRACK_ID,
        time=time,
        sizes=list(map(len, coded)),
        durations=durations,
    )
    body = b"".join((head, *coded))
    file.write_bytes(body)
    start = max(0, time - priming)
    return Segment(
        number=number,
        start=start,
        duration=max(0, time + sum(durations) - priming - start),
        size_bytes=len(body),
    )


class AudioSplitter:
    """Cut the growing file of one audio track (``AUDIO_OUTPUT``) into segments.

    Audio segment ``k`` holds the AAC frames that begin in video segment ``k``
    (the first one also the priming), so both lists have the same times to within
    a frame. Call ``poll`` while FFmpeg writes and ``finish`` when it has ended
    well; each returns the new segments only.
    """

    def __init__(
        self, source: Path, *, plan: Plan, audio: AudioPlan, out: Path
    ) -> None:
        self._source = source
        self._plan = plan
        self._audio = audio
        self._out = out
        self._read_to = 0  # bytes of the file that are understood
        self._header: Header | None = None
        self._cuts: list[int] = []
        self._waiting: list[Frame] = []
        self._count = 0  # segments written

    def poll(self) -> EncodedTrack | None:
        """Write the segments that became whole since the last call, if any.

        Raises EncoderError when the file is no sound fragmented MP4.
        """
        run = blaming(self._source, lambda: self._advance(is_end=False))
        return run if run is not None and run.segments else None

    def finish(self) -> EncodedTrack:
        """Write the rest. Raises EncoderError when the file holds no sound."""
        run = blaming(self._source, lambda: self._advance(is_end=True))
        if run is None or not self._count:
            raise EncoderError("encoder_failed", f"{self._source.name}: no sound in it")
        return run

    def _advance(self, *, is_end: bool) -> EncodedTrack | None:
        if self._source.exists():
            self._read_new()
        if self._header is None:
            return None
        ready: list[list[Frame]] = []
        while self._cuts and self._waiting and self._waiting[-1][0] >= self._cuts[0]:
            cut = self._cuts.pop(0)
            here = [frame for frame in self._waiting if frame[0] < cut]
            self._waiting = self._waiting[len(here) :]
            ready += [here] if here else []
        if is_end and self._waiting:
            ready.append(self._waiting)
            self._waiting = []
        return self._write(self._header, ready)

    def _read_new(self) -> None:
        with self._source.open("rb") as file:
            file.seek(self._read_to)
            data = file.read()
        at = understood = 0
        moof: Box | None = None
        while (box := read_box(data, at, len(data))) is not None:
            at = box.end
            if box.kind == b"moof":
                moof = box  # read again next time if its mdat is not whole yet
                continue
            if box.kind == b"moov":
                self._begin(read_movie(data, box))
            elif box.kind == b"mdat" and moof is not None:
                self._take(data, moof, box.end)
            moof, understood = None, box.end
        self._read_to += understood

    def _begin(self, header: Header) -> None:
        self._header = header
        self._cuts = audio_cuts(
            boundary_times(self._plan),
            timescale=header.timescale,
            priming=header.media_time,
        )
        self._out.mkdir(parents=True, exist_ok=True)
        init = write_init(
            header.format,
            timescale=header.timescale,
            duration=round(self._plan.duration * header.timescale),
            media_time=header.media_time,
            language=self._audio.language,
        )
        (self._out / "init.mp4").write_bytes(init)

    def _take(self, data: Bytes, moof: Box, end: int) -> None:
        if self._header is None:
            return  # a fragment before the movie header says nothing
        samples = read_fragment(data, moof, self._header)
        check_inside(samples, end)
        self._waiting += [
            (one.time, one.duration, bytes(data[one.offset : one.offset + one.size]))
            for one in samples
        ]

    def _write(self, header: Header, runs: list[list[Frame]]) -> EncodedTrack:
        segments, files = [], []
        for frames in runs:
            file = self._out / f"{self._count}.m4s"
            segments.append(
                write_audio_segment(
                    file, frames, number=self._count, priming=header.media_time
                )
            )
            files.append(file)
            self._count += 1
        return EncodedTrack(
            name=self._audio.name,
            codec=header.format.codec,
            timescale=header.timescale,
            init=self._out / "init.mp4",
            segments=tuple(segments),
            files=tuple(files),
        )
