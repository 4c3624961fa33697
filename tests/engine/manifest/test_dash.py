from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from lucarne_engine.manifest import dash
from lucarne_engine.manifest.bandwidth import peak_bandwidth
from lucarne_engine.manifest.language import tag_of
from lucarne_engine.package.index import FilmIndex, TrackIndex
from lucarne_engine.probe.words import printable
from tests.engine.manifest.indexes import films, segments_of
from tests.engine.manifest.readers import mpd

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _listed(track: TrackIndex, count: int) -> tuple[tuple[str, int, int], ...]:
    return tuple(
        (f"{track.base}/{one.number}.m4s", one.start, one.duration)
        for one in track.segments[:count]
    )


@given(films())
def test_a_description_reads_back_as_it_was_written(film: FilmIndex) -> None:
    root, sets = mpd(dash.mpd(film, published_at=AT))
    video = [track for track in film.video if track.segments]
    audio = [track for track in film.audio if track.segments]
    common = min((len(track.segments) for track in video), default=0)
    assert root["type"] == ("static" if film.is_complete else "dynamic")
    pictures = [
        one for each in sets if each.kind == "video" for one in each.representations
    ]
    sounds = [each for each in sets if each.kind == "audio"]
    for told, track in zip(pictures, video, strict=True):
        count = len(track.segments) if film.is_complete else common
        assert told.segments == _listed(track, count)
        assert told.init == f"{track.base}/init.mp4"
        assert (told.id, told.codecs) == (track.name, track.codec)
        assert told.timescale == track.timescale
        assert Fraction(told.attributes["frameRate"]) == track.frame_rate
        assert int(told.attributes["height"]) == track.height
        assert told.bandwidth == peak_bandwidth(track)
    for one, track in zip(sounds, audio, strict=True):
        (told,) = one.representations
        assert told.segments == _listed(track, len(track.segments))
        assert one.language == tag_of(track.language)
        suffix = " 5.1" if track.title and track.channels > 2 else ""
        assert one.label == printable(track.title) + suffix
        assert one.role == ("main" if track.is_default else "alternate")
        assert (one.priority is not None) == any(t.channels > 2 for t in audio)


def _film(**facts: object) -> FilmIndex:
    track = TrackIndex(
        name="h264-360",
        kind="video",
        base="0123456789ab/h264-360",
        codec="avc1.64001e",
        timescale=25,
        init_bytes=700,
        segments=segments_of([100, 100, 100, 90, 100], [9000] * 5),
        width=640,
        height=360,
        frame_rate=Fraction(25),
    )
    film = FilmIndex(duration=Fraction(90), is_complete=False, video=(track,), audio=())
    return replace(film, **facts)  # type: ignore[arg-type]


def test_equal_durations_are_written_once() -> None:
    text = dash.mpd(_film(), published_at=AT)
    assert text.count("<S ") == 3
    assert '<S t="0" d="100" r="2"/>' in text


def test_every_listed_segment_is_available_at_once() -> None:
    root, _ = mpd(dash.mpd(_film(), published_at=AT))
    begins = datetime.fromisoformat(root["availabilityStartTime"])
    assert AT - begins >= timedelta(seconds=90)
    assert root["minimumUpdatePeriod"] == "PT2S"
    assert root["mediaPresentationDuration"] == "PT90.000S"


def test_a_complete_film_lasts_as_long_as_its_longest_track() -> None:
    """Sound that was copied ends within a frame of its own, after the picture."""
    sound = TrackIndex(
        name="aac-0",
        kind="audio",
        base="0123456789ab/aac-0",
        codec="mp4a.40.2",
        timescale=48_000,
        init_bytes=700,
        segments=segments_of([960_000, 192_512], [9000] * 2),
        channels=2,
        sample_rate_hz=48_000,
    )
    film = _film(duration=Fraction(24), audio=(sound,))
    root, _ = mpd(dash.mpd(replace(film, is_complete=True), published_at=AT))
    assert root["mediaPresentationDuration"] == "PT24.011S"
    root, _ = mpd(dash.mpd(film, published_at=AT))
    assert root["mediaPresentationDuration"] == "PT24.000S"


