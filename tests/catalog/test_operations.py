"""Videos and channels: published, hidden, edited, deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from lucarne.catalog import operations, publication, queries, rights
from lucarne.catalog.errors import UnknownChannel
from lucarne.catalog.models import Video
from lucarne.core import jobs
from lucarne.core.models import AuditLine
from lucarne.media import streams
from lucarne.media.models import Asset
from tests.engine.films import film

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = AT + timedelta(days=9000)
ANYBODY = AnonymousUser()


@pytest.fixture(autouse=True)
def channel(folder: Path) -> queries.ChannelView:  # noqa: ARG001
    return operations.create_channel(name="Nature", actor="test", at=AT)


def publish(name: str = "tiny", **more: str) -> queries.VideoView:
    source_name = more.pop("source_name", film(name).name)
    with streams.taken(
        film(name), name=source_name, person_id="test", at=AT
    ) as taken:
        made = operations.publish_film(
            upload_id=taken.upload_id,
            actor="test", clock=lambda: AT, at=AT, **{"title": "", **more},
        )  # fmt: skip
    return look(made.video_id)


def look(video_id: str) -> queries.VideoView:
    video = queries.find(video_id)
    assert video is not None
    return video


def verbs() -> list[str]:
    return list(AuditLine.objects.order_by("id").values_list("verb", flat=True))


def set_visibility(video: queries.VideoView, visibility: str, at: datetime) -> None:
    publication.set_visibility(
        video_id=video.video_id, visibility=visibility, actor="test", at=at
    )


def listed() -> list[str]:
    return [video.video_id for video in queries.public_videos().items]


def test_a_public_video_is_listed_from_the_moment_it_can_be_watched(
    runner: jobs.MemoryRunner,
) -> None:
    video = publish()
    assert listed() == []
    runner.drain()
    assert listed() == [video.video_id]
    film_of = look(video.video_id)
    assert film_of.published_at == film_of.film.playable_at
    assert verbs() == ["channel.created", "video.created"]


def test_what_was_missed_is_listed_by_the_chores(
    runner: jobs.MemoryRunner,
) -> None:
    video, hidden = publish(), publish(visibility="private")
    runner.drain()
    # As if the process had died before it told anybody.
    Video.objects.update(published_at=None, first_published_at=None)
    assert publication.publish_playable(at=LATER) == 1
    assert publication.publish_playable(at=LATER) == 0
    assert listed() == [video.video_id]
    assert not publication.publish_if_playable(asset_id=hidden.film.asset_id, at=AT)


def test_hidden_and_shown_again_keeps_its_first_date(
    runner: jobs.MemoryRunner,
) -> None:
    video = publish()
    runner.drain()
    first = look(video.video_id).published_at
    assert first is not None
    for visibility in ("private", "draft"):
        epoch = look(video.video_id).film.epoch
        set_visibility(video, visibility, LATER)
        assert listed() == []
        assert rights.find_for(ANYBODY, video.video_id) is None
        # Addresses that were handed out are closed, whoever holds them.
        assert look(video.video_id).film.epoch == epoch + 1
    set_visibility(video, "public", LATER)
    assert listed() == [video.video_id]
    assert look(video.video_id).published_at == first
    assert rights.find_for(ANYBODY, video.video_id) is not None
    assert verbs()[2:] == ["video.visibility"] * 3


def test_a_refused_film_is_never_listed(runner: jobs.MemoryRunner) -> None:
    video = publish("text")
    runner.drain()
    set_visibility(video, "public", LATER)
    assert listed() == []
    (found,) = queries.unready_videos()
    assert (found.video_id, found.error_code) == (video.video_id, "not_media")
    assert "text.mp4" in found.error_sentence


def test_names_are_made_plain_before_they_are_kept() -> None:
    odd = publish("text", source_name="a\u202e\nb\udcff\x00.mp4")
    assert (odd.source_name, odd.title) == ("a b\ufffd.mp4", "a b\ufffd")
    none = publish("text", source_name="\u200f\n")
    assert (none.source_name, none.title) == ("Film", "Film")
    long = publish("text", source_name="x" * 400 + ".mp4", title="  Two \n words ")
    assert (len(long.source_name), long.title) == (300, "Two words")


def test_an_unknown_channel_keeps_nothing(folder: Path) -> None:
    with pytest.raises(UnknownChannel):
        publish(channel_id="chn_nobody")
    assert not Asset.objects.exists()
    assert list((folder / "incoming").iterdir()) == []


def test_channels_of_one_name_have_different_addresses() -> None:
    second = operations.create_channel(name="Nature", actor="test", at=AT)
    assert [one.slug for one in queries.channels()] == ["nature", "nature-2"]
    assert queries.find_channel(second.channel_id) == second
    assert queries.find_channel(None).slug == "nature"
