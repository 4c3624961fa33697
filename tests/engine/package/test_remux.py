from __future__ import annotations

import hashlib
import io
import threading
from array import array
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from lucarne_engine.errors import Cancelled, EncoderError
from lucarne_engine.package.remux import nearest_keyframes
from lucarne_engine.package.track import EncodedTrack
from lucarne_engine.plan.model import Plan
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import FilmReader, probe
from tests.engine.package.small_films import SOUND, ffmpeg, make_plan

COPIED = replace(SOUND, is_copy=True)
# 25 pictures a second; planned at 2, 4, 6.4 and 8 s, key frames at 2.4, 4.8, 7.2 s.
PLAN = replace(
    make_plan(
        frame_rate=Fraction(25),
        segments=(50, 50, 60, 40),
        chunk_segments=(1, 3),
        audio=(COPIED,),
    ),
    keeps_original=True,
)


def make_source(
    path: Path, *options: str, seconds: str = "8", delay: str = "0"
) -> tuple[Path, SourceReport]:
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={seconds}"),
        *("-itsoffset", delay, "-f", "lavfi"),
        *("-i", f"sine=f=500:r=48000:d={float(seconds) - float(delay)}"),
        *("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "60"),
        *("-c:a", "aac", "-ac", "2", *options, path),
    )
    return path, probe(path)


def _whole(track: EncodedTrack, files: Iterable[Path] | None = None) -> io.BytesIO:
    parts = [track.init, *(track.files if files is None else files)]
    return io.BytesIO(b"".join(part.read_bytes() for part in parts))


def _pictures(file: io.BytesIO | Path) -> list[tuple[Fraction, str]]:
    """(time, hash of the pixels) of every picture."""
    with av.open(file if isinstance(file, io.BytesIO) else str(file)) as container:
        return [
            (
                frame.pts * frame.time_base,
                hashlib.md5(bytes(frame.planes[0])).hexdigest(),
            )
            for frame in container.decode(video=0)
        ]


def _sound(file: io.BytesIO | Path) -> tuple[Fraction, bytes]:
    """(time of the first sample heard, the left channel)."""
    with av.open(file if isinstance(file, io.BytesIO) else str(file)) as container:
        frames = list(container.decode(audio=0))
    first = next(frame for frame in frames if frame.pts is not None)
    samples = b"".join(bytes(frame.planes[0])[: 4 * frame.samples] for frame in frames)
    return first.pts * first.time_base, samples


def _remux(source: Path, report: SourceReport, plan: Plan) -> list[EncodedTrack]:
    out = source.parent / plan.id
    out.mkdir(exist_ok=True)
    with FilmReader(source, out=out) as reader:
        return list(reader.remux(report, plan))


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts", "film.mov"])
def test_pictures_and_sound_stay_as_they_are(tmp_path: Path, name: str) -> None:
    source, report = make_source(tmp_path / name)
    video, audio = _remux(source, report, PLAN)
    assert (video.name, audio.name) == ("original", "aac-0")
    assert audio.codec == "mp4a.40.2"
    copied, own = _pictures(_whole(video)), _pictures(source)
    assert [pixels for _, pixels in copied] == [pixels for _, pixels in own]
    assert copied[0][0] == 0
    zero = own[0][0]
    assert report.video is not None
    for (time, _), (before, _) in zip(copied[1:], own[1:], strict=True):
        assert abs(time - (before - zero + report.video.start)) <= Fraction(1, 1000)
    _, left = _sound(_whole(audio))
    _, expected = _sound(source)
    whole = min(len(left), len(expected)) - 8192
    assert left[8192:whole] == expected[8192:whole] or expected[8192:whole] in left


def test_the_original_is_cut_at_the_key_frames_nearest_to_the_plan(
    tmp_path: Path,
) -> None:
    source, report = make_source(tmp_path / "film.mp4")
    video, audio = _remux(source, report, PLAN)
    starts = [Fraction(one.start, video.timescale) for one in video.segments]
    assert starts == [0, Fraction(12, 5), Fraction(24, 5), Fraction(36, 5)]
    for segment, file in zip(video.segments, video.files, strict=True):
        pictures = _pictures(_whole(video, [file]))
        assert pictures[0][0] == Fraction(segment.start, video.timescale)
        assert len(pictures) == 25 * segment.duration // video.timescale
        assert segment.size_bytes == file.stat().st_size
    heard = [Fraction(one.start, audio.timescale) for one in audio.segments]
    for start, planned in zip(heard, (0, 2, 4, Fraction(32, 5)), strict=True):
        assert 0 <= start - planned < Fraction(1024, 48_000)


