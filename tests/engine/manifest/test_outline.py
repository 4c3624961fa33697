"""What is written down of a track's segments says all that a manifest needs of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, strategies as st

from lucarne_engine.manifest import dash, hls
from lucarne_engine.manifest.outline import cut, outline_of, segment_count
from lucarne_engine.package.index import FilmIndex, TrackIndex
from tests.engine.manifest.indexes import films

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _without_segments(track: TrackIndex) -> TrackIndex:
    return replace(track, segments=(), outline=outline_of(track))


@given(films())
def test_manifests_of_the_whole_film_need_no_segments(film: FilmIndex) -> None:
    bare = replace(
        film,
        video=tuple(map(_without_segments, film.video)),
        audio=tuple(map(_without_segments, film.audio)),
    )
    assert hls.multivariant(bare) == hls.multivariant(film)
    assert dash.mpd(bare, published_at=AT) == dash.mpd(film, published_at=AT)


@given(films(), st.integers(0, 12))
def test_a_timeline_is_cut_as_its_segments_are(film: FilmIndex, count: int) -> None:
    for track in (*film.video, *film.audio):
        shorter = replace(track, segments=track.segments[:count])
        timeline = cut(outline_of(track).timeline, count)
        assert timeline == outline_of(shorter).timeline
        assert segment_count(timeline) == len(shorter.segments)
