"""The films table over HTTP: what the address asks for is what is shown and exported."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lucarne.catalog import details, publication
from lucarne.core import clock
from lucarne.studio import film_table
from lucarne.studio.film_csv import safe
from tests.portal.films import channel, film
from tests.studio.teams import member, signed_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 6


def titles(studio: Client, query: str = "") -> list[str]:
    """Return the films that a page shows, in their order."""
    answer = studio.get(f"/studio/{query}")
    assert answer.status_code == 200, query
    page = answer.content.decode()
    return re.findall(r'<a id="vid_\w+"[^>]*><bdi>(.*?)</bdi>', page)


def link(studio: Client, query: str, rel: str) -> str:
    page = studio.get(f"/studio/{query}").content.decode()
    found = re.search(rf'rel="{rel}" href="(\?[^"]+)"', page)
    assert found, f"no {rel} in {query}"
    return found[1].replace("&amp;", "&")


def test_the_address_filters_and_sorts(studio: Client) -> None:
    jazz = channel("Jazz", "jazz")
    film("Été", age=dt.timedelta(days=3), duration_ms=9000, description="Un cœur")
    film("Alpes", visibility="draft", where=jazz, duration_ms=100_000)
    film("Zoo", state="failed", playable=False, age=dt.timedelta(days=1), size_bytes=5)
    assert titles(studio) == ["Alpes", "Zoo", "Été"]
    for query, expected in {
        "?q=coeur+ete": ["Été"],
        "?visibility=draft": ["Alpes"],
        f"?channel={jazz.public_id}&q=": ["Alpes"],
        "?state=failed": ["Zoo"],
        "?sort=title": ["Alpes", "Été", "Zoo"],
        "?sort=-title": ["Zoo", "Été", "Alpes"],
        "?sort=duration": ["Été"],
        "?sort=-size": ["Zoo"],
        f"?since={clock.now() - dt.timedelta(hours=30):%Y-%m-%d}&sort=created": [
            "Zoo",
            "Alpes",
        ],
        f"?until={clock.now() - dt.timedelta(days=2):%Y-%m-%d}": ["Été"],
        "?q=nothing": [],
    }.items():
        assert titles(studio, query)[: len(expected) or None] == expected, query
    page = studio.get("/studio/?q=nothing").content.decode()
    assert "No film matches." in page
    assert 'href="/studio/"' in page


def test_films_are_found_by_tag(studio: Client) -> None:
    made, _ = film("With"), film("Without")
    details.edit(
        video_id=made.public_id, changes={"tags": ("Forêt",)}, actor="", at=clock.now()
    )
    assert titles(studio, "?tag=FORÊT") == ["With"]
    page = studio.get("/studio/?col=tags").content.decode()
    assert '<a href="?tag=For%C3%AAt"><bdi>Forêt</bdi></a>' in page


def test_columns_are_chosen_in_the_address(studio: Client) -> None:
    video = film("<i>A</i> & B", source_name="rushes.mov", size_bytes=2_500_000)
    publication.set_visibility(
        video_id=video.public_id, visibility="scheduled", actor="", at=clock.now(),
        publish_at=clock.now() + dt.timedelta(days=2),
    )  # fmt: skip
    plain = studio.get("/studio/").content.decode()
    assert ">Channel</th>" in plain
    assert "rushes.mov" not in plain
    assert "&lt;i&gt;A&lt;/i&gt; &amp; B" in plain
    names = [one.name for one in film_table.COLUMNS]
    query = "&".join(f"col={name}" for name in names)
    every = studio.get(f"/studio/?{query}").content.decode()
    for text in ("rushes.mov", "2.5 MB", "Scheduled", "Nature", "2:05"):
        assert text in every
    only = studio.get("/studio/?col=title&sort=title").content.decode()
    assert "cell-channel" not in only
    # Links keep what was chosen.
    assert 'href="?sort=-title&amp;col=title"' in only
    assert 'aria-sort="ascending"' in only


def test_a_schedule_says_for_whom(studio: Client) -> None:
    for title, publish_as in (("Open", "public"), ("Closed", "members")):
        publication.set_visibility(
            video_id=film(title).public_id, visibility="scheduled", actor="",
            at=clock.now(), publish_at=dt.datetime(2099, 7, 1, 18, tzinfo=dt.UTC),
            publish_as=publish_as,
        )  # fmt: skip
    pills = re.findall(
        r'cell-visibility.*?</svg>(.*?)</span>', studio.get("/studio/").content.decode()
    )
    assert pills == ["Scheduled for members", "Scheduled"]
    file = b"".join(studio.get("/studio/films.csv?col=visibility").streaming_content)
    assert re.findall('"(Scheduled.*?)"', file.decode()) == [
        "Scheduled, then for members", "Scheduled, then public",
    ]  # fmt: skip
    log = studio.get("/studio/log").content.decode()
    assert "“Closed”: Scheduled, then for members, 07/01/2099" in log
    assert "“Open”: Scheduled, then public, 07/01/2099" in log


def test_pages_keep_the_view_and_go_both_ways(studio: Client) -> None:
    for n in range(60):
        film(f"Film {n:02}", visibility="draft" if n % 2 else "public")
    query = "?visibility=draft&sort=title"
    first = titles(studio, query)
    assert first == [f"Film {n:02}" for n in range(1, 51, 2)]
    following = link(studio, query, "next")
    assert following.startswith(f"{query}&after=")
    assert titles(studio, following) == [f"Film {n:02}" for n in range(51, 60, 2)]
    assert titles(studio, link(studio, following, "prev")) == first
    assert len(titles(studio, "?per=100")) == 60
    with CaptureQueriesContext(connection) as asked:
        studio.get(f"/studio/{following}", headers={"accept-language": "en"})
    assert len(asked) <= MOST_QUERIES


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?since=25/11/2026", "Write the day as year, month and day: 2026-11-25."),
        ("?until=0001-01-01", "Write the day as year, month and day: 2026-11-25."),
        ("?since=2026-11-25&until=2026-11-24", "The last day comes before the first"),
        ("?visibility=secret", "This choice does not exist."),
        ("?state=odd", "This choice does not exist."),
        ("?sort=-visibility", "This choice does not exist."),
        ("?channel=chn_none", "This choice does not exist."),
        ("?per=100000", "This choice does not exist."),
        ("?col=secret", "There is no column “secret”."),
        ("?q=" + "x" * 201, "Search for 200 characters at most."),
        ("?q=%00", "Null characters are not allowed."),
    ],
)
def test_an_odd_address_says_what_is_wrong(
    studio: Client, query: str, sentence: str
) -> None:
    film("A")
    for path in ("/studio/", "/studio/films.csv"):
        answer = studio.get(path + query)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()


@pytest.mark.parametrize("order", ["created", "published", "title", "duration", "size"])
def test_a_cursor_that_was_not_written_here_is_not_found(
    studio: Client, order: str
) -> None:
    for text in ("x", "é", "====", "bnVsbA", "WzEsMl0", "W3RydWUsInYiXQ", "WyJhIiwxXQ",
                 "WyJcdWQ4MDAiLCJ2Il0", "WyJhXHUwMDAwIiwidiJd", "WzFlOTksInYiXQ",
                 "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCJ2Il0",
                 "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwidiJd"):  # fmt: skip
        if order == "title" and text.startswith("WyIwMDAx"):
            continue  # a day in the year 1 is a title like another
        for name in ("after", "before"):
            answer = studio.get(f"/studio/?sort={order}&{name}={text}")
            assert answer.status_code == 404, text


def test_a_page_whose_films_are_gone_leads_back(studio: Client) -> None:
    for n in range(26):
        film(f"Film {n}")
    following = link(studio, "", "next")
    from lucarne.catalog.models import Video

    Video.objects.all().delete()
    page = studio.get(f"/studio/{following}").content.decode()
    assert "There are no more films on this page." in page
    assert "Publish your first film" in studio.get("/studio/").content.decode()


def exported(studio: Client, query: str) -> list[list[str]]:
    answer = studio.get(f"/studio/films.csv{query}")
    assert answer.streaming
    assert answer["Content-Type"].startswith("text/csv; charset=utf-8")
    assert re.search(
        r'attachment; filename="films-[\d-]+\.csv"', answer["Content-Disposition"]
    )
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def test_the_export_follows_filter_order_and_columns(
    studio: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lucarne.catalog.film_list._EXPORT_BATCH", 2)
    for title in ("B, with a comma", "=1+1", 'A "quoted" one', "É"):
        film(title, visibility="draft", size_bytes=7)
    film("Public")
    rows = exported(
        studio, "?visibility=draft&sort=title&col=title&col=size&col=visibility"
    )
    assert rows[0] == ["Id", "Film", "Visibility", "File size", "Address"]
    assert [row[1] for row in rows[1:]] == [
        "'=1+1",
        'A "quoted" one',
        "B, with a comma",
        "É",
    ]
    assert {tuple(row[2:4]) for row in rows[1:]} == {("Draft", "7")}
    assert rows[1][4] == f"http://testserver/watch/{rows[1][0]}"
    assert exported(studio, "?q=nothing")[1:] == []


def test_the_export_speaks_the_language_of_who_asks(studio: Client) -> None:
    film("A")
    studio.cookies["lucarne_language"] = "fr"
    assert exported(studio, "?col=visibility")[0][1:3] == ["Film", "Visibilité"]
    assert exported(studio, "?col=visibility")[1][2] == "Public"


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠", "  ="]
)
def test_no_cell_is_a_formula(sign: str) -> None:
    assert safe(f"{sign}HYPERLINK(1)") == f"'{sign}HYPERLINK(1)"


def test_other_cells_stay_as_they_are() -> None:
    for cell in ("", "A = B", "l'été", "1-2", -5, 7):
        assert safe(cell) == cell


def test_the_table_is_for_signed_in_people(client: Client, studio: Client) -> None:
    assert studio.get("/studio/").status_code == 200
    stranger = Client()
    for path in ("/studio/", "/studio/films.csv", "/studio/change", "/studio/changes"):
        assert stranger.get(path)["Location"].startswith("/sign-in?next=")
    assert client.post("/studio/").status_code == 405


def test_who_may_change_nothing_has_nothing_to_choose(studio: Client) -> None:
    film("Le jardin")
    analyst = signed_in(member(channel(), "analyst"))
    pages = [one.get("/studio/").content.decode() for one in (studio, analyst)]
    assert ["films--read" in page for page in pages] == [False, True]
    # The script chooses rows by the button that this stands in.
    assert ["data-chosen=" in page for page in pages] == [True, False]
