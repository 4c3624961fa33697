"""The bin: a film in it is closed on every door, can be taken out, and goes in a month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from lucarne.catalog import publication, rows
from lucarne.catalog.errors import UnknownVideo
from lucarne.catalog.models import Video
from lucarne.catalog.rights import Action, Rights, check_row
from lucarne.core import audit
from lucarne.media import operations as media

KEPT_FOR: Final = timedelta(days=30)


@transaction.atomic
def put_in(
    *, video_id: str, rights: Rights | None = None, actor: str, at: datetime
) -> None:
    """Close a film on every door and keep it for 30 days.

    Raises UnknownVideo, NotAllowed.
    """
    video = rows.lock(video_id)
    check_row(rights, Action.DELETE, video)
    Video.objects.filter(pk=video.pk).update(deleted_at=at, published_at=None)
    media.close_many_doors(asset_ids=rows.all_asset_ids(video))
    audit.record(
        actor=actor, verb="video.binned", subject=video_id, at=at, title=video.title,
        scope=video.channel.public_id,
    )  # fmt: skip


@transaction.atomic
def take_out(*, video_id: str, actor: str, at: datetime) -> None:
    """Let a film be as it was before it was put in the bin. Raises UnknownVideo.

    One whose time came meanwhile is published by the next chores.
    """
    video = rows.lock(video_id, is_in_bin=True)
    Video.objects.filter(pk=video.pk).update(deleted_at=None)
    publication.publish_if_playable(asset_id=video.asset.public_id, at=at)
    audit.record(
        actor=actor, verb="video.restored", subject=video_id, at=at,
        title=video.title, scope=video.channel.public_id,
    )  # fmt: skip


@transaction.atomic
def delete(*, video_id: str, actor: str | None, at: datetime) -> None:
    """Delete a film that is in the bin, with everything made of it.

    Raises UnknownVideo.
    """
    video = rows.lock(video_id, is_in_bin=True)
    asset_ids = rows.all_asset_ids(video)
    video.delete()
    for asset_id in asset_ids:
        media.remove(asset_id=asset_id)
    audit.record(
        actor=actor, verb="video.deleted", subject=video_id, at=at,
        title=video.title, scope=video.channel.public_id,
    )  # fmt: skip


def empty(*, at: datetime) -> int:
    """Delete what has been in the bin for 30 days; returns how many films."""
    old = Video.objects.filter(deleted_at__lte=at - KEPT_FOR)
    count = 0
    for video_id in list(old.values_list("public_id", flat=True)):
        try:
            delete(video_id=video_id, actor=None, at=at)
        except UnknownVideo:
            continue  # another process was faster, or somebody took it out
        count += 1
    return count
