"""The table of films: what is found, in which order, and that pages fit together."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucarne.catalog import bin as rubbish, details, film_list
from lucarne.catalog.film_list import FilmFilter, FilmOrder, FilmState
from lucarne.catalog.models import Channel, Video
from lucarne.core import clock
from tests.portal.films import channel, film

pytestmark = pytest.mark.django_db


def titles(**wanted: object) -> list[str]:
    """Return what is found, newest first."""
    page = film_list.film_page(FilmFilter(**wanted), per_page=100)  # type: ignore[arg-type]
    found = [row.title for row in page.rows]
    assert film_list.count_films(FilmFilter(**wanted)).number == len(found)  # type: ignore[arg-type]
    return found


def test_text_is_found_whatever_its_accents() -> None:
    film("L’été à Besançon", description="Un CŒUR d’artichaut")
    film("Straße", description="100 % of_it\n\nand a second line")
    for text in (
        "ete",
        "ÉTÉ",
        "l'été",
        "besancon",
        "coeur",
        "cœur ete",
        "  BESANÇON  ",
    ):
        assert titles(text=text) == ["L’été à Besançon"], text
    for text in ("strasse", "100 %", "of_it", "line and"):
        assert titles(text=text) == ["Straße"], text
    # No wildcards, and every word must be there.
    for text in ("o%it", "o_it", "ete strasse", "\\"):
        assert titles(text=text) == [], text


def test_filters_narrow_each_other() -> None:
    other = channel("Jazz", "jazz")
    film("Failed", state="failed", playable=False, error_code="not_media")
    film("Working", ready=False, visibility="private", where=other)
    film("Ready", visibility="draft", where=other, age=dt.timedelta(days=3))
    assert titles(state=FilmState.FAILED) == ["Failed"]
    assert titles(state=FilmState.WORKING) == ["Working"]
    assert titles(state=FilmState.READY) == ["Ready"]
    assert titles(channel_id=other.public_id) == ["Working", "Ready"]
    assert titles(channel_id=other.public_id, visibility="draft") == ["Ready"]
    assert titles(visibility="public") == ["Failed"]
    by_title = film_list.film_page(
        FilmFilter(visibility="public"), order=FilmOrder.TITLE, per_page=9
    )
    assert [row.title for row in by_title.rows] == ["Failed"]
    yesterday = clock.now() - dt.timedelta(days=1)
    assert titles(until=yesterday) == ["Ready"]
    assert titles(since=yesterday, state=FilmState.WORKING) == ["Working"]
    assert titles(channel_id="chn_none") == []
    rubbish.put_in(
        video_id=Video.objects.get(title="Ready").public_id, actor="", at=clock.now()
    )
    assert titles() == ["Working", "Failed"]


def test_a_title_that_changes_is_found_anew() -> None:
    video = film("Before")
    details.edit(
        video_id=video.public_id, changes={"title": "Après", "description": "Là"},
        actor="", at=clock.now(),
    )  # fmt: skip
    assert titles(text="apres la") == ["Après"]
    assert titles(text="before") == []


@pytest.fixture
def many() -> None:
    """Make films that share what they are sorted by."""
    chance = random.Random(7)
    at = clock.now()
    for n in range(23):
        made = film(
            f"Film {chance.randrange(6)}", visibility=("public", "draft")[n % 3 == 0],
            duration_ms=chance.randrange(3) * 1000, size_bytes=chance.randrange(4),
        )  # fmt: skip
        Video.objects.filter(pk=made.pk).update(
            created_at=at - dt.timedelta(hours=chance.randrange(5))
        )


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("order", FilmOrder)
def test_pages_fit_together_both_ways(order: FilmOrder, is_descending: bool) -> None:
    def page(cursor: film_list.Cursor | None) -> film_list.FilmPage:
        return film_list.film_page(
            FilmFilter(), order=order, is_descending=is_descending, cursor=cursor,
            per_page=5,
        )  # fmt: skip

    pages = [page(None)]
    assert pages[0].before is None
    while pages[-1].after is not None:
        pages.append(page(pages[-1].after))
    seen = [row.video_id for one in pages for row in one.rows]
    assert len(pages) == 5
    assert len(set(seen)) == len(seen) == 23
    values = [
        getattr(row, film_list._VALUES[order]) for one in pages for row in one.rows
    ]
    there = [value for value in values if value is not None]
    assert there == sorted(there, reverse=is_descending)
    assert values[: len(there)] == there, "empty ones come last"
    for earlier, later in zip(pages[-2::-1], pages[:0:-1], strict=True):
        assert later.before is not None
        back = page(later.before)
        assert back.rows == earlier.rows
        assert (back.before is None) == (earlier is pages[0])
        assert back.after is not None
    each = film_list.each_film(FilmFilter(), order=order, is_descending=is_descending)
    assert [row.video_id for row in each] == seen


@pytest.mark.usefixtures("many")
def test_a_film_that_arrives_repeats_no_row() -> None:
    first = film_list.film_page(FilmFilter(), per_page=5)
    film("Newest", age=dt.timedelta(0))
    second = film_list.film_page(FilmFilter(), cursor=first.after, per_page=5)
    assert not {row.video_id for row in first.rows} & {
        row.video_id for row in second.rows
    }


@pytest.mark.usefixtures("many")
def test_a_page_is_one_question_and_uses_its_index() -> None:
    cursor = film_list.film_page(FilmFilter(), per_page=5).after
    with CaptureQueriesContext(connection) as asked:
        film_list.film_page(FilmFilter(), cursor=cursor, per_page=5)
    assert len(asked) == 1
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as one:
        one.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
        plan = " | ".join(row[3] for row in one.fetchall())
    assert "video_by_created (created_at<?)" in plan, plan


def plans(**asked_for: object) -> list[str]:
    """Return how SQLite answers each question of a page by size."""
    film_list._have_more.cache_clear()
    with CaptureQueriesContext(connection) as asked:
        film_list.film_page(
            FilmFilter(**asked_for),  # type: ignore[arg-type]
            order=FilmOrder.SIZE,
            per_page=5,
        )
    return explained(asked)


def explained(asked: CaptureQueriesContext) -> list[str]:
    found = []
    for one in asked:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + one["sql"])
            found.append(" | ".join(row[3] for row in cursor.fetchall()))
    return found


@pytest.mark.usefixtures("many")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite knows no statistics")
def test_public_films_of_one_channel_are_counted_within_an_index() -> None:
    one = Channel.objects.get()
    for wanted in (
        FilmFilter(channel_id=one.public_id, visibility="public"),
        FilmFilter(within=(one.pk,), visibility="public"),
    ):
        with CaptureQueriesContext(connection) as asked:
            film_list.count_films(wanted)
        (plan,) = explained(asked)
        assert "SEARCH catalog_video USING INDEX video_created_of_channel" in plan, plan


@pytest.mark.usefixtures("many")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite knows no statistics")
def test_many_films_of_some_channels_are_read_along_their_sizes(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tuple(Channel.objects.values_list("pk", flat=True))
    where = Channel.objects.get(pk=keys[0]).public_id
    wanted: list[dict[str, object]] = [
        {"within": (*keys, 10**6)}, {"within": keys}, {"channel_id": where},
        {"within": keys, "visibility": "public", "state": FilmState.READY},
    ]  # fmt: skip
    for one in wanted:
        count, *page = plans(**one)
        assert "SCAN" not in count, "few films: they are gathered"
        assert "asset_by_size" not in page[0], page
    monkeypatch.setattr(film_list, "MANY", 20)
    for one in [*wanted, {"visibility": "public"}]:
        *count, page = plans(**one)
        assert len(count) == (one != {"visibility": "public"})
        assert "SCAN V0 USING COVERING INDEX asset_by_size" in page, page
    assert plans(within=()) == []
    (rare,) = plans(visibility="draft")
    assert "asset_by_size" not in rare


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("order", FilmOrder)
def test_the_same_is_shown_whether_films_are_gathered_or_passed_by(
    order: FilmOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    jazz = channel("Jazz", "jazz")
    for n in range(9):
        film(f"Jazz {n % 2}", where=jazz, size_bytes=n % 3, duration_ms=n % 4)
    film("In the bin", where=jazz)
    rubbish.put_in(
        video_id=Video.objects.get(title="In the bin").public_id, actor="", at=clock.now()
    )
    others = set(Channel.objects.values_list("pk", flat=True)) - {jazz.pk}

    def seen(wanted: FilmFilter) -> list[list[str]]:
        pages = []
        for is_descending in (True, False):
            each = film_list.each_film(wanted, order=order, is_descending=is_descending)
            pages.append([row.video_id for row in each])
        return pages

    for wanted, count in (
        (FilmFilter(within=(jazz.pk,)), 9),
        (FilmFilter(within=(jazz.pk, *others), channel_id=jazz.public_id), 9),
        (FilmFilter(within=(jazz.pk, *others)), 32),
        (FilmFilter(channel_id=jazz.public_id, visibility="public"), 9),
        (FilmFilter(within=tuple(others), channel_id=jazz.public_id), 0),
    ):
        monkeypatch.setattr(film_list, "MANY", 10_000)
        gathered = seen(wanted)
        monkeypatch.setattr(film_list, "MANY", 0)
        monkeypatch.setattr(film_list, "_EXPORT_BATCH", 4)
        assert seen(wanted) == gathered
        assert len(gathered[0]) == count
    assert film_list.count_films(FilmFilter()).number == 32
