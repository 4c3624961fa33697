"""What films have beside picture and sound, and how little of it a stranger can say."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from lucarne_engine.probe import codec
from lucarne_engine.probe.report import (
    Chapter,
    ContentLight,
    Cover,
    SourceReport,
    TextTrack,
)
from lucarne_engine.reader import probe
from tests.engine.films import corpus_folder, film
from tests.engine.probe.test_hdr import SCREEN

FOLDER = corpus_folder()
real = pytest.mark.skipif(
    FOLDER is None, reason="no real films here: LUCARNE_TEST_MEDIA names a folder"
)
LIGHT = ContentLight(max_cll=1000, max_fall=400)


def text_track(**changes: object) -> TextTrack:
    usual = TextTrack(
        index=2, codec="subrip", kind="text", language="", title="",
        is_default=False, is_forced=False, is_hearing_impaired=False,
    )  # fmt: skip
    return replace(usual, **changes)


def chapters(*facts: tuple[str, str, str]) -> tuple[Chapter, ...]:
    return tuple(
        Chapter(start=Fraction(start), end=Fraction(end), title=title)
        for start, end, title in facts
    )


# -- words


def test_words_in_mp4() -> None:
    french, english = probe(film("extras_mp4")).texts
    usual = text_track(codec="mov_text")
    assert french == replace(usual, language="fra", is_default=True)
    assert english == replace(
        usual, index=3, language="eng", is_hearing_impaired=english.is_hearing_impaired
    )


def test_words_in_matroska_say_most() -> None:
    assert probe(film("extras_mkv")).texts == (
        text_track(
            codec="ass", language="fra", title="Affiches", is_default=True, is_forced=True
        ),
        text_track(index=3, is_hearing_impaired=True),
    )


def test_words_in_webm() -> None:
    (track,) = probe(film("extras_webm")).texts
    assert (track.codec, track.kind, track.language) == ("webvtt", "text", "deu")


# -- chapters


@pytest.mark.parametrize(
    ("name", "end"), [("extras_mp4", "4"), ("extras_mkv", "4"), ("extras_webm", "5")]
)
def test_chapters_end_with_the_film(name: str, end: str) -> None:
    report = probe(film(name))
    told = [(one.start, one.end, one.title) for one in report.chapters]
    assert told == [
        (0, Fraction(3, 2), "Opening"),
        (Fraction(3, 2), 3, "L’été"),
        (3, report.duration, ""),
    ]
    assert abs(report.duration - Fraction(end)) < Fraction(1, 10)


def test_chapters_of_a_film_whose_clock_begins_late(tmp_path: Path) -> None:
    late = tmp_path / "late.mkv"
    source = str(film("extras_mkv"))
    ffmpeg("-i", source, "-c", "copy", "-output_ts_offset", "1", str(late))
    report = probe(late)
    assert report.clock_zero == 1
    # FFmpeg moves the pictures, not the chapters: the first one is cut to 0.5 s
    assert [one.start for one in report.chapters] == [0, Fraction(1, 2), 2]
    assert report.chapters[0].end == Fraction(1, 2)


# -- covers


def test_a_cover_is_named_and_never_played() -> None:
    report = probe(film("cover_art"))
    assert report.covers == (Cover(index=2, codec="mjpeg", width=64, height=64),)
    assert report.video is not None
    assert report.video.index == 0


# -- HDR


@pytest.mark.parametrize("name", ["hdr10", "hdr10_webm"])
def test_how_bright_a_film_is(name: str) -> None:
    video = probe(film(name)).video
    assert video is not None
    assert video.color.is_hdr
    assert (video.mastering, video.light) == (SCREEN, LIGHT)


def test_films_that_do_not_say_how_bright_they_are() -> None:
    for name in ("hlg", "h264_aac"):
        video = probe(film(name)).video
        assert video is not None
        assert (video.mastering, video.light) == (None, None)


# -- strangers


def ffmpeg(*line: str) -> None:
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *line], check=True
    )


def named(tmp_path: Path, metadata: bytes, suffix: str) -> SourceReport:
    """Probe a film that says ``metadata`` of itself (FFmpeg's own format)."""
    facts, out = tmp_path / "facts.txt", tmp_path / f"named{suffix}"
    facts.write_bytes(b";FFMETADATA1\n" + metadata)
    ffmpeg(
        "-i", str(film("h264_short")), "-f", "ffmetadata", "-i", str(facts),
        "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", str(out),
    )  # fmt: skip
    return probe(out)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_words_in_another_encoding_are_no_reason_to_refuse(
    tmp_path: Path, suffix: str
) -> None:
    chapter = b"[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=caf\xe9\n"
    report = named(tmp_path, b"title=caf\xe9\n" + chapter, suffix)
    assert [one.title for one in report.chapters] == ["caf\ufffd"]


def test_a_hundred_thousand_chapters_stay_small(tmp_path: Path) -> None:
    many = "".join(
        f"[CHAPTER]\nTIMEBASE=1/100000\nSTART={3 * n}\nEND={3 * n + 3}\ntitle=n{n}\n"
        for n in range(100_000)
    )
    report = named(tmp_path, many.encode(), ".mkv")
    assert len(report.chapters) == 1000
    assert report.chapters[0].title == "n0"
    assert len(codec.to_json(report)) < 150_000


def test_a_title_of_ten_megabytes_is_cut(tmp_path: Path) -> None:
    title = "e\u0301\u202e\x07" * 2_000_000
    chapter = f"[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle={title}\n"
    (only,) = named(tmp_path, chapter.encode(), ".mkv").chapters
    assert only.title.startswith("e\u0301")
    assert len(only.title) <= 200
    assert only.title.isprintable()


# -- reports of earlier versions


def test_a_report_that_was_stored_before_can_still_be_read() -> None:
    report = probe(film("h264_short"))
    plain = codec.to_plain(report)
    for name in ("texts", "chapters", "covers"):
        del plain[name]
    for name in ("mastering", "light"):
        del plain["video"][name]
    assert codec.from_plain(plain) == report


# -- real films


@real
@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("r_2video_2audio_2subs.mp4", "mov_text text eng D, mov_text text eng D"),
        ("r_subs_ass.mkv", "ass text D"),
        ("r_subs_pgs.mkv", "hdmv_pgs_subtitle picture eng D"),
        ("r_dvb_teletext_30s.ts", "? picture eng"),
        ("r_interlaced_h264_ac3_pgs.mts", "hdmv_pgs_subtitle picture"),
        ("h_block_ends_beyond_cluster.mkv", "subrip text eng D"),
        ("r_chapters.mp4", ""),
    ],
)
def test_words_of_real_films(name: str, words: str) -> None:
    assert FOLDER is not None
    said = [
        " ".join([t.codec or "?", t.kind, *filter(None, [t.language, "D" * t.is_default])])
        for t in probe(FOLDER / name).texts
    ]
    assert ", ".join(said) == words


