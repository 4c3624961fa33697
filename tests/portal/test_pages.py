"""Pages for viewers, asked for over HTTP."""

from __future__ import annotations

import datetime as dt
import json
import re
from html import unescape

import pytest
from django.test import Client

from lucarne.core import clock, portal
from tests.portal.films import channel, film

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def named_portal() -> None:
    portal.set_portal(name="Belvédère", language="en", actor="test", at=clock.now())


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_an_empty_home_is_one_sentence_and_one_action(
    viewer: Client, member: Client
) -> None:
    page = text(viewer, "/")
    assert "Nothing is published here yet." in page
    assert 'href="/sign-in"' in page
    assert 'href="/studio/publish"' in text(member, "/")


def test_visitors_find_the_way_in_on_every_page_and_come_back(
    viewer: Client, member: Client
) -> None:
    way_in = '<form action="/sign-in" id="sign-in">'
    video = film("Harbor")
    for path in ("/?page=1", "/c/nature", f"/watch/{video.public_id}?t=3"):
        page = text(viewer, path)
        assert way_in in page
        assert f'form="sign-in" name="next" value="{path}"' in page
        assert way_in not in text(member, path)
    french = Client(headers={"accept-language": "fr"}).get("/").content.decode()
    assert "<span>Se connecter</span></button>" in french
    # It leads nowhere from there, and a link that signs in is a key.
    for path, status in (("/sign-in?next=/", 200), ("/sign-in/made-up", 410)):
        page = text(viewer, path, status)
        assert way_in not in page
        assert 'form="sign-in"' not in page


def test_home_lists_the_newest_first_and_nothing_that_is_not_public(
    viewer: Client,
) -> None:
    film("Old", age=dt.timedelta(days=3))
    film("New", age=dt.timedelta(hours=1))
    film("Secret", visibility="private")
    film("Draft", visibility="draft")
    film("Early", playable=False)
    page = text(viewer, "/")
    titles = re.findall(r'card-title"><a href="/watch/vid_\w+">(\w+)<', page)
    assert titles == ["New", "Old"]


def test_pages_have_real_addresses(viewer: Client) -> None:
    for n in range(30):
        film(f"Film {n}", age=dt.timedelta(hours=n + 1))
    first, second = text(viewer, "/"), text(viewer, "/?page=2")
    assert '<link rel="next" href="/?page=2">' in first
    assert 'rel="next">Load more</a>' in first
    assert "Film 23<" in first
    assert "Film 24<" not in first
    assert '<link rel="prev" href="/">' in second
    assert '<link rel="canonical" href="http://testserver/?page=2">' in second
    assert "Film 29<" in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("page", ["0", "3", "-1", "x", "²", "9" * 400, ""])
def test_a_page_that_does_not_exist_says_so(viewer: Client, page: str) -> None:
    film()
    assert "There is nothing here" in text(viewer, f"/?page={page}", 404)


def test_a_channel_lists_its_own_films(viewer: Client) -> None:
    film("Fox")
    film("Goal", where=channel("Sport", "sport"))
    page = text(viewer, "/c/sport")
    assert "<h1>Sport</h1>" in page
    assert "Goal" in page
    assert "Fox" not in page
    assert text(viewer, "/c/nobody", 404)
    assert ">Sport</a>" in text(viewer, "/")


def test_what_people_write_is_only_ever_text(viewer: Client) -> None:
    evil = """<script>alert(1)</script> "'>&"""
    video = film(evil, description=f"{evil} https://example.org/a?b=1&c=2 javascript:x")
    film(evil, age=dt.timedelta(hours=9))
    for path in ("/", f"/watch/{video.public_id}", "/c/nature"):
        page = text(viewer, path)
        assert "<script>alert" not in page
        assert "alert(1)" in page
    page = text(viewer, f"/watch/{video.public_id}")
    assert 'href="https://example.org/a?b=1&amp;c=2"' in page
    assert 'href="javascript' not in page


def test_watch_says_what_film_it_is_to_people_and_machines(viewer: Client) -> None:
    video = film("Été & hiver", description="Deux saisons.\nPuis deux autres.")
    page = text(viewer, f"/watch/{video.public_id}")
    assert page.count("<h1") == 1
    assert "<h1>Été &amp; hiver</h1>" in page
    assert '<a href="/c/nature">Nature</a>' in page
    assert "2 minutes 5 seconds" in page
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found
    facts = json.loads(found.group(1))
    assert facts["@type"] == "VideoObject"
    assert facts["name"] == "Été & hiver"
    assert facts["duration"] == "PT2M5S"
    assert facts["thumbnailUrl"][0].startswith("http://testserver/media/")
    assert facts["uploadDate"].endswith("+00:00")
    assert '<meta property="og:title" content="Été &amp; hiver">' in page
    assert f'"canonical" href="http://testserver/watch/{video.public_id}"' in page


