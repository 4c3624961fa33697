"""m3u8 (PyPI) and FFmpeg's HLS demuxer read what we write."""

from __future__ import annotations

from pathlib import Path

import av
import m3u8
import pytest

from lucarne_engine.manifest import hls
from lucarne_engine.package.index import FilmIndex
from tests.outside.packaged import PLAN, check_complete, play, write_film


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[FilmIndex, Path]:
    folder = tmp_path_factory.mktemp("film")
    return write_film(folder), folder


def test_m3u8_reads_the_multivariant_playlist(made: tuple[FilmIndex, Path]) -> None:
    film, folder = made
    told = m3u8.load(str(folder / "main.m3u8"))
    assert told.is_variant
    assert told.is_independent_segments
    assert [one.uri for one in told.playlists] == [
        f"{track.base}/index.m3u8" for track in film.video
    ]
    for one, track in zip(told.playlists, film.video, strict=True):
        info = one.stream_info
        assert info.resolution == (track.width, track.height)
        assert info.codecs == f"{track.codec},mp4a.40.2"
        assert info.frame_rate == 25.0
        assert info.closed_captions == "NONE"
        assert info.bandwidth >= info.average_bandwidth > 0
    (sound,) = told.media
    assert (sound.type, sound.language, sound.channels) == ("AUDIO", "fr", "2")
    assert (sound.default, sound.autoselect) == ("YES", "YES")
    assert len(told.iframe_playlists) == len(film.video)


def test_m3u8_reads_the_media_playlists(made: tuple[FilmIndex, Path]) -> None:
    film, folder = made
    for track in (*film.video, *film.audio):
        told = m3u8.load(str(folder / track.base / "index.m3u8"))
        assert told.is_endlist
        assert told.playlist_type == "vod"
        assert len(told.segments) == len(track.segments)
        assert told.target_duration >= max(round(s.duration) for s in told.segments)
        assert told.program_date_time is None
        assert abs(sum(s.duration for s in told.segments) - float(PLAN.duration)) < 0.03
    told = m3u8.load(str(folder / film.video[0].base / "iframes.m3u8"))
    assert told.is_i_frames_only
    assert [one.byterange for one in told.segments] == [
        f"{segment.iframe_bytes}@0" for segment in film.video[0].segments
    ]


def test_a_playlist_that_grows_has_no_end(made: tuple[FilmIndex, Path]) -> None:
    told = m3u8.loads(hls.media(made[0].video[0], is_complete=False))
    assert not told.is_endlist
    assert told.playlist_type == "event"
    assert told.start.time_offset == 0


def test_ffmpeg_plays_every_picture_without_a_complaint(
    made: tuple[FilmIndex, Path],
) -> None:
    rows, complaints = play(made[1] / "main.m3u8")
    assert complaints == ""
    check_complete(rows)


def test_picture_and_sound_begin_together(made: tuple[FilmIndex, Path]) -> None:
    with av.open(str(made[1] / "main.m3u8")) as container:
        assert [stream.start_time for stream in container.streams.video] == [0, 0]
        assert container.streams.audio[0].start_time in {0, -1024}
