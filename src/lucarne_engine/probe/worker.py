"""The sandboxed half of the probe: the only place that opens a stranger's film.

Runs in the process of a ``FilmReader``; a request names the path and the limits,
the answer is a report in plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.logging
from av.audio.stream import AudioStream as AvAudio
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream as AvVideo

from lucarne_engine.errors import EncoderError, SourceError
from lucarne_engine.probe import codec, describe, extras, promise, wholeness
from lucarne_engine.probe.growing import GrowingFile
from lucarne_engine.probe.layout import Layout, digest_of, lay_out
from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.probe.packets import PacketReader
from lucarne_engine.probe.report import AudioStream, Problem, SourceReport, VideoStream
from lucarne_engine.probe.samples import Samples
from lucarne_engine.probe.sniff import HEAD_BYTES, sniff
from lucarne_engine.probe.timing import PacketLog
from lucarne_engine.probe.wholeness import Wholeness

_MOST_AUDIO_TRACKS: Final = 32
# A parser would ask the packets themselves whether they are key frames: of an MP4 that is
# still arriving, its index knows.
_UNREAD: Final = {"fflags": "noparse+nofillin"}
_LIE_S: Final = 1  # a header may be wrong by a second and by 2 %
_SLOWEST, _FASTEST = Fraction(1), Fraction(60)  # pictures a second that are planned
# So much of a film's end may be silent before anybody is told.
_SILENT_END_S: Final = 2
_SILENT_END_SHARE: Final = Fraction(1, 10)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    av.logging.set_level(None)
    path, limits = Path(request["path"]), ProbeLimits(**request["limits"])
    report, layout = examine(path, limits, is_arriving=request["is_arriving"])
    told = asdict(layout) if request["lays_out"] else None
    return {"report": codec.to_plain(report), "layout": told}


def examine(
    path: Path, limits: ProbeLimits, *, is_arriving: bool = False
) -> tuple[SourceReport, Layout]:
    """Read the whole film once, decode a few pictures of it, and report.

    Of one that is still arriving only the beginning is decoded.
    """
    with path.open("rb") as file:
        demuxer = sniff(file.read(HEAD_BYTES))
    whole = wholeness.check(path, demuxer)
    is_unread = is_arriving and demuxer != "matroska"
    try:
        container = open_film(path, demuxer, _UNREAD if is_unread else {})
    except (av.FFmpegError, ValueError) as error:
        raise _cannot_open(whole, error) from error
    with container:
        return Examination(path, container, demuxer, whole, limits, is_arriving).report()


def open_film(
    film: Path | GrowingFile, demuxer: str, options: Mapping[str, str] = {}
) -> InputContainer:
    """Open a film by the demuxer that its first bytes name. Raises as PyAV does."""
    try:
        return av.open(
            str(film) if isinstance(film, Path) else film,
            mode="r",
            format=demuxer,
            options={"protocol_whitelist": "file", **options},
            # a title in another encoding than UTF-8 is no reason to refuse a film
            metadata_errors="replace",
        )
    except MemoryError:
        raise EncoderError("out_of_memory", "opening the film") from None


def _cannot_open(whole: Wholeness, error: Exception) -> SourceError:
    is_cut = whole.is_cut and not whole.has_header
    return SourceError("truncated" if is_cut else "not_media", str(error))


@dataclass(slots=True)
class Examination:
    path: Path
    container: InputContainer
    demuxer: str
    whole: Wholeness
    limits: ProbeLimits
    is_arriving: bool

    def report(self) -> tuple[SourceReport, Layout]:
        reader = self.make_reader()
        reader.read_all()
        return self.conclude(reader)

    def make_reader(self) -> PacketReader:
        """Choose what of the film is looked at. Raises SourceError: there is nothing."""
        video, audio = self._choose()
        if video is None and not audio:
            raise self._no_sound(audio)
        return PacketReader(
            self.container, video, audio, most_pictures=self.limits.max_decoded_frames
        )

    def conclude(
        self, reader: PacketReader, *, is_prefix: bool = False
    ) -> tuple[SourceReport, Layout]:
        """Report on what was read; ``is_prefix``: more is to come, nothing is promised."""
        video, audio = reader.video, reader.audio
        if any(log.is_encrypted for log in reader.logs.values()):
            raise SourceError("encrypted")
        if video is not None and not reader.logs[video.index].pts:
            raise self._no_packets(video)
        sounds = [track for track in audio if reader.is_audible(track)]
        if video is None and not sounds:
            raise self._no_sound(audio)
        headers = [s.codec_context.extradata or b"" for s in reader.streams]
        digest = "" if is_prefix else self._read_cues(reader, headers)
        report = self._assemble(reader, video, sounds)
        return report, lay_out(
            reader.logs,
            reader.video_index,
            zero=report.clock_zero,
            looked_to=reader.looked_to,
            digest=digest or digest_of(reader.logs, headers),
            is_prefix=is_prefix,
        )

    def _read_cues(self, reader: PacketReader, headers: Sequence[bytes]) -> str:
        """Read what Matroska says of itself; put what it promises in the place of a hole.

        Returns the digest of that, "" where there is nothing of the kind.
        """
        if self.demuxer != "matroska" or reader.video_index not in reader.logs:
            return ""
        cues = promise.cues_of(self.path)
        digest = promise.digest(cues, reader.logs, headers) if cues else ""
        if self.is_arriving:
            promise.complete(
                reader.logs,
                reader.video_index,
                cues,
                size_bytes=self.path.stat().st_size,
                most=self.limits.max_decoded_frames,
            )
        return digest

    # -- what to look at

    def _choose(self) -> tuple[AvVideo | None, list[AvAudio]]:
        videos = [s for s in self.container.streams.video if _is_film(s)]
        audio = list(self.container.streams.audio)[:_MOST_AUDIO_TRACKS]
        if not videos and not audio:
            is_cut = self.whole.is_cut
            raise SourceError("truncated" if is_cut else "no_tracks")
        playable = [s for s in videos if _has_decoder(s)]
        if videos and not playable:
            raise SourceError("unsupported_codec", "no decoder for the video")
        best = max(playable, key=_importance, default=None)
        if best is not None:
            self._check_size(best.codec_context.width, best.codec_context.height)
        return best, [s for s in audio if _has_decoder(s)]

    def _check_size(self, width: int, height: int) -> None:
        if max(width, height) > self.limits.max_dimension or (
            width * height > self.limits.max_pixels
        ):
            raise SourceError("absurd_dimensions", f"{width}x{height}")

    def _check_length(self, duration: Fraction, picture: VideoStream | None) -> None:
        """A plan has a picture for each moment of the film, also where none came."""
        rate = min(max(picture.frame_rate, _SLOWEST), _FASTEST) if picture else _SLOWEST
        if duration * rate > self.limits.max_decoded_frames:
            raise SourceError("too_long", f"{float(duration):.0f} s by its time stamps")

    # -- refusals

    def _no_packets(self, video: AvVideo) -> SourceError:
        promised = self.whole.is_cut or video.frames > 0
        code = "truncated" if promised else "undecodable"
        return SourceError(code, "not one picture is in the file")

    def _no_sound(self, audio: list[AvAudio]) -> SourceError:
        if not audio:
            return SourceError("unsupported_codec", "no decoder for the sound")
        return SourceError("truncated" if self.whole.is_cut else "undecodable")

    # -- putting together

    def _assemble(
        self, reader: PacketReader, video: AvVideo | None, sounds: list[AvAudio]
    ) -> SourceReport:
        logs = reader.logs
        starts = {track.index: reader.audible_start(track) for track in sounds}
        firsts = [starts[t.index] * logs[t.index].time_base for t in sounds]
        if video is not None:
            firsts.append(logs[video.index].first * logs[video.index].time_base)
        zero = min(firsts)
        problems = self._sound_problems(sounds)
        picture = None
        if video is not None:
            taken = self._sample(reader, logs[video.index])
            problems += _picture_problems(taken)
            picture = describe.video(video, logs[video.index], taken, zero)
        tracks = tuple(
            describe.audio(t, logs[t.index], starts[t.index], zero) for t in sounds
        )
        ends = [track.start + track.duration for track in tracks]
        if picture is not None:
            ends.append(picture.start + picture.duration)
        duration = max(ends)
        self._check_length(duration, picture)
        declared = Fraction(self.container.duration or 0, av.time_base)
        problems += self._length_problems(reader, duration, declared)
        problems += _sound_length_problems(picture, tracks)
        return _without_copies_if_cut(
            SourceReport(
                format=self.demuxer,
                size_bytes=self.path.stat().st_size,
                duration=duration,
                declared_duration=declared,
                video=picture,
                audio=tracks,
                texts=extras.read_texts(self.container),
                chapters=extras.read_chapters(
                    self.container, zero=zero, duration=duration
                ),
                covers=extras.read_covers(self.container),
                problems=tuple(problems),
                clock_zero=zero,
            )
        )

    def _sound_problems(self, sounds: list[AvAudio]) -> list[Problem]:
        lost = len(self.container.streams.audio) - len(sounds)
        if not lost:
            return []
        code = "some_audio_undecodable" if sounds else "no_audio_decodable"
        return [Problem(code=code, detail=f"{lost} tracks")]

    def _sample(self, reader: PacketReader, log: PacketLog) -> Samples:
        """Look at two more places; refuse a film of which nothing can be decoded."""
        taken = reader.samples
        keys = [log.pts[key] for key in log.keys] or [log.first]
        # raw streams cannot seek
        if not log.counted and not self.is_arriving:
            for place in sorted({keys[len(keys) // 2], keys[-1]} - {keys[0]}):
                taken.look_at(self.container, place)
        if taken.first is None:
            raise SourceError("undecodable", "not one picture can be decoded")
        for width, height, _ in taken.sizes:
            self._check_size(width, height)
        return taken

    def _length_problems(
        self, reader: PacketReader, duration: Fraction, declared: Fraction
    ) -> list[Problem]:
        missing = declared - duration
        words = f"{float(duration):.3f} s of {float(declared):.3f} s"
        is_cut = self.whole.is_cut or reader.is_cut
        if is_cut and missing > Fraction(1, 10):
            return [Problem(code="truncated", detail=words)]
        if declared and abs(missing) > max(Fraction(_LIE_S), declared / 50):
            return [Problem(code="duration_lies", detail=words)]
        return []


def _picture_problems(taken: Samples) -> list[Problem]:
    problems = []
    if taken.errors:
        problems.append(Problem(code="some_pictures_broken"))
    sizes = sorted({f"{width}x{height}" for width, height, _ in taken.sizes})
    if len(sizes) > 1:
        problems.append(Problem(code="size_changes", detail=", ".join(sizes)))
    return problems


def _sound_length_problems(
    picture: VideoStream | None, tracks: tuple[AudioStream, ...]
) -> list[Problem]:
    """Notice sound that is lost at the end; silent end credits are usual."""
    if picture is None or not tracks:
        return []
    seen = picture.start + picture.duration
    heard = max(track.start + track.duration for track in tracks)
    if seen - heard <= max(Fraction(_SILENT_END_S), seen * _SILENT_END_SHARE):
        return []
    return [
        Problem(code="audio_shorter", detail=f"{float(heard):.3f} s of {float(seen):.3f} s")
    ]


def _without_copies_if_cut(report: SourceReport) -> SourceReport:
    """A copy of a cut film would end in the middle of a picture or a sound."""
    if not any(problem.code == "truncated" for problem in report.problems):
        return report
    video = report.video and replace(report.video, can_copy=False)
    audio = tuple(replace(track, can_copy=False) for track in report.audio)
    return replace(report, video=video, audio=audio)


def _has_decoder(stream: AvVideo | AvAudio) -> bool:
    context: object = stream.codec_context  # None where PyAV knows no decoder
    return context is not None


def _is_film(stream: AvVideo) -> bool:
    return not stream.disposition & Disposition.attached_pic


def _importance(stream: AvVideo) -> tuple[bool, bool, int, int]:
    context = stream.codec_context
    return (
        bool(stream.disposition & Disposition.default),
        stream.frames != 1,  # a still beside a film is its cover
        context.width * context.height,
        -stream.index,
    )