def test_the_player_works_without_a_script_and_names_its_addresses(
    viewer: Client,
) -> None:
    video = film()
    page = text(viewer, f"/watch/{video.public_id}")
    assert re.search(r"<video controls playsinline [^>]*poster=\"/media/", page)
    assert re.search(
        r'<source type="video/mp4" src="/media/[^"]+/film.mp4"></video>', page
    )
    assert re.search(r'data-hls="/media/[^"]+/main.m3u8"', page)
    assert 'data-duration-ms="125000" data-complete="true"' in page
    words = re.search(r'<script id="player-words"[^>]*>(.*?)</script>', page)
    assert words
    assert json.loads(words.group(1))["position"] == "{at} of {total}"


def test_nothing_is_inline_that_the_content_policy_forbids(viewer: Client) -> None:
    video = film()
    for path in ("/", f"/watch/{video.public_id}", "/c/nature", "/nope"):
        page = viewer.get(path).content.decode()
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
        assert all("json" in one for one in scripts)
        assert not re.search(r"<[^>]+\s(on\w+|style)=", page)


def test_a_film_that_is_not_playable_yet_says_so_and_looks_again(
    viewer: Client,
) -> None:
    video = film(playable=False)
    page = text(viewer, f"/watch/{video.public_id}")
    assert "This film is being prepared." in page
    assert f'data-waits-for="/watch/{video.public_id}/state"' in page
    assert "<video" not in page


def test_a_film_that_still_grows_says_so(viewer: Client) -> None:
    chunked = film(ready=False)
    page = text(viewer, f"/watch/{chunked.public_id}")
    assert 'data-complete="false"' in page
    assert "The beginning can be watched already" in page
    remuxed = film(ready=False, has_original=True)
    page = text(viewer, f"/watch/{remuxed.public_id}")
    assert "More qualities are being prepared" in page


def test_a_film_that_failed_says_why_to_those_who_can_mend_it(
    viewer: Client, member: Client
) -> None:
    video = film(playable=False, state="failed", error_code="no_tracks")
    path = f"/watch/{video.public_id}"
    assert "could not be prepared and cannot be watched" in text(viewer, path)
    assert "Le jardin.mp4" in unescape(text(member, path))
    assert "Le jardin.mp4" not in text(viewer, path)


@pytest.mark.parametrize("visibility", ["private", "draft"])
def test_a_private_film_says_why_and_what_to_do(
    viewer: Client, member: Client, visibility: str
) -> None:
    video = film("Secret garden", visibility=visibility, description="Shh")
    path = f"/watch/{video.public_id}"
    page = text(viewer, path, 403)
    assert "This film is private" in page
    assert f'href="/sign-in?next={path}"' in page
    assert "Secret" not in page
    assert "Shh" not in page
    assert "/media/" not in page
    assert viewer.get(f"{path}/state").status_code == 404
    seen = text(member, path)
    assert "only you and your team see it" in seen
    assert '<meta name="robots" content="noindex">' in seen
    assert "og:title" not in seen


def test_the_state_of_a_film(viewer: Client) -> None:
    video = film(ready=False)
    answer = viewer.get(f"/watch/{video.public_id}/state")
    told = answer.json()
    addresses = told.pop("addresses")
    assert told == {"is_playable": True, "is_ready": False, "is_failed": False}
    page = text(viewer, f"/watch/{video.public_id}")
    for name in ("hls", "mp4", "storyboard"):
        assert f'data-{name}="{addresses[name]}"' in page
    assert "no-store" in answer["Cache-Control"]


def test_pages_for_everybody_set_no_cookie(viewer: Client) -> None:
    video = film()
    for path in ("/", f"/watch/{video.public_id}", "/c/nature"):
        assert not viewer.get(path).cookies


def test_a_reader_changes_the_language_and_stays_where_she_was(viewer: Client) -> None:
    video = film()
    path = f"/watch/{video.public_id}?t=30"
    assert 'name="language" value="fr"' in text(viewer, path)
    answer = viewer.post("/language", {"language": "fr", "next": path})
    assert answer.status_code == 302
    assert answer["Location"] == path
    page = text(viewer, path)
    assert '<html lang="fr">' in page
    assert 'name="language" value="en"' in page


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        ({"language": "xx"}, {}, 302),
        ({"language": "fr"}, {"sec-fetch-site": "cross-site"}, 403),
        ({"language": "fr"}, {"origin": "https://evil.example"}, 403),
    ],
)
def test_a_language_is_not_forced_upon_anybody(
    viewer: Client, form: dict[str, str], headers: dict[str, str], status: int
) -> None:
    answer = viewer.post("/language", form, headers=headers)
    assert answer.status_code == status
    assert not answer.cookies


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_the_language_form_leads_nowhere_else(viewer: Client, address: str) -> None:
    answer = viewer.post("/language", {"language": "fr", "next": address})
    assert answer["Location"] == "/"


def test_errors_have_pages_of_their_own(viewer: Client) -> None:
    assert "There is nothing here" in text(viewer, "/watch/vid_0000000000000000", 404)
    assert "There is nothing here" in text(viewer, "/no/such/page", 404)
    assert "Disallow: /studio/" in text(viewer, "/robots.txt")


def test_a_crash_is_one_sentence_that_needs_no_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(**_: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("lucarne.catalog.queries.public_videos", crash)
    client = Client(raise_request_exception=False, headers={"accept-language": "en"})
    page = text(client, "/", 500)
    assert "Something went wrong on our side" in page
    assert "disk" not in page
