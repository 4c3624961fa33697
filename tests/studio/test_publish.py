"""A film through the form: taken, refused early, broken off, oddly named."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from lucarne.catalog import queries
from lucarne.core import conf
from tests.catalog import everything
from tests.engine.films import film as film_file

pytestmark = pytest.mark.django_db
PUBLISH = "/studio/publish"
JSON = {"Accept": "application/json"}


def film(name: str = "holiday.mp4", content: bytes = b"no film " * 1000) -> Any:
    return SimpleUploadedFile(name, content, content_type="video/mp4")


def fields(**changes: Any) -> dict[str, Any]:
    channel = queries.channels()[0].channel_id
    return {
        "film": film(), "title": "", "channel": channel, "description": "",
        "visibility": "public", **changes,
    }  # fmt: skip


def left_in(folder: Path) -> list[Path]:
    incoming = folder / "incoming"
    return list(incoming.iterdir()) if incoming.exists() else []


def videos() -> tuple[queries.VideoView, ...]:
    return everything.films()


class Unreadable(io.RawIOBase):
    """A body that must not be read."""

    def read(self, _size: int = -1) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def announce(
    browser: Client, body_bytes: int | str, body: Any = None, **headers: str
) -> Any:
    """Send a request whose body is a stream of its own, as the server would."""
    named = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()}
    return browser.request(
        PATH_INFO=PUBLISH,
        REQUEST_METHOD="POST",
        CONTENT_TYPE=MULTIPART_CONTENT,
        CONTENT_LENGTH=str(body_bytes),
        **named,
        **{"wsgi.input": body or Unreadable()},
    )


def test_a_film_is_taken_and_leads_to_its_page(studio: Client, folder: Path) -> None:
    answer = studio.post(PUBLISH, fields(title="  Our  holiday ", visibility="private"))
    (video,) = videos()
    assert answer.status_code == 302
    assert answer["Location"] == f"/studio/films/{video.video_id}"
    assert (video.title, video.visibility) == ("Our holiday", "private")
    assert video.source_name == "holiday.mp4"
    # Every byte is in the store, none in the place where it arrived.
    master = folder / "store" / "masters" / video.film.asset_id
    assert master.read_bytes() == b"no film " * 1000
    assert left_in(folder) == []


def test_a_name_with_quotes_is_that_of_the_file(studio: Client) -> None:
    studio.post(PUBLISH, fields(film=film("My %22best%22 100%.mp4")))
    (video,) = videos()
    assert (video.source_name, video.title) == ('My "best" 100%.mp4', 'My "best" 100%')


def test_a_script_hears_where_to_go(studio: Client) -> None:
    answer = studio.post(PUBLISH, fields(), headers=JSON)
    assert answer.status_code == 201
    (video,) = videos()
    assert answer.json() == {
        "location": f"/studio/films/{video.video_id}", "is_failed": True,
        "sentence": "“holiday” cannot be shown.", "reason": video.error_sentence,
    }  # fmt: skip
    assert video.error_sentence


@pytest.mark.parametrize(
    ("visibility", "sentence"),
    [
        ("public", "“Jardin” is published."),
        ("members", "“Jardin” is published."),
        ("private", "“Jardin” is here, and not published."),
    ],
)
def test_a_script_hears_what_became_of_it(
    studio: Client, visibility: str, sentence: str
) -> None:
    data = fields(
        film=film(content=film_file("tiny").read_bytes()), title="Jardin",
        visibility=visibility,
    )  # fmt: skip
    told = studio.post(PUBLISH, data, headers=JSON).json()
    del told["location"]
    assert told == {"is_failed": False, "sentence": sentence, "reason": ""}


def test_the_page_tells_scripts_what_would_be_refused(studio: Client) -> None:
    page = studio.get(PUBLISH).content.decode()
    assert f'data-max-bytes="{conf.get().uploads.max_bytes}"' in page
    assert 'enctype="multipart/form-data"' in page


@pytest.mark.usefixtures("owner")
def test_strangers_are_turned_away_before_the_body_is_read() -> None:
    answer = announce(Client(), 1000)
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in?next=/studio/publish"
    answer = announce(Client(), 1000, **JSON)
    assert answer.status_code == 401
    assert "Sign in again" in answer.content.decode()


def test_what_is_too_large_is_refused_before_it_is_read(
    studio: Client, folder: Path
) -> None:
    conf.load(data=folder, uploads={"max_bytes": 1_000_000, "reserve_bytes": 0})
    answer = announce(studio, 2_000_000)
    assert answer.status_code == 413
    assert "larger than this portal accepts" in answer.content.decode()
    assert "<form" in answer.content.decode()
    answer = announce(studio, 2_000_000, **JSON, **{"X-Film-Name": "f%C3%AAte.mp4"})
    assert answer.status_code == 413
    assert "fête.mp4" in answer.json()["error"]
    assert left_in(folder) == []


def test_what_does_not_fit_on_the_disk_is_refused_before_it_is_read(
    studio: Client, folder: Path
) -> None:
    conf.load(data=folder, uploads={"reserve_bytes": 10**16})
    answer = announce(studio, 2_000_000)
    assert answer.status_code == 507
    assert "not enough disk space" in answer.content.decode()
    assert left_in(folder) == []


def test_a_body_of_unknown_length_is_refused(studio: Client) -> None:
    assert announce(studio, "").status_code == 411
    assert videos() == ()


def test_a_film_that_grows_past_the_limit_is_dropped(
    studio: Client, folder: Path
) -> None:
    conf.load(data=folder, uploads={"max_bytes": 100_000, "reserve_bytes": 0})
    answer = studio.post(PUBLISH, fields(film=film(content=b"x" * 120_000)))
    assert answer.status_code == 413
    assert left_in(folder) == []
    assert videos() == ()


def test_a_film_of_exactly_the_limit_is_taken(studio: Client, folder: Path) -> None:
    conf.load(data=folder, uploads={"max_bytes": 120_000, "reserve_bytes": 0})
    answer = studio.post(PUBLISH, fields(film=film(content=b"x" * 120_000)))
    assert answer.status_code == 302


class Lost(io.RawIOBase):
    """A body whose sender goes away: the end is quiet, or an error."""

    def __init__(self, data: bytes, *, is_quiet: bool) -> None:
        self.data = io.BytesIO(data)
        self.is_quiet = is_quiet

    def read(self, size: int = -1) -> bytes:
        data = self.data.read(size)
        if not data and not self.is_quiet:
            raise OSError("connection reset by peer")
        return data


@pytest.mark.parametrize("is_quiet", [True, False])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9999])
def test_a_lost_connection_leaves_nothing(
    studio: Client, folder: Path, share: float, *, is_quiet: bool
) -> None:
    content = b"x" * 500_000
    # The film comes last: whatever is cut off, the other answers are complete.
    answers = fields()
    del answers["film"]
    body = encode_multipart(BOUNDARY, {**answers, "film": film(content=content)})
    sent = body[: int(len(body) * share)]
    answer = announce(studio, len(body), Lost(sent, is_quiet=is_quiet), **JSON)
    assert answer.status_code >= 400
    assert left_in(folder) == []
    assert videos() == ()


def test_the_form_wants_its_token(owner: Any, folder: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert strict.post(PUBLISH, fields()).status_code == 403
    assert videos() == ()
    assert left_in(folder) == []
    page = strict.get(PUBLISH)
    token = page.content.decode().split('csrfmiddlewaretoken" value="')[1][:64]
    answer = strict.post(PUBLISH, {"csrfmiddlewaretoken": token, **fields()})
    assert answer.status_code == 302


def test_another_site_is_refused_before_its_body_is_read(owner: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    answer = announce(browser, 1000, Origin="https://evil.example")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"film": ""}, "film"),
        ({"film": film(content=b"")}, "film"),
        ({"channel": "chn_unknown"}, "channel"),
        ({"visibility": "everybody"}, "visibility"),
        ({"title": "x" * 201}, "title"),
    ],
)
def test_a_wrong_answer_publishes_nothing(
    studio: Client, folder: Path, changes: dict[str, Any], field: str
) -> None:
    data = {**fields(), **changes}
    if data["film"] == "":
        del data["film"]
    answer = studio.post(PUBLISH, data, headers=JSON)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]
    for upload in (changes.get("film"),):
        if upload:
            upload.seek(0)
    page = studio.post(PUBLISH, data)
    assert page.status_code == 422
    assert "data-takes-focus" in page.content.decode()
    assert videos() == ()
    # A film that is whole is not sent twice because of a title.
    assert len(left_in(folder)) == (0 if field == "film" else 1)


def hidden(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found is not None
    return found[1]


def test_a_wrong_answer_does_not_lose_the_film(studio: Client, folder: Path) -> None:
    page = studio.post(PUBLISH, fields(title="x" * 201))
    upload = hidden(page, "upload")
    assert upload.startswith("upl_")
    assert "holiday.mp4" in page.content.decode()
    answers = {**fields(title="Short"), "upload": upload}
    del answers["film"]
    answer = studio.post(PUBLISH, answers)
    assert answer.status_code == 302
    assert [video.title for video in videos()] == ["Short"]
    assert left_in(folder) == []


def test_a_film_that_is_here_is_offered_instead(studio: Client, folder: Path) -> None:
    data = film_file("tiny").read_bytes()
    # One that failed may be tried once more.
    for _ in range(2):
        studio.post(PUBLISH, fields(title="No film"))
    assert len(videos()) == 2
    studio.post(PUBLISH, fields(film=film(content=data), title="The first"))
    first = videos()[0]
    again = film("other name.mp4", data)
    page = studio.post(PUBLISH, fields(film=again, title="Again"))
    assert page.status_code == 409
    text = page.content.decode()
    assert "is here already: it is the film “The first”" in text
    assert f'href="/studio/films/{first.video_id}"' in text
    assert len(videos()) == 3
    answers = {
        **fields(title="Again"), "upload": hidden(page, "upload"),
        "anyway": hidden(page, "anyway"),
    }  # fmt: skip
    del answers["film"]
    assert studio.post(PUBLISH, answers).status_code == 302
    assert len(videos()) == 4
    assert left_in(folder) == []
    # Scripts are told where it is; another film of the same size is another film.
    again = film(content=data)
    told = studio.post(PUBLISH, fields(film=again), headers=JSON).json()
    assert told["known"]["address"].startswith("/studio/films/vid_")
    other = film(content=data[:-1] + b"x")
    assert studio.post(PUBLISH, fields(film=other), headers=JSON).status_code == 201


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Ma_fête d'été.MP4", "Ma fête d'été"),
        ("x" * 300 + ".mp4", "x" * 200),
        ("../../etc/passwd.mp4", "passwd"),
        ("a\u202egpj.mp4", "agpj"),
        ("\u200fعربي.mp4", "عربي"),
        ("🎬 🏳️‍🌈.mov", None),
        ('<img src=x onerror="alert(1)">.mp4', '<img src=x onerror="alert(1)">'),
        ("no suffix", "no suffix"),
        (".mp4", None),
    ],
)
def test_odd_names_become_plain_titles(
    studio: Client, name: str, title: str | None
) -> None:
    upload = film()
    upload._name = name
    answer = studio.post(PUBLISH, fields(film=upload))
    assert answer.status_code == 302
    (video,) = videos()
    if title is not None:
        assert video.title == title
    assert video.title
    page = studio.get(answer["Location"])
    text = page.content.decode()
    assert page.status_code == 200
    assert "<img src=x" not in text
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u200f")


def test_who_may_not_have_everything_sees_how_much_is_left(
    folder: Path, studio: Client
) -> None:
    assert b"that you may have" not in studio.get(PUBLISH).content
    conf.load(data=folder, uploads={"person_bytes": 5_000_000_000, "person_films": 8})
    page = studio.get(PUBLISH).content.decode()
    assert re.search("Your films take 0.{1,6} of the 5.GB that you may have", page)
    assert "You have 0 of at most 8 films." in page
