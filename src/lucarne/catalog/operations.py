"""How channels and videos come into being.

What is done with videos later stands in ``details`` (what is written about them),
``publication`` (who may watch them) and ``bin``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from lucarne.accounts.queries import find_person
from lucarne.accounts.roles import Role
from lucarne.catalog import names, quotas
from lucarne.catalog.errors import EmptyTitle
from lucarne.catalog.models import Channel, Imported, TeamMember, Video
from lucarne.catalog.queries import ChannelView, find_channel
from lucarne.core import audit, ids
from lucarne.core.errors import is_disk_full
from lucarne.media import operations as media, uploads
from lucarne.media.errors import NoSpace

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class PublishedFilm:
    video_id: str
    asset_id: str


@transaction.atomic
def create_channel(*, name: str, actor: str, at: datetime) -> ChannelView:
    """Make a channel; its slug follows from its name, its maker is its first owner."""
    name = names.clean_line(name)[:100]
    if not name:
        raise EmptyTitle
    taken = set(Channel.objects.values_list("slug", flat=True))
    channel = Channel.objects.create(
        public_id=ids.new("chn"),
        slug=names.slug_from_name(name, taken=taken),
        name=name,
        created_at=at,
    )
    audit.record(
        actor=actor, verb="channel.created", subject=channel.public_id, at=at,
        scope=channel.public_id, name=name,
    )  # fmt: skip
    if founder := find_person(actor):
        TeamMember.objects.create(
            channel=channel, person_id=founder.pk, role=Role.OWNER, created_at=at
        )
    return ChannelView(
        channel_id=channel.public_id, slug=channel.slug, name=channel.name
    )


@transaction.atomic
def rename_channel(*, channel_id: str, name: str, actor: str, at: datetime) -> None:
    """Call a channel otherwise; its address stays. Raises EmptyTitle."""
    name = names.clean_line(name)[:100]
    if not name:
        raise EmptyTitle
    channel = Channel.objects.select_for_update().get(public_id=channel_id)
    if channel.name == name:
        return
    before, channel.name = channel.name, name
    channel.save(update_fields=["name"])
    audit.record(
        actor=actor, verb="channel.renamed", subject=channel_id, at=at,
        scope=channel_id, was=before, name=name,
    )  # fmt: skip


def publish_film(
    *,
    upload_id: str,
    title: str,
    description: str = "",
    channel_id: str | None = None,
    visibility: str = Video.Visibility.PUBLIC,
    actor: str,
    person_pk: int | None = None,
    guid: str = "",
    first_published_at: datetime | None = None,
    clock: Clock,
    at: datetime,
) -> PublishedFilm:
    """Take over a whole upload of the actor's (``media.uploads``), make it playable.

    Returns when the film was looked into (and is playable, when it could be
    copied); what goes wrong from then on is written on the film. ``guid``: what a feed
    calls it, so that it is published once. Raises UnknownChannel, NoSpace, OverQuota,
    UnknownUpload or UploadUnfinished, before anything is kept.
    """
    channel = _channel(channel_id)
    view = uploads.find(upload_id=upload_id, person_id=actor, at=at)
    quotas.check_channel(
        channel=find_channel(channel.public_id), name=view.name,
        size_bytes=view.size_bytes,
    )  # fmt: skip
    with room_for_rows(view.name):
        film = uploads.hand_over(upload_id=upload_id, person_id=actor, at=at)
        source_name = names.clean_line(film.name) or names.UNNAMED
        asset = media.receive(
            path=film.path, source_name=source_name, digest=film.digest,
            early=film.early, at=at,
        )
        title = names.clean_line(title)[: names.TITLE_MAX]
        video = _create_video(
            asset_id=asset.pk,
            channel=channel,
            title=title or names.title_from_file(source_name),
            description=description.strip(),
            visibility=visibility,
            first_published_at=first_published_at,
            actor=actor,
            person_pk=person_pk,
            at=at,
        )
        if guid:
            Imported.objects.create(channel=channel, guid=guid, video=video, at=at)
    media.prepare(asset_id=asset.public_id, clock=clock)
    return PublishedFilm(video_id=video.public_id, asset_id=asset.public_id)


def _channel(channel_id: str | None) -> Channel:
    return Channel.objects.get(public_id=find_channel(channel_id).channel_id)


@contextlib.contextmanager
def room_for_rows(source_name: str) -> Iterator[None]:
    """Write in one transaction; a disk that is full raises NoSpace. For this room."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        if is_disk_full(error):
            raise NoSpace(source_name) from error
        raise


def _create_video(
    *, actor: str, person_pk: int | None, at: datetime, **fields: Any
) -> Video:
    video = Video.objects.create(
        public_id=ids.new("vid"), created_by_id=person_pk, created_at=at, **fields
    )
    audit.record(
        actor=actor, verb="video.created", subject=video.public_id, at=at,
        scope=video.channel.public_id, title=video.title, visibility=video.visibility,
    )  # fmt: skip
    return video


def publish_sample(
    *,
    language: str,
    title: str,
    channel_id: str | None = None,
    actor: str,
    person_pk: int | None = None,
    at: datetime,
) -> PublishedFilm:
    """Publish the film that Lucarne makes itself; a job makes it.

    Raises UnknownChannel when there is no channel yet, NoSpace on a full disk.
    """
    channel = _channel(channel_id)
    with room_for_rows("lucarne.mp4"):
        asset = media.receive_sample(language=language, at=at)
        video = _create_video(
            asset_id=asset.pk,
            channel=channel,
            title=title,
            actor=actor,
            person_pk=person_pk,
            at=at,
        )
    return PublishedFilm(video_id=video.public_id, asset_id=asset.public_id)