def test_late_sound_stays_late_to_the_sample(tmp_path: Path) -> None:
    source, report = make_source(tmp_path / "film.mp4", delay="0.5")
    assert abs(report.audio[0].start - Fraction(1, 2)) <= Fraction(1024, 48_000)
    _, audio = _remux(source, report, PLAN)
    first, samples = _sound(_whole(audio))
    assert first == 0
    heard = next(i for i, value in enumerate(array("f", samples)) if abs(value) > 0.05)
    assert abs(heard - 24_000) < 64  # silence for half a second, then the tone


def test_sound_that_ends_early_ends_in_silence(tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8"),
        *("-f", "lavfi", "-i", "sine=f=500:r=48000:d=5", "-c:v", "libx264"),
        *("-preset", "veryfast", "-g", "60", "-c:a", "aac", "-ac", "1", source),
    )
    _, audio = _remux(source, probe(source), PLAN)
    last = audio.segments[-1]
    assert abs(Fraction(last.start + last.duration, 48_000) - 8) < Fraction(
        1024, 48_000
    )
    assert len(audio.segments) == 4


def test_only_the_sound_is_copied_when_the_picture_is_not(tmp_path: Path) -> None:
    source, report = make_source(tmp_path / "film.mp4")
    (audio,) = _remux(source, report, replace(PLAN, keeps_original=False))
    assert audio.name == "aac-0"
    assert _sound(_whole(audio))[0] == 0
    nothing = replace(PLAN, keeps_original=False, audio=(SOUND,))
    assert _remux(source, report, nothing) == []


def test_running_it_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    source, report = make_source(tmp_path / "film.mp4")
    first = {track.name: _whole(track).read() for track in _remux(source, report, PLAN)}
    again = {track.name: _whole(track).read() for track in _remux(source, report, PLAN)}
    assert first == again


def test_a_cut_that_leading_pictures_cross_is_refused(tmp_path: Path) -> None:
    # In MPEG-TS the intra pictures of open groups look like key frames.
    source, report = make_source(
        tmp_path / "film.ts", "-x264-params", "open-gop=1:keyint=50:scenecut=0"
    )
    assert report.video is not None
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        keys = [
            one.pts * one.time_base
            for one in container.demux(stream)
            if one.is_keyframe
        ]
    assert len(keys) > 2
    # A report that takes them for closed ones must not lead to broken segments.
    points = tuple(key - keys[0] + report.video.start for key in keys)
    lying = replace(report, video=replace(report.video, keyframes=points))
    with pytest.raises(EncoderError, match="shares pictures"):
        _remux(source, lying, PLAN)


def test_a_film_that_is_gone_is_an_error(tmp_path: Path) -> None:
    source, report = make_source(tmp_path / "film.mp4")
    source.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(EncoderError) as caught:
        _remux(source, report, PLAN)
    assert caught.value.code == "encoder_failed"


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    source, report = make_source(tmp_path / "film.mp4")
    cancel = threading.Event()
    with FilmReader(source, out=tmp_path, cancel=cancel) as reader:
        cancel.set()
        with pytest.raises(Cancelled):
            reader.remux(report, PLAN)


def test_one_reader_looks_and_copies_even_after_a_refusal(tmp_path: Path) -> None:
    source, report = make_source(tmp_path / "film.mp4")
    wrong = replace(report, format="matroska")
    with FilmReader(source, out=tmp_path) as reader:
        assert reader.probe() == report
        with pytest.raises(EncoderError):
            reader.remux(wrong, PLAN)
        assert [track.name for track in reader.remux(report, PLAN)] == [
            "original",
            "aac-0",
        ]


def test_two_boundaries_may_share_a_key_frame() -> None:
    keys = [Fraction(n) for n in (0, 10, 20)]
    bounds = [Fraction(n) for n in (0, 4, 8, 12, 16, 20, 22)]
    assert nearest_keyframes(keys, bounds) == [Fraction(10), Fraction(20)]
    assert nearest_keyframes(keys[:1], bounds) == []
