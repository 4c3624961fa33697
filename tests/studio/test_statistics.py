"""A film's statistics over HTTP: what was watched is what the page and its files say."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lucarne.core import clock
from lucarne.studio import film_csv
from lucarne.traffic import counting
from tests.portal.films import film
from tests.traffic.visits import AT, report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def video() -> str:
    return film("Le jardin").public_id


def watched(video: str) -> None:
    """Two views today, on a phone and from a search, and one 40 days ago."""
    report(video, (0, 62_500), visit=1, device="phone")
    report(video, (0, 6250), visit=2, source="search")
    old = AT - dt.timedelta(days=40)
    report(video, (0, 125_000 - 5000), visit=3, at=old)
    report(video, (0, 3000), visit=4)  # too short to be a view


def page_of(studio: Client, video: str, query: str = "", language: str = "en") -> str:
    answer = studio.get(
        f"/studio/films/{video}/statistics{query}",
        headers={"accept-language": language},
    )
    assert answer.status_code == 200
    return answer.content.decode()


def headline(page: str) -> list[str]:
    found = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page)
    return [f"{name}: {figure}" for name, figure in found][:4]


def facts(page: str) -> dict[str, Any]:
    found = re.search(
        r'id="statistics-facts" type="application/json">(.*?)</script>', page
    )
    assert found
    return dict(json.loads(found[1]))


def table(studio: Client, video: str, name: str, query: str = "") -> list[list[str]]:
    answer = studio.get(f"/studio/films/{video}/statistics/{name}.csv{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_page_says_what_was_watched_until_now(studio: Client, video: str) -> None:
    watched(video)
    page = page_of(studio, video)
    assert headline(page) == [
        "Views: 2", "Watch time: 1 min 9 s", "Watched per view: 34 s",
        "Seen of the film: 28%",
    ]  # fmt: skip
    drawn = facts(page)
    assert drawn["views"]["values"] == [0] * 27 + [2]
    assert drawn["views"]["texts"][-1] == "Nov. 20, 2026: 2 views"
    assert drawn["time"]["values"][-1] == pytest.approx(68.75 / 60, abs=0.01)
    shares = drawn["retention"]["shares"]
    assert [shares[0], shares[10], shares[49], shares[50]] == [1, 0.5, 0.5, 0]
    assert drawn["retention"]["storyboard"].endswith("/storyboard.vtt")
    # Without scripts the tables say the same.
    rows = re.findall(
        r'<th scope="row">([^<]*)(?:<svg.*?</svg>)?</th><td[^>]*>([^<]*)', page
    )
    assert ("0:00 – 0:06", "100%") in rows
    assert ("1:02 – 1:09", "0%") in rows
    assert ("Nov. 20, 2026", "2") in rows
    assert ("Nov. 20, 2026", "1 min 9 s") in rows
    assert ("Search engines", "1") in rows
    assert ("Phone", "1") in rows


@pytest.mark.parametrize(
    ("query", "views", "current"),
    [("", 2, "28 days"), ("?days=7", 2, "7 days"), ("?days=90", 3, "90 days"), ("?days=all", 3, "All")],
)  # fmt: skip
def test_the_address_says_which_days(
    studio: Client, video: str, query: str, views: int, current: str
) -> None:
    watched(video)
    page = page_of(studio, video, query)
    assert headline(page)[0] == f"Views: {views}"
    assert re.findall(r'aria-current="page">([^<]+)</a>', page)[-1] == current


def test_years_are_shown_by_months(studio: Client, video: str) -> None:
    for months in range(20):
        report(video, (0, 6000), visit=months, at=AT - dt.timedelta(days=30 * months))
    drawn = facts(page_of(studio, video, "?days=all"))
    assert drawn["labels"][0] == "Apr 2025"
    assert len(drawn["labels"]) == 20
    assert sum(drawn["views"]["values"]) == 20
    # The file has each day.
    days = table(studio, video, "days", "?days=all")
    assert len(days) == 1 + 30 * 19 + 1
    assert days[-1] == ["2026-11-20", "1", "6"]


def test_each_table_is_a_file(studio: Client, video: str) -> None:
    watched(video)
    days = table(studio, video, "days", "?days=7")
    assert days[0] == ["Day", "Views", "Watch time in seconds"]
    assert days[1:] == [
        *([f"2026-11-{day}", "0", "0"] for day in range(14, 20)), ["2026-11-20", "2", "69"],
    ]  # fmt: skip
    parts = table(studio, video, "retention")
    assert len(parts) == 101
    assert [parts[1], parts[-1]] == [["0.0", "1.25", "1.0"], ["123.75", "125.0", "0.0"]]
    assert table(studio, video, "sources")[1:] == [
        ["Directly, or not said", "1", "62"], ["Search engines", "1", "6"],
    ]  # fmt: skip
    assert table(studio, video, "devices")[1:] == [
        ["Computer", "1", "6"],
        ["Phone", "1", "62"],
    ]


def test_no_cell_of_a_file_is_a_formula() -> None:
    written = film_csv.text(
        [["=1+1", "+1", "-1", "@x", 5, 0.5], ["a", "", "", "", -5, 1]]
    )
    rows = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"))))
    assert rows[0] == ["'=1+1", "'+1", "'-1", "'@x", "5", "0.5"]
    assert rows[1][4] == "-5"


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_without_views_it_says_what_will_come(studio: Client, visibility: str) -> None:
    video = film(visibility=visibility).public_id
    page = page_of(studio, video)
    assert "No views in this time" in page
    assert ("not open to everybody now" in page) == (visibility == "private")
    assert "statistics-facts" not in page
    assert "statistics.js" not in page
    for name in ("days", "retention", "sources", "devices"):
        assert len(table(studio, video, name)) == (29 if name == "days" else 1)


def test_french(studio: Client, video: str) -> None:
    watched(video)
    page = page_of(studio, video, language="fr")
    assert headline(page)[1] == "Temps de visionnage: 1 min 9 s"
    assert facts(page)["views"]["texts"][-1] == "20 novembre 2026\u00a0: 2 vues"
    assert facts(page)["labels"][-1] == "20 nov"


def test_the_rows_of_a_short_film_can_be_told_apart(studio: Client) -> None:
    video = film("Short", duration_ms=10_000).public_id
    report(video, (0, 6000))
    counting.count_pending()
    rows = re.findall(r'scope="row">([^<]* – [^<]*)<', page_of(studio, video))
    assert (rows[:2], rows[-1]) == (["0:00.0 – 0:00.5", "0:00.5 – 0:01.0"], "0:09.5 – 0:10.0")
    assert "0:00,5 – 0:01,0" in page_of(studio, video, language="fr")


@pytest.mark.parametrize(
    "path",
    [
        "?days=8",
        "?days=",
        "?days=28%00",
        "/days.csv?days=x",
        "/films.csv",
        "/days.csv.csv",
    ],
)
def test_what_is_not_there_is_not_found(studio: Client, video: str, path: str) -> None:
    assert studio.get(f"/studio/films/{video}/statistics{path}").status_code == 404


def test_who_signs_in_reads_it(studio: Client, video: str) -> None:
    paths = [f"/studio/films/{video}/statistics{end}" for end in ("", "/days.csv")]
    for path in paths:
        assert Client().get(path).headers["Location"].startswith("/sign-in?next=")
        assert studio.post(path).status_code == 405
    assert studio.get("/studio/films/vid_x/statistics").status_code == 404


def test_the_page_asks_as_often_however_much_was_watched(
    studio: Client, video: str
) -> None:
    counts = []
    for days in (1, 30):
        for day in range(days):
            at = AT - dt.timedelta(days=day)
            report(video, (0, 6000), visit=2 * day, at=at)
            report(video, (0, 6000), visit=2 * day + 1, at=at, source="search")
        counting.count_pending()
        with CaptureQueriesContext(connection) as asked:
            page_of(studio, video, "?days=all")
        counts.append(len([one for one in asked if "SAVEPOINT" not in one["sql"]]))
    # The session, the person, the portal's name, the film, what is new, and two sums.
    assert counts == [7, 7]


def test_the_film_and_the_table_lead_there(studio: Client, video: str) -> None:
    for page in ("/studio/", f"/studio/films/{video}"):
        assert (
            f'href="/studio/films/{video}/statistics"'
            in studio.get(page).content.decode()
        )


def test_a_film_in_the_bin_keeps_them_until_it_is_deleted(
    studio: Client, video: str
) -> None:
    watched(video)
    page_of(studio, video)
    studio.post(f"/studio/films/{video}/delete")
    assert studio.get(f"/studio/films/{video}/statistics").status_code == 404
    studio.post(f"/studio/bin/{video}/restore")
    assert headline(page_of(studio, video))[0] == "Views: 2"
