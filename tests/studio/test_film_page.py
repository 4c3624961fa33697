"""One film's page: what is saved, what is refused, and that nothing typed is lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.catalog import details, publication, queries
from lucarne.catalog.models import Channel
from lucarne.core import clock
from lucarne.media.models import Asset
from lucarne.playback.queries import decide
from lucarne.studio.checks import checks
from tests.catalog import everything
from tests.catalog.test_details import FILE, MARKS
from tests.portal.films import film

pytestmark = pytest.mark.django_db
JSON = {"accept": "application/json"}


@pytest.fixture
def page(studio: Client) -> str:
    made = film(visibility="draft", where=Channel.objects.get())
    assert studio
    return f"/studio/films/{made.public_id}"


def look() -> queries.VideoView:
    (video,) = everything.films()
    return video


def fields(studio: Client, page: str, **changes: str) -> dict[str, str]:
    """Return what the page's form would send, with some of it typed anew."""
    form = studio.get(page).context["form"]
    return {name: form[name].value() for name in form.fields} | changes


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_every_detail_is_saved_without_a_script(studio: Client, page: str) -> None:
    typed = fields(
        studio, page, title="A walk", description="One\r\ntwo", tags="sea, Boats",
        language="french", category="nature", license="cc-by",
        chapters="0:00 <b>In</b>\r\n1:00 Out",
    )  # fmt: skip
    answer = studio.post(page, typed)
    assert answer.status_code == 302
    shown = studio.get(page)
    assert "The changes are saved." in text(shown)
    assert "<b>In" not in shown.content.decode()
    assert fields(studio, page) | {"seen": ""} == {
        "title": "A walk", "description": "One\ntwo", "tags": "sea, Boats",
        "language": "fr", "category": "nature", "license": "cc-by", "seen": "",
        "chapters": "0:00 <b>In</b>\n1:00 Out", "channel": look().channel.channel_id,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("title", " \u202e ", "Give the film a title."),
        ("title", "x" * 201, "at most 200 characters"),
        ("language", "frenchy", "is no language that we know"),
        ("tags", ",".join(map(str, range(31))), "at most 30 tags"),
        ("category", "beer", "This choice does not exist any more"),
        ("license", "beer", "This choice does not exist any more"),
        ("channel", "chn_gone", "This channel does not exist any more"),
        ("chapters", "0:00 a\n9:00 b", "begins after the end of the film, which is 2:05"),
        ("chapters", "0:00 a\n1:00 b\n0:30 c", "does not begin later"),
        ("chapters", "Hello", "does not begin with a time"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_stays_on_the_page(
    studio: Client, page: str, name: str, typed: str, sentence: str
) -> None:
    sent = fields(studio, page, description="Kept", **{name: typed})
    answer = studio.post(page, sent)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert name in answer.context["form"].errors
    assert answer.context["form"][name].value() == typed
    assert look().description == ""
    # A script saves the rest meanwhile.
    told = studio.post(page, sent, headers=JSON).json()
    assert list(told["errors"]) == [name]
    assert sentence in told["errors"][name]
    assert look().description == "Kept"


def test_a_script_is_told_what_was_saved_and_when(studio: Client, page: str) -> None:
    answer = studio.post(page, fields(studio, page, language="FRA"), headers=JSON)
    told = answer.json()
    assert answer.status_code == 200
    assert re.fullmatch(r"Saved at \d?\d:\d\d( [ap]\.m\.)?|Saved at \w+", told["saved"])
    assert (told["errors"], told["seen"]["language"]) == ({}, "fr")
    assert "The language is said." in told["checks"]
    other = studio.post(page, fields(studio, page, description="Sea"), headers=JSON)
    assert "checks" not in other.json()
    assert "no-store" in answer["Cache-Control"]


def test_the_second_of_two_editors_is_told(studio: Client, page: str) -> None:
    first = fields(studio, page, title="First", tags="one")
    second = fields(studio, page, title="<i>Second</i>", description="Hers")
    assert studio.post(page, first).status_code == 302
    for _again in range(2):
        told = studio.post(page, second, headers=JSON)
        assert told.status_code == 409
        (theirs,) = told.json()["theirs"]
        assert (theirs["name"], theirs["value"], theirs["label"]) == (
            "title", "First", "Title",
        )  # fmt: skip
    refused = studio.post(page, second)
    assert refused.status_code == 409
    assert "Somebody has changed the same since" in text(refused)
    assert "<bdi>First</bdi>" in refused.content.decode()
    assert (look().title, look().description) == ("First", "")
    # Her text is in the form still; she saves it knowing. What she never touched stays.
    form = refused.context["form"]
    again = {name: form[name].value() for name in form.fields}
    assert again["title"] == "<i>Second</i>"
    assert studio.post(page, again).status_code == 302
    assert (look().title, look().description) == ("<i>Second</i>", "Hers")
    assert look().tags == ("one",)


def test_a_lost_session_gives_back_what_was_typed(
    studio: Client, owner: Person, page: str
) -> None:
    typed = fields(studio, page, description='A "long" <text>', language="fr")
    stranger = Client(enforce_csrf_checks=True)
    told = stranger.post(page, typed, headers=JSON)
    assert told.status_code == 401
    assert set(told.json()) == {"error", "token"}
    answer = stranger.post(page, typed)
    assert answer.status_code == 401
    assert "no-store" in answer["Cache-Control"]
    shown = answer.content.decode()
    assert "A &quot;long&quot; &lt;text&gt;" in shown
    assert f'action="{page}"' in shown
    assert "Sign in in another tab" in shown
    # She signs in, which makes the token of that page worthless, and saves once more.
    form = answer.context["form"]
    again = {name: form[name].value() for name in form.fields}
    stranger.force_login(owner)
    again["csrfmiddlewaretoken"] = "x" * 64
    refused = stranger.post(page, again)
    assert refused.status_code == 403
    assert "save once more" in text(refused).lower()
    assert look().description == ""
    token = re.search(
        r'csrfmiddlewaretoken" value="(\w+)"', refused.content.decode()
    )
    assert token
    form = refused.context["form"]
    again = {name: form[name].value() for name in form.fields}
    again["csrfmiddlewaretoken"] = token[1]
    assert stranger.post(page, again).status_code == 302
    assert (look().description, look().language) == ('A "long" <text>', "fr")


def test_a_script_gets_a_token_that_works(owner: Person, studio: Client, page: str) -> None:
    typed = fields(studio, page, title="Later")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    refused = strict.post(page, typed, headers=JSON)
    assert refused.status_code == 403
    token = {"csrfmiddlewaretoken": refused.json()["token"]}
    assert strict.post(page, typed | token, headers=JSON).status_code == 200
    assert look().title == "Later"


@pytest.mark.parametrize("seen", ["", "[1]", "{", json.dumps({"title": 3})])
def test_a_form_that_saw_nonsense_overwrites_nothing(
    studio: Client, page: str, seen: str
) -> None:
    typed = fields(studio, page, title="Mine", seen=seen)
    assert studio.post(page, typed).status_code == 409
    assert look().title == "Le jardin"


def test_chapters_come_from_the_file_or_the_description(
    studio: Client, page: str
) -> None:
    Asset.objects.update(report=FILE, duration_ms=600_000)
    details.find_forgotten_chapters()
    assert "These came in the file." in text(studio.get(page))
    told = studio.post(page, fields(studio, page, description=MARKS), headers=JSON)
    assert told.json()["seen"]["chapters"] == "0:00 One\n1:00 Two\n2:00 Three"
    assert "Take the 2 chapters of the file" in text(studio.get(page))
    assert studio.post(f"{page}/chapters", {"from": "file"}).status_code == 302
    assert look().chapters_from == "file"
    assert "2 chapters were taken." in text(studio.get(page))
    assert studio.post(f"{page}/chapters", {"from": "thin air"}).status_code == 404


def test_a_film_is_scheduled_in_the_time_of_the_portal(
    studio: Client, page: str, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Paris"
    for typed, sentence in (
        ("", "Say when the film is to be published."),
        ("2020-01-01T10:00", "This time has passed."),
        ("tomorrow", "This is no date and time."),
        ("2099-03-29T02:30", "couldn’t be interpreted in time zone Europe/Paris"),
    ):
        refused = studio.post(
            f"{page}/visibility", {"visibility": "scheduled", "publish_at": typed}
        )
        assert refused.status_code == 422
        assert sentence in text(refused)
    sent = {"visibility": "scheduled", "publish_at": "2099-07-01T20:15"}
    assert studio.post(f"{page}/visibility", sent).status_code == 302
    assert look().publish_at is not None
    assert f"{look().publish_at:%F %H:%M %Z}" == "2099-07-01 18:15 UTC"
    shown = text(studio.get(page))
    assert "It will be public from July 1, 2099, 8:15 p.m. (Europe/Paris) on." in shown
    assert 'value="2099-07-01T20:15"' in shown
    # The time of another choice does not count.
    sent["visibility"] = "unlisted"
    assert studio.post(f"{page}/visibility", sent).status_code == 302
    assert (look().visibility, look().publish_at) == ("unlisted", None)


def test_a_film_is_scheduled_for_members(studio: Client, page: str) -> None:
    sent = {"visibility": "scheduled_members", "publish_at": ""}
    refused = studio.post(f"{page}/visibility", sent)
    assert refused.status_code == 422
    assert "Say when the film is to be published." in text(refused)
    sent["publish_at"] = "2099-07-01T20:15"
    assert studio.post(f"{page}/visibility", sent).status_code == 302
    assert (look().visibility, look().publish_as) == ("scheduled", "members")
    shown = text(studio.get(page))
    assert "It will be for members from July 1, 2099, 8:15 p.m." in shown
    assert re.search(r'value="scheduled_members"[^>]* checked', shown)
    # A preview is what strangers will see: that it is here, and the wall.
    preview = text(studio.get(f"/watch/{look().video_id}/preview"))
    assert "This is what visitors will see from July 1, 2099" in preview
    assert "This film is for members" in preview
    assert "/main.m3u8" not in preview
    watch = f"/watch/{look().video_id}"
    assert "Scheduled: for members from July 1, 2099" in text(studio.get(watch))
    assert Client().get(watch).status_code == 403
    assert publication.publish_due(at=datetime(2099, 7, 2, tzinfo=UTC)) == 1
    opened = Client(headers={"accept-language": "en"}).get(watch)
    assert opened.status_code == 200
    assert "This film is for members" in text(opened)
    assert "/main.m3u8" not in text(opened)


def test_a_private_link_is_shown_and_replaced(studio: Client, page: str) -> None:
    assert 'id="link"' not in text(studio.get(page))
    assert studio.post(f"{page}/visibility", {"visibility": "link"}).status_code == 302
    first = look().link_key
    assert f'value="http://testserver/link/{first}"' in text(studio.get(page))
    assert studio.post(f"{page}/link").status_code == 302
    assert look().link_key not in {"", first}
    assert studio.post(f"{page}/visibility", {"visibility": "nobody"}).status_code == 422


def test_checks_advise(studio: Client, owner: Person, page: str) -> None:
    shown = studio.get(page)
    found = {one.name: one.is_good for one in shown.context["checks"]}
    assert found == {"language": False, "poster": True}
    assert 'href="#id_language"' in text(shown)
    work = shown.context["work"]
    sound = type("Sound", (), {"lufs": -40.0, "gain_db": 6.0})
    for lufs, is_good in ((-40.0, False), (-22.0, True), (-8.0, False)):
        sound.lufs = lufs
        (told,) = [
            one
            for one in checks(look(), replace(work, sounds=(sound,)), caption_count=0)
            if one.name == "loudness"
        ]
        assert told.is_good == is_good
    video = replace(look(), language="fr", film=replace(look().film, has_poster=False))
    for count in (0, 2):
        told = checks(video, replace(work, sounds=(sound,)), caption_count=count)
        names = {one.name: one.is_good for one in told if one.name != "loudness"}
        assert names == {"language": True, "captions": count > 0, "poster": False}
    # A file that cannot be read wants another file first, not a poster.
    failed = replace(work, is_playable=False, is_ready=False, is_failed=True)
    told = checks(video, failed, caption_count=0)
    assert [one.name for one in told] == ["language"]
    assert decide(owner, look(), clock.now()).may_play


def test_the_bin_restores_and_deletes(
    studio: Client, page: str, django_capture_on_commit_callbacks: Any
) -> None:
    address = page.replace("/films/", "/bin/")
    assert "The bin is empty." in text(studio.get("/studio/bin"))
    assert studio.post(f"{address}/restore").status_code == 404
    assert studio.get(f"{address}/delete").status_code == 404
    studio.post(f"{page}/delete")
    shown = text(studio.get("/studio/bin"))
    assert "Le jardin" in shown
    assert "(UTC)" in shown
    for path in ("", "/visibility", "/link", "/chapters", "/retry"):
        assert studio.post(page + path, {"visibility": "public"}).status_code == 404
    assert studio.post(f"{address}/restore")["Location"] == page
    assert studio.get(page).status_code == 200
    studio.post(f"{page}/delete")
    assert "cannot be undone" in text(studio.get(f"{address}/delete"))
    with django_capture_on_commit_callbacks(execute=True):
        assert studio.post(f"{address}/delete")["Location"] == "/studio/bin"
    assert not Asset.objects.exists()
