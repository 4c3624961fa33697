"""Who may watch a film, from when on, and by which secret address."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from lucarne.catalog import rows
from lucarne.catalog.errors import BadSchedule
from lucarne.catalog.models import Submission, Video
from lucarne.catalog.queries import LISTED
from lucarne.catalog.rights import CLOSED, Action, Rights, check_row
from lucarne.core import audit
from lucarne.media import operations as media

Visibility = Video.Visibility
# Whoever has the page's address may watch: nothing is closed between these two.
OPEN: Final = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
_KEY_BYTES: Final = 18  # 144 bits, 24 characters


@transaction.atomic
def set_visibility(
    *,
    video_id: str,
    visibility: str,
    publish_at: datetime | None = None,
    publish_as: str = Visibility.PUBLIC,
    rights: Rights | None = None,
    actor: str,
    at: datetime,
) -> None:
    """Say who may watch a video; what closes is closed on every door.

    ``publish_at`` and ``publish_as`` (public or members: what it becomes then) count
    for "scheduled" alone. A private link that the film had is worth nothing any
    more, unless it keeps it. What waits for approval waits no longer.
    Raises UnknownVideo, BadSchedule, NotAllowed.
    """
    video = rows.lock(video_id)
    check_row(rights, Action.EDIT if visibility in CLOSED else Action.SHOW, video)
    wanted = Visibility(visibility)
    publish_at = check_schedule(wanted, publish_at, at=at)
    key = ""
    if wanted == Visibility.LINK:
        key = video.link_key or new_key()
    keeps_link = wanted == Visibility.LINK and bool(video.link_key)
    stays_members = wanted == video.visibility == Visibility.MEMBERS
    show_to(
        Video.objects.filter(pk=video.pk),
        visibility=wanted,
        publish_at=publish_at,
        publish_as=publish_as,
        link_key=key,
        closes=wanted not in OPEN and not (keeps_link or stays_members),
        at=at,
    )
    detail = {}
    if publish_at:
        detail = {"publish_at": publish_at.isoformat(), "publish_as": publish_as}
    audit.record(
        actor=actor, verb="video.visibility", subject=video_id, at=at,
        scope=video.channel.public_id, title=video.title, visibility=visibility,
        **detail,
    )  # fmt: skip


def check_schedule(
    visibility: str, publish_at: datetime | None, *, at: datetime
) -> datetime | None:
    """Return when such a film is to be published, None when not. Raises BadSchedule."""
    if visibility != Visibility.SCHEDULED:
        return None
    if publish_at is None or publish_at <= at:
        raise BadSchedule(is_past=publish_at is not None)
    return publish_at


def show_to(
    videos: QuerySet[Video],
    *,
    visibility: str,
    publish_at: datetime | None,
    publish_as: str,
    link_key: str,
    closes: bool,
    at: datetime,
) -> None:
    """Write who may watch these videos, which were locked and checked; for this room."""
    videos.update(
        visibility=visibility,
        publish_at=publish_at,
        publish_as=publish_as if publish_at else Visibility.PUBLIC,
        link_key=link_key,
        published_at=None,
    )
    if visibility not in CLOSED:
        # Nobody needs to be asked any more to show them.
        Submission.objects.filter(video__in=videos).exclude(visibility="").delete()
        videos.filter(submission=None).exclude(approval="").update(approval="")
    _list(videos, at=at)
    if closes:
        media.close_many_doors(asset_ids=rows.asset_ids(videos))


@transaction.atomic
def renew_link(*, video_id: str, actor: str, at: datetime) -> None:
    """Give a film another secret address: the old one ends, also where it is open.

    Nothing happens to a film that has none. Raises UnknownVideo.
    """
    video = rows.lock(video_id)
    if not video.link_key:
        return
    Video.objects.filter(pk=video.pk).update(link_key=new_key())
    media.close_many_doors(asset_ids=rows.all_asset_ids(video))
    audit.record(
        actor=actor, verb="video.link_renewed", subject=video_id, at=at,
        scope=video.channel.public_id, title=video.title,
    )  # fmt: skip


def publish_due(*, at: datetime) -> int:
    """Publish every film whose time has come; returns how many."""
    count = 0
    due = Video.objects.filter(
        visibility=Visibility.SCHEDULED, publish_at__lte=at, deleted_at=None
    )
    fields = ("public_id", "asset__public_id", "channel__public_id", "title")
    rows_ = due.values_list(*fields, "publish_as")
    for video_id, asset_id, channel_id, title, publish_as in rows_:
        with transaction.atomic():
            # Compare and set: another process may do the same at this moment. Its
            # date is the one that was chosen, however late we come.
            published = due.filter(public_id=video_id, publish_as=publish_as).update(
                visibility=publish_as,
                first_published_at=F("publish_at"),
                publish_at=None,
                publish_as=Visibility.PUBLIC,
            )
            if published:
                publish_if_playable(asset_id=asset_id, at=at)
                audit.record(
                    actor=None, verb="video.visibility", subject=video_id, at=at,
                    scope=channel_id, title=title, visibility=publish_as,
                )  # fmt: skip
                count += 1
    return count


def publish_if_playable(*, asset_id: str, at: datetime) -> bool:
    """List a video from the moment it can be watched; True the first time."""
    video = Video.objects.filter(asset__public_id=asset_id)
    return bool(_list(video, at=at))


def publish_playable(*, at: datetime) -> int:
    """List every video that can be watched, shall be listed and is not yet."""
    return _list(Video.objects.all(), at=at)


def _list(videos: QuerySet[Video], *, at: datetime) -> int:
    # The date of the first publication is kept when a video was hidden in between.
    return videos.filter(
        visibility__in=LISTED,
        published_at__isnull=True,
        deleted_at__isnull=True,
        asset__playable_at__isnull=False,
    ).update(
        published_at=Coalesce(F("first_published_at"), at),
        first_published_at=Coalesce(F("first_published_at"), at),
    )


def new_key() -> str:
    """Make what a secret address ends in."""
    return secrets.token_urlsafe(_KEY_BYTES)
