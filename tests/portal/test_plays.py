"""The door through which players say what was played: who is counted, what is refused."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lucarne.accounts.models import Person
from lucarne.core import clock
from lucarne.membership import operations as members
from lucarne.traffic import counting, limits, queries
from lucarne.traffic.models import Sitting
from tests.portal.films import film

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
VISIT = "0123456789abcdef" * 2
REPORT: dict[str, Any] = {"visit": VISIT, "from": "", "spans": [[0, 5200]]}


@pytest.fixture
def viewer() -> Client:
    return Client(headers={"accept-language": "en", "user-agent": FIREFOX})


@pytest.fixture(autouse=True)
def _no_reports_are_remembered() -> Iterator[None]:
    limits.reports.forget()
    yield
    limits.reports.forget()


def send(client: Client, video_id: str, report: Any = REPORT, **how: Any) -> Any:
    body = report if isinstance(report, bytes | str) else json.dumps(report)
    path = f"/watch/{video_id}/played"
    return client.post(path, body, content_type="application/json", **how)


def test_what_is_played_is_counted(viewer: Client) -> None:
    video = film().public_id
    report = {**REPORT, "from": "www.google.fr"}
    assert send(viewer, video, report).status_code == 204
    counting.count_pending()
    found = queries.statistics(video, days=7, today=clock.now().date())
    assert (found.views, found.watch_ms) == (1, 5200)
    assert found.sources[0].code == "search"
    assert found.devices[0].code == "computer"


def test_nothing_is_kept_that_names_a_person(viewer: Client) -> None:
    video = film().public_id
    answer = send(viewer, video, {**REPORT, "from": "intranet.example.org"})
    assert not answer.cookies
    kept = str(Sitting.objects.values().get())
    assert not any(one in kept for one in ("127.0.0.1", "example.org", "Firefox"))


def test_another_page_of_the_portal_is_told_by_its_name(viewer: Client) -> None:
    video = film().public_id
    report = {**REPORT, "from": "testserver"}
    assert send(viewer, video, report, HTTP_HOST="testserver:8000").status_code == 204
    assert Sitting.objects.get().source == "portal"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-gpc": "1"},
        {"dnt": "1"},
        {"user-agent": "Googlebot/2.1"},
        {"user-agent": ""},
    ],
    ids=lambda one: "-".join(*one.items()),
)
def test_who_is_left_out_gets_the_same_answer(headers: dict[str, str]) -> None:
    client = Client(headers={"user-agent": FIREFOX, **headers})
    assert send(client, film().public_id).status_code == 204
    assert not Sitting.objects.exists()


def test_people_of_the_portal_are_not_counted(member: Client) -> None:
    video = film().public_id
    answer = send(member, video, headers={"user-agent": FIREFOX})
    assert answer.status_code == 204
    assert not Sitting.objects.exists()


def test_members_are_counted_where_everybody_is(viewer: Client) -> None:
    reader = Person.objects.create(
        email="reader@example.org", name="Reader", created_at=clock.now()
    )
    members.add(email=reader.email, actor="test", at=clock.now())
    viewer.force_login(reader)
    assert send(viewer, film().public_id).status_code == 204
    assert Sitting.objects.count() == 1
    page = viewer.get(f"/watch/{film(visibility='members').public_id}")
    assert 'data-played=""' in page.content.decode()


@pytest.mark.parametrize(
    ("visibility", "status"),
    [
        ("public", 204),
        ("unlisted", 204),
        ("private", 404),
        ("draft", 404),
        ("link", 404),
        ("members", 404),
    ],
)
def test_only_films_that_are_open_are_counted(
    viewer: Client, visibility: str, status: int
) -> None:
    answer = send(viewer, film(visibility=visibility).public_id)
    assert answer.status_code == status
    assert Sitting.objects.exists() == (status == 204)


def test_a_film_in_the_bin_and_one_that_never_was(viewer: Client) -> None:
    binned = film(visibility="unlisted", details={"deleted_at": clock.now()})
    for video_id in (binned.public_id, "vid_x"):
        answer = send(viewer, video_id)
        assert answer.status_code == 404
        assert answer.content.decode().endswith(".")
    assert not Sitting.objects.exists()


def changed(**facts: Any) -> dict[str, Any]:
    return {**REPORT, **facts}


BAD: dict[str, Any] = {
    "nothing": b"", "no JSON": "spans", "bad UTF-8": b"\xff\xfe{", "a list": [REPORT],
    "too deep": b"[" * 4000, "no visit": {"spans": [[0, 5]]},
    "a short visit": changed(visit="ab"), "a visit in capitals": changed(visit=VISIT.upper()),
    "a visit that is a number": changed(visit=1), "a long host": changed(**{"from": "a" * 254}),
    "a host with a path": changed(**{"from": "example.org/?user=7"}),
    "a host that is none": changed(**{"from": None}), "no spans": changed(spans=[]),
    "spans that are none": changed(spans={"0": 5}), "too many spans": changed(spans=[[0, 1]] * 61),
    "three times": changed(spans=[[0, 1, 2]]), "backwards": changed(spans=[[5, 0]]),
    "an empty span": changed(spans=[[5, 5]]), "negative": changed(spans=[[-5, 5]]),
    "a fraction": changed(spans=[[0.5, 5]]), "truth": changed(spans=[[False, True]]),
    "text": changed(spans=[["0", "5"]]), "huge": changed(spans=[[0, 10**40]]),
    "endless": f'{{"visit": "{VISIT}", "from": "", "spans": [[0, Infinity]]}}',
    "not a number": f'{{"visit": "{VISIT}", "from": "", "spans": [[NaN, 5]]}}',
    "beyond the end": changed(spans=[[0, 127_001]]),
    "more than there was time for": changed(spans=[[0, 125_000]]),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_reports_get_one_sentence_and_count_nothing(
    viewer: Client, what: str
) -> None:
    answer = send(viewer, film().public_id, BAD[what])
    assert answer.status_code == 400
    sentence = answer.content.decode()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not Sitting.objects.exists()


def test_other_methods_other_sites_and_large_bodies_are_refused(viewer: Client) -> None:
    video = film().public_id
    assert viewer.get(f"/watch/{video}/played").status_code == 405
    assert send(viewer, video, b" " * 4097).status_code == 413
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
    ):
        assert send(viewer, video, headers=headers).status_code == 403
    assert not Sitting.objects.exists()


def test_floods_are_refused(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    video = film().public_id
    monkeypatch.setattr(limits, "MOST", 3)
    monkeypatch.setattr(clock, "monotonic", lambda: 1000.0)
    answers = [
        send(viewer, video, changed(visit=f"{n:032x}")).status_code for n in range(5)
    ]
    assert answers == [204, 204, 204, 429, 429]
    assert send(viewer, video, REMOTE_ADDR="203.0.113.7").status_code == 204
    monkeypatch.setattr(clock, "monotonic", lambda: 1061.0)
    assert send(viewer, video).status_code == 204


def test_one_visit_is_held_to_its_time(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, began = film().public_id, clock.now()
    statuses = []
    for second in (0, 1, 30, 45):
        monkeypatch.setattr(
            clock, "now", lambda s=second: began + dt.timedelta(seconds=s)
        )
        report = changed(spans=[[0, 100_000]])
        statuses.append(send(viewer, video, report).status_code)
    # 120 seconds are given, and four for each that passes.
    assert statuses == [204, 400, 204, 204]


def test_a_report_asks_little_and_writes_once(viewer: Client) -> None:
    video = film().public_id
    for expected in ("INSERT", "UPDATE"):
        with CaptureQueriesContext(connection) as asked:
            assert send(viewer, video).status_code == 204
        asked_sql = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
        writes = [sql for sql in asked_sql if not sql.startswith("SELECT")]
        assert len(asked_sql) <= 3
        assert [sql.split()[0] for sql in writes] == [expected]


def test_pages_tell_players_whether_to_report(viewer: Client, member: Client) -> None:
    public, unlisted, private = (
        film(visibility=one).public_id for one in ("public", "unlisted", "private")
    )
    for video in (public, unlisted):
        page = viewer.get(f"/watch/{video}").content.decode()
        assert f'data-played="/watch/{video}/played"' in page
    for path in (
        f"/watch/{public}", f"/watch/{private}", f"/watch/{unlisted}/preview",
    ):  # fmt: skip
        page = member.get(path).content.decode()
        assert 'data-played=""' in page
    kept = film(visibility="link", details={"link_key": "k" * 26})
    page = viewer.get(f"/link/{kept.link_key}").content.decode()
    assert 'data-played=""' in page