@real
@pytest.mark.corpus
def test_chapters_of_real_films() -> None:
    assert FOLDER is not None
    report = probe(FOLDER / "r_chapters.mp4")
    assert report.chapters == chapters(
        ("0", "2", "Chapter 1"), ("2", "4", "Chapter 2"), ("4", "5", "Chapter 3")
    )
    shifted = probe(FOLDER / "r_chapters_444.mkv").chapters
    assert shifted == chapters(
        ("0", "1999/1000", "Chapter 1"), ("2", "4999/1000", "Chapter 2")
    )
    assert probe(FOLDER / "q_live_dog_720p.mp4").chapters == ()


@real
@pytest.mark.corpus
def test_covers_of_real_films() -> None:
    assert FOLDER is not None
    (cover,) = probe(FOLDER / "r_cover_art.mp4").covers
    assert cover == Cover(index=2, codec="png", width=240, height=169)
    assert probe(FOLDER / "r_attachment.mkv").covers == ()


@real
@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "brightest", "light"),
    [
        # its screen is said to be as dark as a tenth of a candela
        ("r_hdr10_phone_1080p.mp4", None, (1000, 200)),
        ("r_av1_hdr10_mdcv_clli.mp4", 1000, (1100, 180)),
        ("r_dovi8_hevc.mp4", 4000, None),
        ("r_hlg_1080p.mp4", None, None),
    ],
)
def test_light_of_real_films(
    name: str, brightest: int | None, light: tuple[int, int] | None
) -> None:
    assert FOLDER is not None
    video = probe(FOLDER / name).video
    assert video is not None
    shown = video.mastering
    assert (shown and shown.max_luminance) == (brightest and brightest * 10_000)
    assert (video.light and (video.light.max_cll, video.light.max_fall)) == light
