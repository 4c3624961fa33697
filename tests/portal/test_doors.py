"""Which pages open to whom, for each visibility, and what they say."""

from __future__ import annotations

import datetime as dt
import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from lucarne.catalog import bin as rubbish, publication, queries
from lucarne.core import clock
from lucarne.playback.queries import decide
from tests.portal.films import film

pytestmark = pytest.mark.django_db
KEY = "k" * 24
SOON = dt.datetime(2099, 7, 1, 18, 15, tzinfo=dt.UTC)
ANYBODY = AnonymousUser()


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return unescape(answer.content.decode())


@pytest.mark.parametrize(
    ("details", "status", "says"),
    [
        ({"visibility": "unlisted"}, 200, "Unlisted: whoever has this address"),
        ({"visibility": "link", "link_key": KEY}, 403, "Private link: only people who"),
        (
            {"visibility": "scheduled", "publish_at": SOON}, 403,
            "public from July 1, 2099, 6:15 p.m. (UTC)",
        ),
        ({"visibility": "private"}, 403, "only you and your team see it"),
        ({"visibility": "draft"}, 403, "only you and your team see it"),
    ],
)  # fmt: skip
def test_what_is_not_public_is_on_no_list_and_closed_to_strangers(
    viewer: Client, member: Client, details: dict[str, Any], status: int, says: str
) -> None:
    details = {**details}
    visibility = details.pop("visibility")
    video = film("Secret garden", visibility=visibility, details=details)
    path = f"/watch/{video.public_id}"
    page = text(viewer, path, status)
    assert ("Secret" in page) == ("/media/" in page) == (status == 200)
    assert viewer.get(f"{path}/state").status_code == (200 if status == 200 else 404)
    for listing in ("/", "/c/nature"):
        assert "Secret" not in text(viewer, listing)
        assert "Secret" not in text(member, listing)
    seen = text(member, path)
    assert says in seen
    assert '<meta name="robots" content="noindex">' in seen
    assert "application/ld+json" not in seen
    view = queries.find(video.public_id)
    assert view is not None
    assert decide(ANYBODY, view, clock.now()).may_play == (status == 200)


def test_a_secret_address_opens_the_film_until_it_is_replaced(viewer: Client) -> None:
    video = film("Secret garden", visibility="link", details={"link_key": KEY})
    page = text(viewer, f"/link/{KEY}")
    assert "/media/" in page
    assert "Secret garden" in page
    assert f'data-state="/link/{KEY}/state"' in page
    assert 'rel="canonical"' not in page
    assert "og:title" not in page
    assert '<meta name="robots" content="noindex">' in page
    assert "no-store" in viewer.get(f"/link/{KEY}")["Cache-Control"]
    assert viewer.get(f"/link/{KEY}/state").json()["is_ready"]
    # One that is nearly right is none, and the key opens no other door.
    for odd in (f"{KEY[:-1]}x", "%00", "é"):
        assert viewer.get(f"/link/{odd}").status_code == 404
    assert viewer.get(f"/watch/{video.public_id}?key={KEY}").status_code == 403

    publication.renew_link(video_id=video.public_id, actor="", at=clock.now())
    gone = text(viewer, f"/link/{KEY}", 404)
    assert "This link has ended" in gone
    assert "Secret" not in gone
    assert viewer.get(f"/link/{KEY}/state").status_code == 404


def test_what_is_in_the_bin_is_nowhere(viewer: Client, member: Client) -> None:
    public = film("Gone")
    linked = film("Gone too", visibility="link", details={"link_key": KEY})
    for video in (public, linked):
        rubbish.put_in(video_id=video.public_id, actor="", at=clock.now())
    for client in (viewer, member):
        for path in ("", "/state", "/preview"):
            answer = client.get(f"/watch/{public.public_id}{path}")
            to_sign_in = path == "/preview" and client is viewer
            assert answer.status_code == (302 if to_sign_in else 404)
        assert client.get(f"/link/{KEY}").status_code == 404
        assert "Gone" not in text(client, "/")


def test_the_preview_is_what_visitors_will_see(viewer: Client, member: Client) -> None:
    video = film("Premiere", visibility="scheduled", details={"publish_at": SOON})
    path = f"/watch/{video.public_id}/preview"
    page = text(member, path)
    assert "This is what visitors will see from July 1, 2099" in page
    assert "just now" in page
    assert "Scheduled" not in page
    assert 'content="noindex"' in page
    # As nobody who is signed in sees it: the way in, not the studio.
    assert 'href="/sign-in"' in page
    assert viewer.get(path)["Location"].startswith("/sign-in?next=")
    assert viewer.get(f"/watch/{video.public_id}").status_code == 403
    # The film is closed still: what its team is given of it ends soon.
    assert re.search(r"/media/b\d+-", page)
    assert not re.search(r"/media/\d+-", page)


def test_the_watch_page_says_all_that_is_known_of_a_film(viewer: Client) -> None:
    details = {
        "tags": ["sea", "</script><b>"], "language": "fr-CA", "category": "nature",
        "license": "cc-by", "chapters": [[0, "In"], [61_500, "<i>Out</i>"]],
    }  # fmt: skip
    video = film("Harbor", details=details)
    raw = viewer.get(f"/watch/{video.public_id}").content.decode()
    page = unescape(raw)
    assert "French (CA)" in page
    assert "Nature and environment" in page
    assert 'href="https://creativecommons.org/licenses/by/4.0/" rel="license' in page
    assert 'href="?t=0"' in page
    assert 'href="?t=61.5"' in page
    assert "<i>Out" not in raw
    assert "<b>" not in raw
    assert '[[0.0, "In"], [61.5, "<i>Out</i>"]]' in page
    found = re.search(r'ld\+json">(.+?)</script>', raw)
    assert found
    facts = json.loads(found[1])
    assert facts["inLanguage"] == "fr-CA"
    assert facts["keywords"] == "sea, </script><b>"
    assert facts["genre"] == "Nature and environment"
    assert facts["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [(one["startOffset"], one["endOffset"]) for one in facts["hasPart"]] == [
        (0, 61), (61, 125),
    ]  # fmt: skip
    assert facts["hasPart"][1]["url"].endswith(f"/watch/{video.public_id}?t=61")
    # A chapter's link works without a script too; what is behind the end is not shown.
    path = f"/watch/{video.public_id}"
    assert 'film.mp4#t=61.5"' in text(viewer, f"{path}?t=61.5")
    assert "#t=" not in text(viewer, f'{path}?t=1"onerror=')
    type(video).objects.update(chapters=[[0, "In"], [125_000, "Beyond"]])
    assert "Beyond" not in text(viewer, path)
    bare = text(viewer, f"/watch/{film('Bare').public_id}")
    assert "Chapters" not in bare
    assert "License" not in bare
