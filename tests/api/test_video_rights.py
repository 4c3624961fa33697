"""A token may do what its person may: the team's table holds here, too."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lucarne.accounts import operations as accounts
from lucarne.accounts.models import Person
from lucarne.catalog.models import Video
from lucarne.core import clock
from lucarne.membership import operations as members
from tests.engine.films import film as film_file
from tests.portal.films import channel
from tests.studio.teams import film_of, member, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder", "runner")]


def publish(who: Person, **fields: Any) -> Any:
    source = film_file("tiny")
    data = {"film": SimpleUploadedFile(source.name, source.read_bytes()), **fields}
    return browser(who).post("/api/videos", data)


def browser(who: Person) -> Client:
    secret, _ = accounts.issue_token(person=who, name="t", at=clock.now())
    return Client(headers={"authorization": f"Bearer {secret}"})


def test_a_contributors_film_is_a_draft_until_it_is_approved() -> None:
    where = channel()
    who = member(where, "contributor")
    made = publish(who)
    assert made.status_code == 201, made.content
    assert made.json()["visibility"] == "draft"
    for visibility in ("public", "members"):
        refused = publish(who, visibility=visibility, anyway="1")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert Video.objects.count() == 1


def test_who_may_publish_nowhere_sends_nothing() -> None:
    refused = publish(member(channel(), "analyst"))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_other_channels_films_are_not_there() -> None:
    where, other = channel(), channel("Other", "other")
    theirs = film_of(member(other, "editor", "Ed"), other)
    me = member(where, "owner")
    answer = browser(me).get(f"/api/videos/{theirs.public_id}")
    assert answer.status_code == 404
    refused = publish(me, channel="other")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_a_film_for_members_has_addresses_for_members() -> None:
    where = channel()
    made = publish(member(where, "editor"), visibility="members")
    assert (made.status_code, made.json()["visibility"]) == (201, "members")
    shown = film_of(member(where, "owner"), where, visibility="members")
    reader = person("Reader")
    told = browser(reader).get(f"/api/videos/{shown.public_id}").json()
    assert (told["title"], told["hls"], told["dash"]) == ("Own", "", "")
    members.add(email=reader.email, actor="test", at=clock.now())
    told = browser(reader).get(f"/api/videos/{shown.public_id}").json()
    assert told["hls"].endswith("/main.m3u8")