def test_stereo_comes_before_surround_sound() -> None:
    """Without a word on it dash.js 4 takes the highest bit rate."""
    stereo = TrackIndex(
        name="sound-0",
        kind="audio",
        base="0123456789ab/sound-0",
        codec="mp4a.40.2",
        timescale=48_000,
        init_bytes=700,
        segments=segments_of([960_000], [9000]),
        channels=2,
        sample_rate_hz=48_000,
        language="fra",
    )
    other = replace(stereo, name="sound-1", language="eng", is_default=False)
    six = replace(stereo, name="sound-0-51", channels=6, is_default=False)
    text = dash.mpd(_film(audio=(stereo, other, six)), published_at=AT)
    _, sets = mpd(text)
    assert [one.priority for one in sets if one.kind == "audio"] == ["3", "2", "1"]
    assert 'audio_channel_configuration:2011" value="6"/>' in text
    _, sets = mpd(dash.mpd(_film(audio=(stereo, other)), published_at=AT))
    assert [one.priority for one in sets if one.kind == "audio"] == [None, None]


def test_the_start_of_availability_never_moves() -> None:
    first, _ = mpd(dash.mpd(_film(), published_at=AT))
    later, _ = mpd(
        dash.mpd(_film(), published_at=AT, updated_at=AT + timedelta(seconds=9))
    )
    assert first["availabilityStartTime"] == later["availabilityStartTime"]
    assert later["publishTime"] == "2026-11-20T12:00:09Z"


def test_the_original_has_an_adaptation_set_of_its_own() -> None:
    film = _film()
    original = replace(
        film.video[0],
        name="original",
        base="0123456789ab/original",
        segments=segments_of([190, 300], [30_000, 40_000]),
    )
    text = dash.mpd(replace(film, video=(*film.video, original)), published_at=AT)
    _, sets = mpd(text)
    assert [[one.id for one in each.representations] for each in sets] == [
        ["h264-360"],
        ["original"],
    ]
    assert len(sets[1].representations[0].segments) == 2  # not cut to the ladder's
    assert text.count("adaptation-set-switching") == 2


def test_each_codec_has_an_adaptation_set_of_its_own() -> None:
    film = _film()
    (plain,) = film.video
    other = replace(
        plain, name="av1-360", base="0123456789ab/av1-360", codec="av01.0.01M.08"
    )
    text = dash.mpd(replace(film, video=(plain, other)), published_at=AT)
    _, sets = mpd(text)
    assert [[one.id for one in each.representations] for each in sets] == [
        ["h264-360"],
        ["av1-360"],
    ]
    assert text.count("adaptation-set-switching") == 2


@pytest.mark.parametrize("curve", [16, 18])
def test_hdr_is_told_and_kept_apart(curve: int) -> None:
    film = _film()
    (plain,) = film.video
    bright = replace(
        plain,
        name="av1-360",
        base="0123456789ab/av1-360",
        codec=f"av01.0.01M.10.0.110.09.{curve}.09.0",
    )
    text = dash.mpd(replace(film, video=(plain, bright)), published_at=AT)
    sets = ET.fromstring(text).findall(".//{*}AdaptationSet")
    told = [
        {
            one.attrib["schemeIdUri"]: one.attrib["value"]
            for one in each.findall("{*}EssentialProperty")
        }
        for each in sets
    ]
    wanted = {
        "urn:mpeg:mpegB:cicp:ColourPrimaries": "9",
        "urn:mpeg:mpegB:cicp:TransferCharacteristics": str(curve),
        "urn:mpeg:mpegB:cicp:MatrixCoefficients": "9",
    }
    assert told == [{}, wanted]
    assert [one.get("selectionPriority") for one in sets] == ["2", None]
    assert "selectionPriority" not in dash.mpd(film, published_at=AT)
    # nobody changes over between HDR and SDR in the middle of a film
    assert "adaptation-set-switching" not in text
