"""Changing many films over HTTP: choosing, the preview, the change, the way back."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from lucarne.accounts.models import Person
from lucarne.catalog import publication
from lucarne.catalog.models import BulkEdit, Video
from lucarne.core import clock
from tests.portal.films import channel, film

pytestmark = pytest.mark.django_db


def texts(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def preview(studio: Client, **asked: object) -> tuple[str, dict[str, object]]:
    """Return the page, and what its button would send."""
    answer = studio.get("/studio/change", {"preview": "1", **asked})
    page = answer.content.decode()
    form = re.search(r'<form method="post" data-once.*?</form>', page, re.DOTALL)
    sent: dict[str, object] = {}
    for name, value in re.findall(
        r'name="(\w+)" value="([^"]*)"', form[0] if form else ""
    ):
        known = sent.setdefault(name, [])
        assert isinstance(known, list)
        known.append(value.replace("&amp;", "&"))
    return page, sent


def visibilities() -> dict[str, str]:
    return dict(Video.objects.values_list("title", "visibility"))


def test_chosen_films_are_changed_and_given_back(studio: Client) -> None:
    films = [
        film("One"),
        film("Two", visibility="draft"),
        film("Three", visibility="private"),
    ]
    film("Four")
    ids = [one.public_id for one in films]
    view = "visibility=&sort=title"
    question = studio.get(
        "/studio/change", {"scope": "chosen", "film": ids, "view": view}
    )
    assert "3 films are chosen." in question.content.decode()
    page, sent = preview(
        studio, film=ids, scope="chosen", view=view, visibility="private"
    )
    said = texts(page)
    assert "2 films change. 1 film is so already." in said
    assert "1 film closes" in said
    assert "One Visibility: before Public then Private" in said
    assert visibilities()["One"] == "public", "a preview changes nothing"
    done = studio.post("/studio/change", sent)
    assert done.status_code == 302
    assert visibilities() == {
        "One": "private", "Two": "private", "Three": "private", "Four": "public"
    }  # fmt: skip
    result = studio.get(done["Location"]).content.decode()
    assert "2 films are changed" in result
    assert 'href="/studio/?sort=title"' in result, "the way back leads to the same view"
    address = urlsplit(done["Location"]).path
    assert 'href="/studio/changes"' in studio.get("/studio/").content.decode()
    assert address in studio.get("/studio/changes").content.decode()
    undone = studio.post(f"{address}/undo", {"view": view})
    after = texts(studio.get(undone["Location"]).content.decode())
    assert "2 films are as they were before." in after
    assert "This change is undone" in after
    assert visibilities()["Two"] == "draft"
    again = studio.post(f"{address}/undo")
    assert "undone already" in studio.get(again["Location"]).content.decode()


def test_all_that_match_are_changed(studio: Client) -> None:
    jazz = channel("Jazz", "jazz")
    for n in range(30):
        film(f"Été {n}")
    film("Hiver")
    asked = {
        "scope": "all",
        "view": "q=ete",
        "channel": jazz.public_id,
        "add_tags": "a, B",
    }
    page, sent = preview(studio, **asked)
    assert "30 films change." in texts(page)
    assert "And 10 films more." in texts(page)
    studio.post("/studio/change", sent)
    assert Video.objects.filter(channel=jazz).count() == 30
    assert Video.objects.filter(tags=["a", "B"], tag_keys__key="b").count() == 30


def test_films_are_scheduled_for_members(studio: Client) -> None:
    video = film("A")
    page, sent = preview(
        studio, film=[video.public_id], visibility="scheduled_members",
        publish_at="2099-07-01T20:15",
    )  # fmt: skip
    assert "then Scheduled, then for members, 07/01/2099 8:15 p.m." in texts(page)
    assert "1 film closes" in texts(page)
    done = studio.post("/studio/change", sent)
    video.refresh_from_db()
    assert (video.visibility, video.publish_as) == ("scheduled", "members")
    told = texts(studio.get(done["Location"]).content.decode())
    assert "Scheduled, then for members, 07/01/2099 8:15 p.m." in told
    studio.post(urlsplit(done["Location"]).path + "/undo")
    video.refresh_from_db()
    assert (video.visibility, video.publish_as) == ("public", "public")


def test_what_was_changed_since_is_named(studio: Client) -> None:
    kept = film("Kept")
    _, sent = preview(
        studio, film=[kept.public_id], visibility="private", language="fr"
    )
    done = studio.post("/studio/change", sent)
    publication.set_visibility(
        video_id=kept.public_id, visibility="draft", actor="", at=clock.now()
    )
    assert "Changed since" in studio.get(done["Location"]).content.decode()
    undone = studio.post(urlsplit(done["Location"]).path + "/undo")
    assert "1 film was changed since" in studio.get(undone["Location"]).content.decode()
    assert visibilities() == {"Kept": "draft"}


def test_a_preview_that_is_out_of_date_is_shown_anew(studio: Client) -> None:
    one, other = film("One"), film("Other")
    _, sent = preview(studio, film=[one.public_id, other.public_id], visibility="draft")
    publication.set_visibility(
        video_id=one.public_id, visibility="draft", actor="", at=clock.now()
    )
    answer = studio.post("/studio/change", sent)
    assert answer.status_code == 422
    said = texts(answer.content.decode())
    assert "The films are not what they were in the preview." in said
    assert "1 film changes." in said
    assert visibilities()["Other"] == "public"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "Choose what is to change."),
        ({"visibility": "secret"}, "This choice does not exist any more."),
        ({"channel": "chn_none"}, "This choice does not exist any more."),
        ({"visibility": "scheduled"}, "Say when the film is to be published."),
        (
            {"visibility": "scheduled", "publish_at": "2020-01-01T10:00"},
            "This time has passed.",
        ),
        ({"visibility": "scheduled", "publish_at": "soon"}, "Write day and time as"),
        (
            {"visibility": "public", "publish_at": "2100-01-01T10:00"},
            "“Scheduled” alone",
        ),
        ({"add_tags": "x" * 61}, "is too long: 60 characters at most."),
        ({"add_tags": ",".join(map(str, range(31)))}, "at most 30 tags"),
        ({"license": "mine"}, "This choice does not exist any more."),
    ],
)
def test_bad_choices_say_what_to_do(
    studio: Client, asked: dict[str, str], sentence: str
) -> None:
    video = film("A")
    answer = studio.get(
        "/studio/change", {"preview": "1", "film": video.public_id, **asked}
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "digest" not in answer.content.decode()
    sent = studio.post("/studio/change", {"film": video.public_id, **asked})
    assert sent.status_code == 422
    assert not BulkEdit.objects.exists()


def test_nothing_chosen_leads_back(studio: Client) -> None:
    film("A")
    for asked in ({}, {"film": "vid_none"}, {"scope": "all", "view": "q=nothing"}):
        answer = studio.get("/studio/change", {"preview": "1", **asked})
        assert answer.status_code == 422
        assert "No film is chosen." in answer.content.decode()


def test_details_are_emptied_too(studio: Client) -> None:
    video = film("A")
    Video.objects.update(language="fr", license="cc-by", category="news")
    _, sent = preview(
        studio, film=[video.public_id], language="-", license="-", category="nature"
    )
    studio.post("/studio/change", sent)
    video.refresh_from_db()
    assert (video.language, video.license, video.category) == ("", "", "nature")


def test_changes_are_for_signed_in_people_with_their_token(
    studio: Client, owner: Person
) -> None:
    video = film("A")
    _, sent = preview(studio, film=[video.public_id], visibility="private")
    done = studio.post("/studio/change", sent)
    address = urlsplit(done["Location"]).path
    stranger, strict = Client(), Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    for path in ("/studio/change", f"{address}/undo"):
        assert stranger.post(path, sent)["Location"].startswith("/sign-in")
        assert strict.post(path, sent).status_code == 403
    assert stranger.get(address)["Location"].startswith("/sign-in")
    assert visibilities() == {"A": "private"}
    assert studio.get(f"{address}/undo").status_code == 405
    for path in ("/studio/changes/blk_none", "/studio/changes/x%00"):
        assert studio.get(path).status_code == 404
        assert studio.post(f"{path}/undo").status_code == 404


def test_the_view_that_is_carried_along_leads_nowhere_else(studio: Client) -> None:
    video = film("A")
    for view in ("//evil.example", "sort=odd", "q=%22%3E", "x" * 5000):
        answer = studio.get("/studio/change", {"film": video.public_id, "view": view})
        assert answer.status_code == 200
        hrefs = re.findall(r'href="(/studio/\?[^"]*)"', answer.content.decode())
        assert set(hrefs) <= {"/studio/?", "/studio/?q=%22%3E"}
    _, sent = preview(studio, film=[video.public_id], view="//evil", visibility="draft")
    where = studio.post("/studio/change", sent)["Location"]
    assert where.startswith("/studio/changes/blk_")
    assert parse_qs(urlsplit(where).query) in ({}, {"view": [""]})
