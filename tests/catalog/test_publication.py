"""Who may watch a film: every visibility, its time, and its secret address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from lucarne.catalog import publication, queries, rights
from lucarne.catalog.errors import BadSchedule, UnknownVideo
from lucarne.catalog.models import Video
from lucarne.core import housekeeping
from lucarne.core.models import AuditLine
from tests.catalog.conftest import AT, Film

pytestmark = pytest.mark.django_db(transaction=True)
ANYBODY = AnonymousUser()
SOON = AT + timedelta(hours=3)


def look(video: queries.VideoView) -> queries.VideoView:
    found = queries.find(video.video_id)
    assert found is not None
    return found


def set_visibility(video: queries.VideoView, visibility: str, **more: object) -> None:
    fields = {"at": AT, "actor": "per_lea", **more}
    publication.set_visibility(
        video_id=video.video_id, visibility=visibility, **fields
    )  # type: ignore[arg-type]


def listed() -> list[str]:
    return [video.title for video in queries.public_videos().items]


def test_only_public_films_are_listed_and_only_open_ones_are_known(row: Film) -> None:
    video = row()
    for visibility, is_open in (
        ("public", True), ("unlisted", True), ("link", False), ("private", False),
        ("draft", False), ("scheduled", False),
    ):  # fmt: skip
        more = {"publish_at": SOON} if visibility == "scheduled" else {}
        epoch = look(video).film.epoch
        set_visibility(video, visibility, **more)
        assert bool(listed()) == (visibility == "public")
        assert bool(rights.find_for(ANYBODY, video.video_id)) == is_open
        # Addresses that were handed out stay good while everybody may watch anyway.
        assert look(video).film.epoch == epoch + (not is_open)


def test_a_scheduled_film_publishes_itself_at_its_time(row: Film) -> None:
    video, other = row(), row("Later")
    set_visibility(video, "scheduled", publish_at=SOON)
    set_visibility(other, "scheduled", publish_at=SOON + timedelta(days=1))
    assert publication.publish_due(at=SOON - timedelta(seconds=1)) == 0
    assert listed() == []
    # The chores do it, however late; its date is the one that was chosen.
    housekeeping.run_once(at=SOON + timedelta(minutes=7), is_start=True)
    assert listed() == ["The garden"]
    assert look(video).published_at == SOON
    assert look(video).publish_at is None
    line = AuditLine.objects.filter(subject=video.video_id).last()
    assert line is not None
    assert (line.actor, line.detail["visibility"]) == ("", "public")
    assert publication.publish_due(at=SOON + timedelta(minutes=8)) == 0


def test_a_scheduled_film_may_become_one_for_members(row: Film) -> None:
    video = row()
    set_visibility(video, "scheduled", publish_at=SOON, publish_as="members")
    assert listed() == []
    assert rights.find_for(ANYBODY, video.video_id) is None
    epoch = look(video).film.epoch
    assert publication.publish_due(at=SOON) == 1
    found = look(video)
    assert (found.visibility, found.publish_as) == ("members", "public")
    assert (found.published_at, found.publish_at) == (SOON, None)
    assert listed() == ["The garden"]
    assert rights.find_for(ANYBODY, video.video_id) == found
    # Nobody but the team had an address of it: nothing is to be closed.
    assert found.film.epoch == epoch
    line = AuditLine.objects.filter(subject=video.video_id).last()
    assert line is not None
    assert line.detail["visibility"] == "members"


def test_only_a_schedule_says_what_a_film_becomes(row: Film) -> None:
    video = row()
    set_visibility(video, "scheduled", publish_at=SOON, publish_as="members")
    set_visibility(video, "private", publish_as="members")
    assert look(video).publish_as == "public"
    set_visibility(video, "scheduled", publish_at=SOON)
    assert publication.publish_due(at=SOON) == 1
    assert look(video).is_public


def test_a_time_may_come_before_the_film_is_ready(row: Film) -> None:
    video = row(playable_at=None)
    set_visibility(video, "scheduled", publish_at=SOON)
    assert publication.publish_due(at=SOON) == 1
    assert look(video).is_public
    assert listed() == []


def test_a_film_that_was_out_before_gets_the_date_that_was_chosen(row: Film) -> None:
    video = row()
    set_visibility(video, "public")
    set_visibility(video, "scheduled", publish_at=SOON)
    publication.publish_due(at=SOON)
    assert look(video).published_at == SOON


@pytest.mark.parametrize("moment", [None, AT, AT - timedelta(days=1)])
def test_the_past_cannot_be_scheduled(row: Film, moment: object) -> None:
    video = row()
    with pytest.raises(BadSchedule):
        set_visibility(video, "scheduled", publish_at=moment)
    assert look(video) == video


def test_a_schedule_that_was_given_up_publishes_nothing(row: Film) -> None:
    video = row()
    set_visibility(video, "scheduled", publish_at=SOON)
    set_visibility(video, "private", publish_at=SOON)
    assert look(video).publish_at is None
    assert publication.publish_due(at=SOON) == 0


def test_a_secret_address_can_be_replaced_and_ends_with_the_rest(row: Film) -> None:
    video = row()
    assert queries.find_by_link("") is None
    set_visibility(video, "link")
    key = look(video).link_key
    assert len(key) == 24
    found = queries.find_by_link(key)
    assert found is not None
    assert found.has_link(key)
    assert not found.has_link("")
    assert not found.has_link("é")
    epoch = found.film.epoch
    set_visibility(video, "link")
    assert (look(video).link_key, look(video).film.epoch) == (key, epoch)

    publication.renew_link(video_id=video.video_id, actor="", at=AT)
    new = look(video)
    assert new.link_key not in {"", key}
    assert new.film.epoch == epoch + 1, "players that have it open stop too"
    assert queries.find_by_link(key) is None
    set_visibility(video, "private")
    assert queries.find_by_link(new.link_key) is None
    publication.renew_link(video_id=video.video_id, actor="", at=AT)
    set_visibility(video, "link")
    assert look(video).link_key not in {"", key, new.link_key}


def test_an_unknown_film_is_not_published() -> None:
    with pytest.raises(UnknownVideo):
        publication.set_visibility(
            video_id="vid_x", visibility="public", actor="", at=AT
        )
    assert not Video.objects.exists()
