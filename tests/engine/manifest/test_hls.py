from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given

from lucarne_engine.manifest import bandwidth, hls
from lucarne_engine.manifest.language import tag_of
from lucarne_engine.package.index import FilmIndex, TrackIndex
from tests.engine.manifest.indexes import films, segments_of
from tests.engine.manifest.readers import playlist, seconds


def _rounded(ticks: int, timescale: int) -> Fraction:
    return Fraction((ticks * 2_000_000 + timescale) // (2 * timescale), 1_000_000)


@given(films())
def test_a_media_playlist_reads_back_as_it_was_written(film: FilmIndex) -> None:
    for track in (*film.video, *film.audio):
        alone, entries = playlist(hls.media(track, is_complete=film.is_complete))
        assert [entry.uri for entry in entries] == [
            f"{segment.number}.m4s" for segment in track.segments
        ]
        assert [seconds(entry) for entry in entries] == [
            _rounded(segment.duration, track.timescale) for segment in track.segments
        ]
        tags = {tag.name: tag.value for tag in alone}
        target = int(tags["EXT-X-TARGETDURATION"])
        assert all(round(seconds(entry)) <= target for entry in entries)
        assert ("EXT-X-ENDLIST" in tags) == film.is_complete
        assert ("EXT-X-START" in tags) == (not film.is_complete)
        assert tags["EXT-X-PLAYLIST-TYPE"] == ("VOD" if film.is_complete else "EVENT")
        assert int(tags["EXT-X-VERSION"]) >= 7
        assert "EXT-X-PROGRAM-DATE-TIME" not in tags


@given(films())
def test_an_iframe_playlist_names_the_first_picture_of_each_segment(
    film: FilmIndex,
) -> None:
    for track in film.video:
        alone, entries = playlist(hls.iframes(track, is_complete=film.is_complete))
        assert "EXT-X-I-FRAMES-ONLY" in {tag.name for tag in alone}
        assert [entry.value("EXT-X-BYTERANGE") for entry in entries] == [
            f"{segment.iframe_bytes}@0" for segment in track.segments
        ]


@given(films())
def test_the_multivariant_playlist_names_every_track_once(film: FilmIndex) -> None:
    alone, entries = playlist(hls.multivariant(film))
    video = [track for track in film.video if track.segments]
    audio = [track for track in film.audio if track.segments]
    if not video:
        assert len(entries) == min(1, len(audio))
        return
    assert [entry.uri for entry in entries] == [
        f"{track.base}/index.m3u8" for track in video
    ]
    for entry, track in zip(entries, video, strict=True):
        facts = entry.tags[0].attributes
        assert facts["RESOLUTION"] == f"{track.width}x{track.height}"
        assert abs(Fraction(facts["FRAME-RATE"]) - track.frame_rate) < Fraction(1, 999)
        assert facts["CLOSED-CAPTIONS"] == "NONE"
        assert ("mp4a.40.2" in facts["CODECS"]) == bool(audio)
        assert ("AUDIO" in facts) == bool(audio)
        assert int(facts["BANDWIDTH"]) > 0
    media = [tag.attributes for tag in alone if tag.name == "EXT-X-MEDIA"]
    assert [facts["URI"] for facts in media] == [
        f"{track.base}/index.m3u8" for track in audio
    ]
    assert [facts.get("LANGUAGE", "") for facts in media] == [
        tag_of(track.language) for track in audio
    ]
    assert [facts["CHANNELS"] for facts in media] == [str(t.channels) for t in audio]
    assert len({facts["NAME"] for facts in media}) == len(media)
    assert [facts["DEFAULT"] for facts in media].count("YES") == min(1, len(media))
    # Surround sound is played to who chooses it, and to nobody else.
    assert [facts["AUTOSELECT"] == "NO" for facts in media] == [
        track.channels > 2 for track in audio
    ]
    assert all(
        facts["NAME"].rstrip(" 23").endswith("5.1")
        for facts, track in zip(media, audio, strict=True)
        if track.channels > 2
    )
    pictures = [tag for tag in alone if tag.name == "EXT-X-I-FRAME-STREAM-INF"]
    assert [tag.attributes["URI"] for tag in pictures] == [
        f"{track.base}/iframes.m3u8" for track in video
    ]


@given(films())
def test_the_peak_is_that_of_the_fastest_run_of_segments(film: FilmIndex) -> None:
    for track in (*film.video, *film.audio):
        target = bandwidth.target_duration(track)
        count = len(track.segments)
        rates = []
        for first in range(count):
            for last in range(first, count):
                run = track.segments[first : last + 1]
                time = Fraction(sum(one.duration for one in run), track.timescale)
                bits = 8 * sum(one.size_bytes for one in run)
                if Fraction(target, 2) <= time <= Fraction(3 * target, 2):
                    rates.append(bits / time)
        if rates:
            assert bandwidth.peak_bandwidth(track) == ceil(max(rates))


def _track(durations: list[int], sizes: list[int], **facts: object) -> TrackIndex:
    return TrackIndex(
        name="h264-360",
        kind="video",
        base="0123456789ab/h264-360",
        codec="avc1.64001f",
        timescale=1000,
        init_bytes=700,
        segments=segments_of(durations, sizes),
        **facts,  # type: ignore[arg-type]
    )


def test_a_short_last_segment_is_not_the_peak() -> None:
    # 4 s at 800 kb/s, then 0.1 s at 8 Mb/s: too short a run to count alone.
    track = _track([4000, 4000, 100], [400_000, 400_000, 100_000])
    assert bandwidth.peak_bandwidth(track) == 975_610  # 4 s and 0.1 s together
    assert bandwidth.average_bandwidth(track) == 888_889


def test_the_target_duration_does_not_change_while_the_film_grows() -> None:
    short = _track([2000], [1000], longest_segment=Fraction(11, 2))
    grown = _track([2000, 5500], [1000, 1000], longest_segment=Fraction(11, 2))
    assert bandwidth.target_duration(short) == bandwidth.target_duration(grown) == 6


def test_sound_without_picture_is_a_variant_of_its_own() -> None:
    sound = TrackIndex(
        name="aac-0",
        kind="audio",
        base="0123456789ab/aac-0",
        codec="mp4a.40.2",
        timescale=48_000,
        init_bytes=600,
        segments=segments_of([192_000], [64_000]),
        channels=2,
    )
    film = FilmIndex(duration=Fraction(4), is_complete=True, video=(), audio=(sound,))
    alone, (entry,) = playlist(hls.multivariant(film))
    assert entry.uri == "0123456789ab/aac-0/index.m3u8"
    assert entry.tags[0].attributes == {
        "BANDWIDTH": "128000",
        "AVERAGE-BANDWIDTH": "128000",
        "CODECS": "mp4a.40.2",
        "CLOSED-CAPTIONS": "NONE",
    }
    assert "EXT-X-MEDIA" not in {tag.name for tag in alone}


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("fra", "fr"),
        ("fre", "fr"),
        ("FR", "fr"),
        ("gsw", "gsw"),
        ("und", ""),
        ("x!", ""),
    ],
)
def test_language_tags_are_the_shortest_there_are(code: str, tag: str) -> None:
    assert tag_of(code) == tag


@pytest.mark.parametrize(("curve", "name"), [(16, "PQ"), (18, "HLG")])
def test_every_variant_says_its_range_when_one_is_hdr(curve: int, name: str) -> None:
    plain = _track([2000, 2000], [1000, 1000])
    film = FilmIndex(duration=Fraction(4), is_complete=True, video=(plain,), audio=())
    bright = replace(
        plain, name="av1-360", codec=f"av01.0.01M.10.0.110.09.{curve}.09.0"
    )
    assert "VIDEO-RANGE" not in hls.multivariant(film)
    text = hls.multivariant(replace(film, video=(plain, bright)))
    alone, entries = playlist(text)
    ranges = [one.tags[0].attributes["VIDEO-RANGE"] for one in entries]
    assert ranges == ["SDR", name]
    iframes = [t.attributes for t in alone if t.name == "EXT-X-I-FRAME-STREAM-INF"]
    assert [one["VIDEO-RANGE"] for one in iframes] == ["SDR", name]
