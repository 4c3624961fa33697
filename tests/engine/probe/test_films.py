"""What the probe says of films whose every property the test knows."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from lucarne_engine import python_worker
from lucarne_engine.errors import SOURCE_CODES, Cancelled, SourceError
from lucarne_engine.probe import ProbeLimits, codec
from lucarne_engine.probe.report import SourceReport
from lucarne_engine.reader import probe
from tests.engine.encode.chunks import made
from tests.engine.films import BAD, GOOD, film
from tests.engine.probe.summary import of_report

EXPECTED = {
    "h264_aac": "mov h264 640x360 30 10.0s A",
    "h264_aac_30s": "mov h264 426x240 15 30.0s A",
    "h264_short": "mov h264 640x360 30 4.0s A",
    "h264_fragmented": "mov h264 640x360 30 10.1s A",
    "h264_mkv": "matroska h264 640x360 30 4.0s A",
    "h264_ts": "mpegts h264 640x360 30 4.0s A",
    "h264_raw": "h264 h264 640x360 30 4.0s",
    "h264_open_gop": "mov h264 320x180 30 6.0s",
    "late_audio": "mov h264 320x180 30 4.0s A",
    "sound_ends_early": "mov h264 320x180 30 5.0s A ! audio_shorter",
    "vp9_opus": "matroska vp9 320x180 30 5.0s A",
    "no_duration": "matroska vp9 320x180 30 5.0s A",
    "rotated": "mov h264 640x360 30 4.0s r90 A",
    "mirrored": "mov h264 640x360 30 4.0s m A",
    "nonsense_matrix": "mov h264 320x180 30 4.0s",
    "clean_aperture": "mov h264 640x360 30 2.0s",
    "hevc": "mov hevc 320x180 30 4.0s A",
    "hdr10": "mov hevc 320x180 30 2.0s",
    "hlg": "matroska hevc 320x180 30 2.0s",
    "hdr10_webm": "matroska vp9 320x180 30 2.0s",
    "extras_mp4": "mov h264 640x360 30 4.0s A",
    "extras_mkv": "matroska h264 640x360 30 4.0s A",
    "extras_webm": "matroska vp9 320x180 30 5.0s A",
    "av1": "mov av1 320x180 30 2.0s",
    "surround": "mov h264 320x180 30 5.0s A",
    "two_languages": "mov h264 320x180 30 4.0s AA",
    "video_only": "mov h264 320x180 30 4.0s",
    "audio_only": "mov 4.0s A",
    "wav": "wav 1.0s A",
    "interlaced": "mov mpeg2video 352x288 25 3.0s i",
    "interlaced_later": "mpegts mpeg2video 352x288 25 6.0s i",
    "falsely_interlaced": "mov mpeg2video 352x288 25 3.0s",
    "vfr": "mov h264 320x180 30v 5.0s",
    "rate_2997": "mov h264 320x180 30000/1001 3.0s",
    "rate_60": "mov h264 320x180 60 3.0s",
    "odd": "matroska vp9 320x180 30 2.0s",
    "tiny": "mov qtrle 1x1 10 2.0s",
    "sar": "mov h264 240x288 30 2.0s",
    "alpha": "mov qtrle 160x120 25 1.0s",
    "mjpeg_avi": "avi mjpeg 320x240 15 2.0s A",
    "mpeg2_ts": "mpegts mpeg2video 352x288 25 3.0s A",
    "theora": "ogg theora 160x120 25 2.0s A",
    "cover_art": "mov h264 320x180 30 2.0s A",
    "wrong_suffix": "matroska vp9 320x180 30 5.0s A",
    "truncated": "mov h264 640x360 30v 5.0s A ! truncated",
    "truncated_mkv": "matroska h264 640x360 30 2.4s A ! truncated",
    "lying_duration": "matroska h264 640x360 30 4.0s A ! duration_lies",
    "bit_flips": "mov h264 640x360 30 10.0s A ! some_pictures_broken",
}
DAMAGED = {"truncated", "truncated_mkv", "bit_flips"}


def refusal(path: Path, limits: ProbeLimits | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        probe(path, limits=limits)
    assert caught.value.code in SOURCE_CODES
    return caught.value.code


@pytest.mark.parametrize("name", GOOD)
def test_good_films_are_reported(name: str) -> None:
    report = probe(film(name))
    assert of_report(report) == EXPECTED[name]
    assert codec.from_json(codec.to_json(report)) == report
    assert report.size_bytes == film(name).stat().st_size
    check_sense(report)


@pytest.mark.parametrize("name", BAD)
def test_bad_films_are_refused(name: str) -> None:
    assert refusal(film(name)) == BAD[name]


def test_sound_that_no_decoder_knows_is_refused(tmp_path: Path) -> None:
    data = bytearray(film("wav").read_bytes())
    data[20:22] = b"\x77\x77"  # wFormatTag
    unknown = tmp_path / "unknown.wav"
    unknown.write_bytes(data)
    assert refusal(unknown) == "unsupported_codec"


def test_a_film_that_would_last_for_weeks_is_refused(tmp_path: Path) -> None:
    data = bytearray(film("video_only").read_bytes().replace(b"edts", b"free"))
    timescale = data.index(b"mdhd") + 16  # ISO/IEC 14496-12 8.4.2
    data[timescale : timescale + 4] = (1).to_bytes(4, "big")
    delta = data.index(b"stts") + 16  # of the first entry, 8.6.1.2
    data[delta : delta + 4] = (30_000).to_bytes(4, "big")
    endless = tmp_path / "endless.mp4"
    endless.write_bytes(data)
    assert refusal(endless) == "too_long"


def check_sense(report: SourceReport) -> None:
    """What holds of every report."""
    assert report.duration > 0
    tracks = [*report.audio, *([report.video] if report.video else [])]
    assert min(track.start for track in tracks) == 0
    assert max(track.start + track.duration for track in tracks) == report.duration
    if video := report.video:
        assert list(video.keyframes) == sorted(set(video.keyframes))
        assert all(video.start <= key < report.duration for key in video.keyframes)
        assert 0 < video.frame_rate <= 240
        assert not video.can_copy or video.keyframes[0] == video.start


@pytest.mark.parametrize(
    "name", [n for n in GOOD if n not in DAMAGED | {"audio_only", "wav"}]
)
def test_the_count_of_pictures_is_what_a_decoder_yields(name: str) -> None:
    report = probe(film(name))
    assert report.video is not None
    with av.open(str(film(name)), format=report.format) as container:
        stream = container.streams[report.video.index]
        assert report.video.frame_count == sum(1 for _ in container.decode(stream))


def test_tracks_of_sound_say_who_they_are() -> None:
    french, english = probe(film("two_languages")).audio
    assert (french.language, french.channels, french.layout) == ("fra", 2, "stereo")
    assert (english.language, english.channels, english.layout) == ("eng", 1, "mono")
    assert (french.is_default, english.is_default) == (True, False)
    (surround,) = probe(film("surround")).audio
    assert (surround.codec, surround.profile) == ("aac", "LC")
    assert (surround.channels, surround.layout) == (6, "5.1")


def test_late_sound_is_late() -> None:
    (late,) = probe(film("late_audio")).audio
    assert abs(late.start - 1) < Fraction(1, 40)


def test_color_depth_and_transparency() -> None:
    hdr = probe(film("hdr10")).video
    assert hdr is not None
    assert hdr.color.is_hdr
    assert (hdr.bit_depth, hdr.pixel_format) == (10, "yuv420p10le")
    assert hdr.color.matrix == "bt2020nc"
    clear, plain = probe(film("alpha")).video, probe(film("tiny")).video
    assert clear is not None
    assert plain is not None
    assert (clear.has_alpha, plain.has_alpha) == (True, False)


def test_a_track_of_time_codes_is_no_part_of_the_film() -> None:
    with av.open(str(film("interlaced"))) as container:
        assert [stream.type for stream in container.streams] == ["video", "data"]
    report = probe(film("interlaced"))
    assert (report.audio, report.texts, report.problems) == ((), (), ())
    assert (report.clock_zero, report.duration) == (0, 3)


def test_pixels_that_are_not_square() -> None:
    video = probe(film("sar")).video
    assert video is not None
    assert video.sample_aspect == Fraction(64, 45)


def test_only_closed_key_frames_are_cuts() -> None:
    opened, closed = probe(film("h264_open_gop")).video, probe(film("h264_aac")).video
    assert opened is not None
    assert closed is not None
    assert len(opened.keyframes) < 6
    assert closed.keyframes == tuple(map(Fraction, (0, 2, 4, 6, 8)))


@pytest.mark.parametrize("name", ["h264_aac", "h264_mkv", "rotated", "vp9_opus"])
def test_whole_films_may_be_copied(name: str) -> None:
    report = probe(film(name))
    assert report.video is not None
    assert report.video.can_copy
    assert all(track.can_copy for track in report.audio)


@pytest.mark.parametrize(
    "name", ["truncated", "truncated_mkv", "bit_flips", "h264_raw"]
)
def test_damaged_films_may_not_be_copied(name: str) -> None:
    video = probe(film(name)).video
    assert video is not None
    assert not video.can_copy


def test_too_many_pixels_or_pictures_are_refused() -> None:
    limits = ProbeLimits()
    few = replace(limits, max_pixels=640 * 360 - 1)
    assert refusal(film("h264_aac"), few) == "absurd_dimensions"
    assert refusal(film("h264_aac"), replace(limits, max_dimension=639)) == (
        "absurd_dimensions"
    )
    assert refusal(film("h264_aac"), replace(limits, max_decoded_frames=299)) == (
        "too_long"
    )


# -- not even a file


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is_folder"
    assert refusal(tmp_path / "nothing.mp4") == "missing"
    assert refusal(tmp_path / ("x" * 300 + ".mp4")) == "missing"
    assert refusal(tmp_path / "a\0b.mp4") == "missing"


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert refusal(tmp_path / "pipe.mp4") == "not_media"


@pytest.mark.parametrize(
    "name",
    ["été 🎬.mp4", "'quoted\" $(x).mp4", "right \u202eto left.mp4", "-i", "http:x",
     "line\nbreak.mp4", "%03d.mp4", "a" * 251 + ".mp4"],
)  # fmt: skip
def test_any_name_of_a_file_will_do(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.symlink_to(film("video_only"))
    assert of_report(probe(path)) == EXPECTED["video_only"]


@pytest.mark.parametrize(
    ("size", "colors", "told"),
    [
        ("128x96", "yuv420p", [("size_changes", "128x96, 160x96")]),
        ("160x96", "yuv422p", []),
    ],
)
def test_two_programs_in_one_recording(
    size: str, colors: str, told: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Either way its packets cannot be copied; who looks on sees another size alone."""
    path = tmp_path / "both.ts"
    parts = [("160x96", "yuv420p"), (size, colors)]
    path.write_bytes(
        b"".join(
            made(
                tmp_path / f"{number}.ts",
                f"-f lavfi -i testsrc2=s={one}:r=25:d=1 -c:v libx264 -preset ultrafast"
                f" -pix_fmt {kind} -output_ts_offset {number}",
            ).read_bytes()
            for number, (one, kind) in enumerate(parts)
        )
    )
    report = probe(path)
    assert report.video is not None
    assert not report.video.can_copy
    assert [(one.code, one.detail) for one in report.problems] == told


def test_a_cancelled_probe_stops() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        probe(film("h264_aac"), cancel=cancel)


def test_a_demuxer_that_breaks_down_is_the_films_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise python_worker.Crashed("encoder_failed", "status -11")

    monkeypatch.setattr(python_worker.PythonWorker, "ask", crash)
    assert refusal(film("h264_aac")) == "undecodable"
