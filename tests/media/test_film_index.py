"""What a manifest may name, at each moment of a publication."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.django import TestCase

from lucarne.media import queries, record
from lucarne.media.models import Asset, Run, Track
from lucarne_engine.manifest import dash, hls
from lucarne_engine.package.index import FilmIndex

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def asset(**fields: object) -> Asset:
    number = Asset.objects.count()
    return Asset.objects.create(**{
        "public_id": f"ast_{number:016}", "source_name": "a.mp4", "size_bytes": 1,
        "received_at": AT, "plan_id": "p", "duration_ms": 20_000, "playable_at": AT,
        "state": Asset.State.ENCODING, **fields,
    })  # fmt: skip


def track(
    film: Asset, name: str, runs: dict[int, int], *, kind: str = "video",
    **fields: object,
) -> None:  # fmt: skip
    row = Track.objects.create(
        asset=film, plan_id="p", name=name, kind=kind, codec="avc1.64001e",
        timescale=90_000, init_bytes=700, height=int(name.rsplit("-", 1)[-1] or 0)
        if name[-1].isdigit() else 0, is_complete=film.ready_at is not None,
    )  # fmt: skip
    Track.objects.filter(pk=row.pk).update(**fields)
    for first, count in runs.items():
        rows = [[(first + i) * 360_000, 360_000, 1000, 100] for i in range(count)]
        Run.objects.create(track=row, first_number=first, segments=rows)
    record.note_outline(Track.objects.get(pk=row.pk))


def index_of(film: Asset) -> FilmIndex | None:
    """Return what is shown, with segments; without them it is the same."""
    state = queries.play_state(film.public_id)
    assert state is not None
    index, outline = queries.film_index(state), queries.film_outline(state)
    assert (index is None) == (outline is None)
    if index is not None and outline is not None:
        assert written_of(outline) == written_of(index)
    return index


def written_of(film: FilmIndex) -> tuple[str, str]:
    return hls.multivariant(film), dash.mpd(film, published_at=AT)


def shown(film: Asset) -> dict[str, int]:
    index = index_of(film)
    assert index is not None
    return {t.name: len(t.segments) for t in (*index.video, *index.audio)}


@pytest.mark.django_db
class TestFilmIndex:
    def test_nothing_is_shown_before_the_film_is_playable(self) -> None:
        film = asset(playable_at=None)
        track(film, "h264-360", {0: 1})
        assert index_of(film) is None

    def test_a_growing_film_shows_each_rung_up_to_its_first_gap(self) -> None:
        film = asset()
        track(film, "h264-360", {0: 1, 1: 3, 7: 2})
        track(film, "h264-720", {1: 3})
        track(film, "aac-0", {0: 5}, kind="audio")
        assert shown(film) == {"h264-360": 4, "aac-0": 5}
        index = index_of(film)
        assert index is not None
        assert not index.is_complete

    def test_the_original_is_shown_alone_and_whole_until_the_ladder_is_ready(
        self,
    ) -> None:
        film = asset(has_original=True)
        track(film, "original", {0: 5})
        track(film, "h264-360", {0: 1})
        track(film, "aac-0", {0: 5}, kind="audio")
        assert shown(film) == {"original": 5, "aac-0": 5}
        index = index_of(film)
        assert index is not None
        assert index.is_complete

    def test_the_original_leaves_when_the_ladder_is_ready(self) -> None:
        film = asset(has_original=True, ready_at=AT, state=Asset.State.READY)
        track(film, "original", {0: 5})
        track(film, "h264-360", {0: 1, 1: 4})
        assert shown(film) == {"h264-360": 5}

    def test_a_better_ladder_is_shown_when_it_is_whole(self) -> None:
        film = asset(ready_at=AT, state=Asset.State.READY)
        track(film, "h264-360", {0: 5})
        track(film, "aac-0", {0: 5}, kind="audio")
        track(film, "av1-360", {0: 2}, is_complete=False)
        assert shown(film) == {"h264-360": 5, "aac-0": 5}
        Track.objects.filter(name="av1-360").update(is_complete=True)
        Track.objects.filter(name="h264-360").update(retired_at=AT)
        assert shown(film) == {"av1-360": 2, "aac-0": 5}

    def test_one_track_is_the_same_alone_and_with_the_others(self) -> None:
        film = asset(has_original=True, ready_at=AT, state=Asset.State.READY)
        track(film, "original", {0: 5})
        track(film, "h264-360", {0: 1, 1: 3, 7: 2})
        track(film, "h264-720", {1: 3})
        track(asset(), "h264-360", {0: 9})
        every = {one.name: one for one in queries.track_indexes(film.public_id, "p")}
        for name in ("original", "h264-360"):
            assert queries.track_index(film.public_id, "p", name) == every[name]
        for plan_id, name in (("p", "h264-720"), ("p", "aac-0"), ("q", "h264-360")):
            assert queries.track_index(film.public_id, plan_id, name) is None
        Track.objects.filter(name="original").update(removed_at=AT)
        assert queries.track_index(film.public_id, "p", "original") is None


class TestAnyOrderOfChunks(TestCase):
    """Chunks finish in any order; what is shown never has a hole."""

    @given(st.permutations(range(6)), st.integers(0, 6))
    def test_shown_segments_are_contiguous(self, order: list[int], done: int) -> None:
        film = asset()
        finished = order[:done]
        track(film, "h264-360", {chunk * 2: 2 for chunk in finished})
        index = index_of(film)
        assert index is not None
        expected = next(i for i in range(7) if i not in finished) * 2
        segments = [s for t in index.video for s in t.segments]
        assert [s.number for s in segments] == list(range(expected))
