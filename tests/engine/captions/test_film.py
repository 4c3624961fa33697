"""The words inside films: extracted by the sandboxed reader, on the film's own clock."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from lucarne_engine.captions import dialogue
from lucarne_engine.captions.dialogue import Event
from lucarne_engine.captions.film import FilmText
from lucarne_engine.reader import FilmReader
from tests.engine.films import corpus_folder, film

SRT = """1
00:00:00,500 --> 00:00:01,750
<i>Hello</i> & <b>you
there</b>

2
00:00:02,000 --> 00:00:03,500
{\\an8}At the top

3
00:00:58,000 --> 00:00:59,000
Beyond
"""
EXPECTED = [
    (500, 1750, "<i>Hello</i> &amp; <b>you\nthere</b>", ""),
    (2000, 3500, "At the top", "line:0"),
]


def texts_of(path: Path) -> tuple[FilmText, ...]:
    with FilmReader(path) as reader:
        return reader.texts(reader.probe())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp4", "mov_text"), (".mkv", "srt"), (".mkv", "ass"), (".mkv", "webvtt")],
)
def test_text_tracks_become_cues(tmp_path: Path, suffix: str, codec: str) -> None:
    words, made = tmp_path / "words.srt", tmp_path / f"made{suffix}"
    words.write_text(SRT)
    deaf = "-metadata:s:s:1 language=fre -disposition:s:1 hearing_impaired"
    line = (
        f"-v error -nostdin -i {film('h264_short')} -i {words} -map 0 -map 1 -map 1"
        f" -c copy -c:s {codec} -metadata:s:s:0 language=eng {deaf} {made}"
    )
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *line.split()], check=True)
    english, french = texts_of(made)
    assert (english.language, english.is_for_deaf) == ("en", False)
    assert (french.language, french.is_for_deaf) == ("fr", True)
    found = [(c.start_ms, c.end_ms, c.text, c.settings) for c in english.cues]
    expected = EXPECTED
    if codec in {"mov_text", "webvtt"}:  # FFmpeg keeps no place of these
        expected = [(*one[:3], "") for one in EXPECTED]
    assert found == expected


def test_a_film_without_words_has_none() -> None:
    assert texts_of(film("h264_short")) == ()


def test_an_event_without_end_lasts_until_the_next() -> None:
    line = "0,0,Default,,0,0,0,,{\\b1}a{\\i1}b{\\b0}c\\N{\\p1}m 0 0{\\p0}<d>"
    events = [
        Event(start_ms=9_000, end_ms=None, lines=(line,)),
        Event(start_ms=-500, end_ms=None, lines=(line,)),
        Event(start_ms=2_000, end_ms=None, lines=("0,0,Default,,0,0,0,, ",)),
    ]
    cues = dialogue.cues_of(events, 10_000)
    assert [(cue.start_ms, cue.end_ms) for cue in cues] == [(0, 2_000), (9_000, 10_000)]
    assert cues[0].text == "<b>a<i>b</i></b><i>c\n&lt;d&gt;</i>"


CORPUS = corpus_folder()


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.skipif(CORPUS is None, reason="no real films here: LUCARNE_TEST_MEDIA names a folder")
@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("r_2video_2audio_2subs.mp4", "NAR: This is the optical and science segment of the Webb"),
        ("r_subs_ass.mkv", "This is the first subtitle."),
    ],
)  # fmt: skip
def test_real_films(name: str, first: str) -> None:
    assert CORPUS is not None
    assert {text.cues[0].text for text in texts_of(CORPUS / name)} == {first}
