"""What manifests say of captions; players read the same in tests/outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from lucarne_engine.captions import webvtt
from lucarne_engine.captions.model import Findings
from lucarne_engine.manifest import dash, hls
from lucarne_engine.package.index import FilmIndex, TextIndex, TrackIndex
from tests.engine.manifest.indexes import segments_of

AT = datetime(2026, 11, 20, tzinfo=UTC)
TEXT = TextIndex(
    base="captions/a-1", name='Le "vrai"\nfrançais', language="fr", is_for_deaf=False,
    size_bytes=1000,
)  # fmt: skip
TAG = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text"'
CHOICE = "DEFAULT=NO,AUTOSELECT=YES,FORCED=NO"
FOR_DEAF = (
    'CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,'
    'public.accessibility.describes-music-and-sound"'
)
DEAF = replace(TEXT, base="captions/b-2", name="? <b>", language="", is_for_deaf=True)


def track(kind: str, codec: str) -> TrackIndex:
    return TrackIndex(
        name=kind, kind=kind, base=f"plan/{kind}", codec=codec, timescale=1000,
        init_bytes=700, segments=segments_of([4000, 4000], [9000, 9000]), width=320,
        height=180, frame_rate=Fraction(25), channels=2, sample_rate_hz=48_000,
    )  # fmt: skip


def film() -> FilmIndex:
    return FilmIndex(
        duration=Fraction(8), is_complete=True,
        video=(track("video", "avc1.64001e"),), audio=(track("audio", "mp4a.40.2"),),
    )  # fmt: skip


def both(made: FilmIndex) -> str:
    return hls.multivariant(made) + dash.mpd(made, published_at=AT)


def test_texts_are_listed_once_the_film_grows_no_more() -> None:
    made = replace(film(), texts=(TEXT, DEAF))
    playlist = hls.multivariant(made)
    tags = [line for line in playlist.split("\n") if "TYPE=SUBTITLES" in line]
    assert tags == [
        f'{TAG},LANGUAGE="fr",NAME="Le \'vrai\' français",{CHOICE},URI="captions/a-1.m3u8"',
        f'{TAG},NAME="? <b>",{CHOICE},{FOR_DEAF},URI="captions/b-2.m3u8"',
    ]
    assert playlist.count('SUBTITLES="text",CLOSED-CAPTIONS=NONE') == len(made.video)
    told = dash.mpd(made, published_at=AT)
    assert told.count('contentType="text" mimeType="text/vtt"') == 2
    assert told.count("<BaseURL>captions/b-2.vtt</BaseURL>") == 1
    assert "? &lt;b&gt;" in told
    growing = replace(made, is_complete=False)
    assert "captions/" not in both(growing)
    assert "SUBTITLES" not in both(growing)


def test_without_texts_nothing_is_said_of_them() -> None:
    assert "SUBTITLES" not in both(film())
    assert "text/vtt" not in both(film())


def test_a_film_of_sound_alone_has_them_too() -> None:
    made = replace(film(), video=(), texts=(TEXT,))
    variants = [line for line in hls.multivariant(made).split("\n") if "STREAM-INF" in line]
    assert all('SUBTITLES="text"' in line for line in variants)
    assert variants


def test_a_text_is_one_segment_on_the_films_clock() -> None:
    assert hls.text("a-1", Fraction(7201, 2)).splitlines()[1:] == [
        "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:3601", "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD", "#EXTINF:3600.500000,", "a-1-timed.vtt",
        "#EXT-X-ENDLIST",
    ]  # fmt: skip
    file = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nWEBVTT\n"
    timed = hls.timed(file)
    assert timed.startswith("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n00")
    (cue,) = webvtt.parse(timed, Findings())
    assert cue.cue.text == "WEBVTT"
