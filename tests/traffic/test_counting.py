"""From reports to sums: each view once, each second of it once, in whatever pieces."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.extra.django import TestCase

from lucarne.catalog.errors import UnknownVideo
from lucarne.catalog.models import Video
from lucarne.core import housekeeping
from lucarne.traffic import counting
from lucarne.traffic.errors import BadReport, TooManyReports
from lucarne.traffic.models import DayCurve, Sitting, Tally
from lucarne.traffic.spans import PARTS, WHOLE, length_ms, seen_parts
from tests.portal.films import film
from tests.traffic.visits import AT, TODAY, counted, report

pytestmark = pytest.mark.django_db
FILM_MS = 125_000


@pytest.fixture
def video() -> str:
    return film().public_id


def test_a_visit_is_one_view_however_often_it_reports(video: str) -> None:
    report(video, (0, 5000))
    assert counted(video).views == 1
    report(video, (5000, 35_000), at=AT + dt.timedelta(seconds=30))
    report(video, (5000, 6000), (60_000, 61_000), at=AT + dt.timedelta(seconds=40))
    found = counted(video)
    assert (found.views, found.watch_ms) == (1, 37_000)
    report(video, (0, 10_000), visit=2)
    found = counted(video)
    assert (found.views, found.watch_ms, found.average_ms) == (2, 47_000, 23_500)
    # Both saw the beginning, one what comes after, nobody the end.
    assert found.retention[0] == 1
    assert found.retention[20] == 0.5
    assert found.retention[99] == 0


@pytest.mark.parametrize(
    ("duration_ms", "played_ms", "views"),
    [(FILM_MS, 4999, 0), (FILM_MS, 5000, 1), (4000, 1999, 0), (4000, 2000, 1)],
)
def test_the_first_seconds_decide(duration_ms: int, played_ms: int, views: int) -> None:
    video = film(duration_ms=duration_ms).public_id
    report(video, (0, played_ms))
    found = counted(video)
    assert found.views == views
    assert found.watch_ms == played_ms * views
    assert bool(found.retention) == bool(views)


def test_the_same_second_again_is_no_view_but_is_time(video: str) -> None:
    for number in range(6):
        report(video, (1000, 2000), at=AT + dt.timedelta(seconds=number))
    assert counted(video).views == 0
    report(video, (2000, 6000), at=AT + dt.timedelta(seconds=9))
    found = counted(video)
    assert (found.views, found.watch_ms) == (1, 10_000)
    assert found.retention[1] == 1


def test_days_sources_and_devices_are_told_apart(video: str) -> None:
    def seen(visit: int, days_ago: int, source: str, device: str) -> None:
        at = AT - dt.timedelta(days=days_ago)
        report(video, (0, 6000), visit=visit, source=source, device=device, at=at)

    for visit, facts in enumerate(
        [(0, "search", "phone"), (0, "search", "tv"), (3, "site", "phone"),
         (40, "direct", "phone"), (400, "direct", "phone")]
    ):  # fmt: skip
        seen(visit, *facts)
    week = counted(video, days=7)
    assert [(one.begins.day, one.views) for one in week.periods] == [
        (14, 0), (15, 0), (16, 0), (17, 1), (18, 0), (19, 0), (20, 2),
    ]  # fmt: skip
    assert [(one.code, one.views) for one in week.sources] == [
        ("search", 2),
        ("site", 1),
    ]
    assert [one[:2] for one in week.devices] == [("phone", 2), ("tv", 1)]
    assert counted(video, days=90).views == 4
    ever = counted(video, days=None)
    assert ever.views == 5
    assert ever.is_monthly
    assert len(ever.periods) == 14
    assert sum(one.views for one in ever.periods) == 5


def test_a_visit_over_midnight_belongs_to_the_day_it_began(video: str) -> None:
    late = dt.datetime(2026, 11, 19, 23, 59, 50, tzinfo=dt.UTC)
    report(video, (0, 6000), at=late)
    report(video, (6000, 30_000), at=late + dt.timedelta(minutes=1))
    found = counted(video, days=2)
    assert [(one.views, one.watch_ms) for one in found.periods] == [(1, 30_000), (0, 0)]


@pytest.mark.parametrize(
    ("spans", "why"),
    [
        ([(0, FILM_MS + 2001)], "end"),
        ([(0, 125_000)] * 2, "much"),
        ([(10_000 + 2 * n, 10_001 + 2 * n) for n in range(401)], "torn"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    video: str, spans: list[tuple[int, int]], why: str
) -> None:
    report(video, (0, 6000))
    with pytest.raises(BadReport) as error:
        report(video, *spans)
    assert error.value.why == why
    found = counted(video)
    assert (found.views, found.watch_ms) == (1, 6000)


def test_the_clock_of_a_player_may_run_a_little_over(video: str) -> None:
    report(video, (FILM_MS - 6000, FILM_MS + 1500))
    report(video, (FILM_MS + 10, FILM_MS + 1000), visit=2)
    found = counted(video)
    assert (found.views, found.watch_ms) == (1, 6000)
    assert found.retention[99] == 1


def test_a_visit_reports_no_more_often_than_players_do(video: str) -> None:
    for number in range(10):
        report(video, (number * 1000, number * 1000 + 1000))
    with pytest.raises(TooManyReports):
        report(video, (20_000, 21_000))
    report(video, (20_000, 21_000), at=AT + dt.timedelta(seconds=5))
    report(video, (0, 6000), visit=2)
    assert counted(video).watch_ms == 17_000


def test_visits_go_after_a_day_and_what_they_add_stays(video: str) -> None:
    report(video, (0, 6000))
    counting.count_pending()
    counting.sweep(at=AT + dt.timedelta(hours=23, minutes=59))
    assert Sitting.objects.count() == 1
    counting.sweep(at=AT + dt.timedelta(hours=24))
    assert Sitting.objects.count() == 0
    assert counted(video).views == 1


@pytest.mark.django_db(transaction=True)  # chores close their connections
@pytest.mark.usefixtures("runner")
def test_the_chores_count_and_sweep(video: str) -> None:
    report(video, (0, 6000))
    housekeeping.run_once(at=AT + dt.timedelta(seconds=30), is_start=False)
    assert Tally.objects.get().views == 1
    assert Sitting.objects.exists()
    housekeeping.run_once(at=AT + dt.timedelta(hours=24), is_start=False)
    assert not Sitting.objects.exists()


def test_what_is_still_to_be_counted_is_not_swept(video: str) -> None:
    report(video, (0, 6000))
    counting.sweep(at=AT + dt.timedelta(days=2))
    assert counted(video).views == 1


def test_sums_go_after_25_months(video: str) -> None:
    report(video, (0, 6000))
    counting.count_pending()
    counting.sweep(at=AT + dt.timedelta(days=760))
    assert Tally.objects.count() == DayCurve.objects.count() == 1
    counting.sweep(at=AT + dt.timedelta(days=761))
    assert Tally.objects.count() == DayCurve.objects.count() == 0


def test_a_film_that_is_deleted_takes_its_statistics_along(video: str) -> None:
    other = film("Other").public_id
    for one in (video, other):
        report(one, (0, 6000))
        counting.count_pending()
        report(one, (0, 6000), visit=2)
    Video.objects.get(public_id=video).delete()
    left = [
        set(kind.objects.values_list("video_id", flat=True))
        for kind in (Sitting, Tally, DayCurve)
    ]
    assert left == [{other}] * 3


@pytest.mark.django_db(transaction=True)  # the database looks when it commits
def test_a_film_that_goes_at_this_moment_is_unknown(
    video: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lucarne.catalog import queries

    known = queries.find(video)
    Video.objects.get(public_id=video).delete()
    monkeypatch.setattr(queries, "find", lambda _: known)
    with pytest.raises(UnknownVideo):
        report(video, (0, 6000))


REPORTS = st.lists(
    st.tuples(
        st.integers(1, 3),  # which visit
        st.lists(
            st.tuples(st.integers(0, 20_000), st.integers(1, 3000)).map(
                lambda one: (one[0], one[0] + one[1])
            ),
            min_size=1, max_size=3,
        ),
        st.booleans(),  # is counted at once
    ),
    max_size=6,
)  # fmt: skip


class AnyReports(TestCase):
    """However reports and counting interleave, the sums are those of the whole visits."""

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(REPORTS)
    def test_sums_are_those_of_the_visits(self, reports) -> None:
        video = film(duration_ms=24_000).public_id
        played: dict[int, list[tuple[int, int]]] = {}
        for visit, spans, is_counted_now in reports:
            report(video, *spans, visit=visit)
            played.setdefault(visit, []).extend(spans)
            if is_counted_now:
                counting.count_pending()
        found = counted(video, days=7)
        views = [
            spans
            for spans in played.values()
            if len({ms for a, b in spans for ms in range(a, b)}) >= counting.VIEW_MS
        ]
        assert found.until == TODAY
        assert found.views == len(views)
        assert found.watch_ms == sum(map(length_ms, views))
        seen = [seen_parts(spans, 24_000) for spans in views]
        expected = [
            sum(part) / (len(views) * WHOLE) for part in zip(*seen, strict=True)
        ]
        assert list(found.retention) == pytest.approx(expected if views else [])
        assert len(found.retention) in {0, PARTS}
