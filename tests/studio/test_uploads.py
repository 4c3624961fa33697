"""Films on their way: announced, followed, drafted, fetched, forgotten; by HTTP."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.catalog import queries
from lucarne.core import clock, conf, jobs
from lucarne.media import uploads
from lucarne.media.models import Asset, Upload
from tests.catalog import everything
from tests.engine.films import film
from tests.media.film_server import FilmServer, serving

pytestmark = pytest.mark.django_db(transaction=True)
UPLOADS = "/studio/uploads"
PUBLISH = "/studio/publish"
DETAILS = {"title": "", "channel": "", "description": "", "visibility": "public"}


@pytest.fixture
def server(folder: Path) -> Iterator[FilmServer]:
    conf.load(
        data=folder, uploads={"reserve_bytes": 0, "fetch_private_networks": True}
    )
    with serving() as one:
        one.data = film("tiny").read_bytes()
        yield one


def announce(browser: Client, **changes: Any) -> Any:
    said = {"name": "a.mp4", "size": "8", "modified": "1", **DETAILS, **changes}
    return browser.post(UPLOADS, said)


def append(upload_id: str, owner: Person, data: bytes) -> None:
    view = uploads.find(
        upload_id=upload_id, person_id=owner.public_id, at=clock.now()
    )
    writer = uploads.writer(view, offset=view.received_bytes)
    writer.write(data)
    writer.commit()
    writer.close()


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_the_same_file_has_one_upload(studio: Client, owner: Person) -> None:
    made = announce(studio, title="Typed before")
    assert made.status_code == 201
    first = made.json()
    assert first["address"] == f"/uploads/{first['id']}"
    append(first["id"], owner, b"1234")
    again = announce(studio, title="Typed in another tab")
    assert again.status_code == 200
    told = again.json()
    assert (told["id"], told["received"]) == (first["id"], 4)
    assert told["draft"]["title"] == "Typed before"
    for other in ({"modified": "2"}, {"size": "9"}, {"name": "b.mp4"}):
        assert announce(studio, **other).json()["id"] != first["id"]


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""}, {"size": "0"}, {"size": "-1"}, {"size": "many"}, {"size": ""},
        {"modified": "today"}, {"title": "x" * 201}, {"description": "x" * 10_001},
    ],
)  # fmt: skip
def test_what_cannot_be_announced(studio: Client, said: dict[str, str]) -> None:
    answer = announce(studio, **said)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert not Upload.objects.exists()


def test_what_is_refused_before_its_first_byte(studio: Client, folder: Path) -> None:
    channel = queries.channels()[0].channel_id
    for settings, said, words in (
        ({"max_bytes": 7}, {}, "larger than this portal accepts"),
        ({"reserve_bytes": 10**16}, {}, "not enough disk space"),
        ({"person_bytes": 7}, {}, "your films may have 7 bytes together"),
        ({"channel_bytes": 7}, {"channel": channel}, "does not fit in the channel"),
    ):
        conf.load(data=folder, uploads={"reserve_bytes": 0, **settings})
        answer = announce(studio, **said)
        assert answer.status_code == 413
        assert words in answer.json()["error"]
    assert not Upload.objects.exists()


def test_a_form_over_the_quota_is_refused(studio: Client, folder: Path) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 0, "person_bytes": 100_000})
    data = {**DETAILS, "channel": queries.channels()[0].channel_id}
    with film("h264_short").open("rb") as file:
        answer = studio.post(PUBLISH, {**data, "film": file})
    assert answer.status_code == 413
    assert "your films may have" in text_of(answer)
    assert everything.films() == ()
    assert not Upload.objects.exists()


def test_what_is_typed_is_kept(studio: Client, owner: Person) -> None:
    upload = announce(studio).json()["id"]
    channel = queries.channels()[0].channel_id
    typed = {
        "title": "<b>The lynx</b>", "channel": channel, "description": " Two\nlines ",
        "visibility": "private",
    }  # fmt: skip
    assert "saved" in studio.post(f"{UPLOADS}/{upload}/draft", typed).json()
    told = studio.get(f"{UPLOADS}/{upload}").json()
    assert told["draft"] == typed
    assert told["saved"]
    wrong = studio.post(f"{UPLOADS}/{upload}/draft", {"title": "x" * 201})
    assert wrong.status_code == 422
    assert studio.get(f"{UPLOADS}/{upload}").json()["draft"] == typed
    # Without a script too, once all of it is here.
    assert studio.get(PUBLISH, {"upload": upload}).status_code == 302
    append(upload, owner, b"12345678")
    page = studio.get(PUBLISH, {"upload": upload})
    text = text_of(page)
    assert 'value="<b>The lynx</b>"' in text
    assert "<b>The lynx</b></" not in page.content.decode()
    assert f'name="upload" value="{upload}"' in text
    answer = studio.post(PUBLISH, {**typed, "upload": upload})
    assert answer.status_code == 302
    (video,) = everything.films()
    assert (video.title, video.visibility) == ("<b>The lynx</b>", "private")


def test_a_new_sign_in_loses_nothing(studio: Client, owner: Person) -> None:
    """A page that was opened before it has another token than it."""
    said = announce(studio).json()
    strict = Client(enforce_csrf_checks=True, headers={"Accept": "application/json"})
    old = "x" * 64
    fields = {"title": "Typed before", "csrfmiddlewaretoken": old}
    for path in (f"/studio/uploads/{said['id']}/draft", "/studio/publish"):
        strict.logout()
        assert strict.post(path, fields).status_code == 401
        strict.force_login(owner)
        refused = strict.post(path, fields)
        assert refused.status_code == 403
        assert "signed in anew" in refused.json()["error"]
        again = strict.post(path, {**fields, "csrfmiddlewaretoken": refused.json()["token"]})
        assert again.status_code != 403, path
    shown = studio.get(f"/studio/uploads/{said['id']}").json()
    assert shown["draft"]["title"] == "Typed before"
    # Others get the page that says so.
    strict.defaults.pop("HTTP_ACCEPT")
    page = strict.post("/studio/publish", fields)
    assert page.status_code == 403
    assert "no longer valid" in page.content.decode()


def test_others_see_nothing_of_it(studio: Client) -> None:
    mine = uploads.begin(
        person_id="per_somebodyelse", name="a.mp4", size_bytes=8, at=clock.now()
    ).upload_id
    assert studio.get(f"{UPLOADS}/{mine}").status_code == 410
    assert studio.post(f"{UPLOADS}/{mine}/draft", DETAILS).status_code == 410
    assert studio.get(PUBLISH, {"upload": mine}).status_code == 410
    answer = studio.post(f"{UPLOADS}/{mine}/forget", follow=True)
    assert "There is no upload" in text_of(answer)
    assert Upload.objects.filter(public_id=mine).exists()
    stranger = Client()
    for answer in (
        announce(stranger), stranger.get(f"{UPLOADS}/{mine}"),
        stranger.post(f"{UPLOADS}/{mine}/draft", DETAILS),
    ):  # fmt: skip
        assert answer.status_code == 401
    for where in (f"{mine}/forget", f"{mine}/again", "fetch"):
        answer = stranger.post(f"{UPLOADS}/{where}", {"address": "http://a.example/"})
        assert answer["Location"].startswith("/sign-in")


def test_a_film_sent_in_parts_is_known_again(
    studio: Client, owner: Person, runner: jobs.MemoryRunner
) -> None:
    answers = {**DETAILS, "channel": queries.channels()[0].channel_id}
    how: Any = {"headers": {"Accept": "application/json"}}
    data = film("tiny").read_bytes()
    for modified in ("1", "2"):
        said = {"modified": modified, "size": str(len(data))}
        upload = announce(studio, **said).json()["id"]
        append(upload, owner, data)
        answer = studio.post(PUBLISH, {**answers, "upload": upload}, **how)
        if modified == "1":
            assert answer.status_code == 201
    # Nothing is said before its digest is known, and nobody is blocked by that.
    assert (answer.status_code, answer.json()) == (202, {"wait": True})
    runner.drain()
    assert set(Asset.objects.values_list("digest", flat=True)) != {""}
    answer = studio.post(PUBLISH, {**answers, "upload": upload}, **how)
    assert answer.status_code == 409
    assert answer.json()["known"]["title"] == "a"
    answer = studio.post(PUBLISH, {**answers, "upload": upload, "anyway": "1"}, **how)
    assert answer.status_code == 201


# -- from an address


def test_a_film_is_fetched_and_published(
    studio: Client, server: FilmServer, runner: jobs.MemoryRunner
) -> None:
    address = f"{server.url}/the%20lynx.mp4"
    page = text_of(studio.post(f"{UPLOADS}/fetch", {"address": address}, follow=True))
    assert "the lynx.mp4" in page
    assert "being fetched" in page
    runner.drain()
    (row,) = Upload.objects.all()
    assert studio.get(f"{UPLOADS}/{row.public_id}").json()["complete"]
    assert f'href="?upload={row.public_id}"' in text_of(studio.get(PUBLISH))
    channel = queries.channels()[0].channel_id
    studio.post(PUBLISH, {**DETAILS, "channel": channel, "upload": row.public_id})
    assert [one.title for one in everything.films()] == ["the lynx"]


def test_what_cannot_be_fetched_says_why(
    studio: Client, server: FilmServer, runner: jobs.MemoryRunner, folder: Path
) -> None:
    for address in ("", "no address", "ftp://example.org/a.mp4", "http://u:p@a.example/"):
        page = studio.post(f"{UPLOADS}/fetch", {"address": address}, follow=True)
        assert "address" in text_of(page)
        assert not Upload.objects.exists()
    server.statuses = [404]
    studio.post(f"{UPLOADS}/fetch", {"address": f"{server.url}/a.mp4"})
    runner.drain()
    assert "does not give “a.mp4”" in text_of(studio.get(PUBLISH))
    (row,) = Upload.objects.all()
    # Tried again, and given up.
    conf.load(data=folder, uploads={"reserve_bytes": 0})
    studio.post(f"{UPLOADS}/{row.public_id}/again")
    runner.drain()
    assert "leads into a private network" in text_of(studio.get(PUBLISH))
    studio.post(f"{UPLOADS}/{row.public_id}/forget")
    assert not Upload.objects.exists()
    assert [path for path, _ in server.asked] == ["/a.mp4"]


def test_a_fetched_film_over_the_quota(
    studio: Client, server: FilmServer, runner: jobs.MemoryRunner, folder: Path
) -> None:
    conf.load(
        data=folder,
        uploads={
            "reserve_bytes": 0, "fetch_private_networks": True, "person_bytes": 1000,
        },
    )  # fmt: skip
    studio.post(f"{UPLOADS}/fetch", {"address": f"{server.url}/a.mp4"})
    runner.drain()
    assert "is more than you may have here" in text_of(studio.get(PUBLISH))
    (row,) = Upload.objects.all()
    assert (conf.get().paths.incoming / row.public_id).stat().st_size == 0
