"""Another file for a film that stays what it is: address, words, captions, statistics.

The file that is shown plays on until the new one can be watched; then they change
places, and the former one is kept for a month. Whoever watches goes on with the file
she has: its addresses stay good as long as the film is open to her.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from lucarne.catalog import captions, details, publication, quotas, rows
from lucarne.catalog.errors import BeingReplaced, SameFile, UnknownVersion
from lucarne.catalog.models import Caption, Version, Video
from lucarne.catalog.names import UNNAMED, clean_line
from lucarne.catalog.operations import PublishedFilm, room_for_rows
from lucarne.catalog.queries import find_channel
from lucarne.catalog.version_queries import KEPT_FOR
from lucarne.core import audit
from lucarne.media import again, fine, operations as media, posters, texts, uploads


def replace(
    *,
    video_id: str,
    upload_id: str,
    actor: str,
    clock: Callable[[], datetime],
    at: datetime,
) -> PublishedFilm:
    """Let a whole upload of the actor's take the place of a film's file, once it can.

    Returns when it was looked into; it may be shown by then. One that failed before is
    forgotten. Raises UnknownVideo, SameFile, BeingReplaced, OverQuota, NoSpace,
    UnknownUpload or UploadUnfinished, before anything is kept.
    """
    view = uploads.find(upload_id=upload_id, person_id=actor, at=at)
    name = clean_line(view.name) or UNNAMED
    with room_for_rows(view.name):
        video = rows.lock(video_id)
        if view.digest and view.digest == video.asset.digest:
            raise SameFile(name)
        quotas.check_channel(
            channel=find_channel(video.channel.public_id), name=view.name,
            size_bytes=view.size_bytes, adds_film=False,
        )  # fmt: skip
        _make_room(video)
        film = uploads.hand_over(upload_id=upload_id, person_id=actor, at=at)
        asset = media.receive(
            path=film.path, source_name=name, digest=film.digest, at=at
        )
        _announce(video, asset, actor=actor, at=at)
    media.prepare(asset_id=asset.public_id, clock=clock)
    return PublishedFilm(video_id=video_id, asset_id=asset.public_id)


def _make_room(video: Video) -> None:
    """Forget one that failed. Raises BeingReplaced while one is on its way."""
    coming = video.versions.filter(replaced_at=None).select_related("asset").first()
    if coming is None:
        return
    if coming.asset.state != "failed":
        raise BeingReplaced
    coming.delete()
    media.remove(asset_id=coming.asset.public_id)


def _announce(video: Video, asset: Any, *, actor: str, at: datetime) -> None:
    try:
        with transaction.atomic():
            Version.objects.create(video=video, asset=asset, actor=actor, asked_at=at)
    except IntegrityError:  # two at once, where rows are not locked
        raise BeingReplaced from None
    _audit("video.replacing", video, asset, actor=actor, at=at)


@transaction.atomic
def cancel(*, video_id: str, actor: str, at: datetime) -> None:
    """Give up the file that is on its way, or failed. Raises UnknownVideo, UnknownVersion."""
    video = rows.lock(video_id)
    coming = video.versions.filter(replaced_at=None).select_related("asset").first()
    if coming is None:
        raise UnknownVersion
    coming.delete()
    media.remove(asset_id=coming.asset.public_id)
    _audit("video.replace_canceled", video, coming.asset, actor=actor, at=at)


def try_again(*, video_id: str, actor: str, at: datetime) -> bool:
    """Go on with a file that failed before it could be shown.

    False when that cannot help. Raises UnknownVersion.
    """
    coming = (
        Version.objects.filter(video__public_id=video_id, replaced_at=None)
        .select_related("asset", "video__channel")
        .first()
    )
    if coming is None:
        raise UnknownVersion
    if not again.may_help(coming.asset.error_code):
        return False
    media.retry(asset_id=coming.asset.public_id, at=at)
    _audit("video.tried_again", coming.video, coming.asset, actor=actor, at=at)
    return True


@transaction.atomic
def show_when_playable(*, asset_id: str, at: datetime) -> bool:
    """Show a file that was to come; False when it is none."""
    found = Version.objects.filter(asset__public_id=asset_id, replaced_at=None)
    video_pk = found.values_list("video_id", flat=True).first()
    if video_pk is None:
        return False
    # Also one in the bin: when it is taken out it has its new file.
    video = (
        Video.objects.select_for_update(of=("self",))
        .select_related("asset")
        .get(pk=video_pk)
    )
    coming = found.select_related("asset").first()  # as it is now, locked
    if coming is None or coming.asset.playable_at is None:
        return False
    _audit("video.replaced", video, coming.asset, actor=coming.actor, at=at)
    _change_places(video, coming, at=at)
    return True


@transaction.atomic
def go_back(*, video_id: str, asset_id: str, actor: str, at: datetime) -> None:
    """Show a former file again; the one that was shown is kept instead of it.

    Raises UnknownVideo, UnknownVersion.
    """
    video = rows.lock(video_id)
    former = (
        video.versions.filter(asset__public_id=asset_id, replaced_at__isnull=False)
        .select_related("asset")
        .first()
    )
    if former is None:
        raise UnknownVersion
    former.actor = actor
    _audit("video.file_restored", video, former.asset, actor=actor, at=at)
    _change_places(video, former, at=at)


def _change_places(video: Video, version: Version, *, at: datetime) -> None:
    """Show the file of ``version``, and keep the one that was shown in its place."""
    before, after = video.asset, version.asset
    ids = {"from_id": before.public_id, "to_id": after.public_id}
    names = Caption.objects.filter(video=video).values_list("file_name", flat=True)
    texts.carry(names=list(names), **ids)
    posters.carry(at=at, **ids)
    fine.carry_delivered(**ids)
    version.asset, version.replaced_at = before, at
    version.save()
    video.asset = after
    details.keep_chapters(video)
    video.save(update_fields=["asset", "chapters", "chapters_from"])
    publication.publish_if_playable(asset_id=after.public_id, at=at)
    captions.adopt_found(asset_id=after.public_id, at=at)
    if _is_useless(before):
        _delete_former(version, at=at)


def _is_useless(asset: Any) -> bool:
    """Whether nobody ever saw anything of a file, or ever will."""
    is_over = asset.state == "failed" and asset.playable_at is None
    return is_over and not again.may_help(asset.error_code)


def _delete_former(version: Version, *, at: datetime) -> None:
    version.delete()
    media.remove(asset_id=version.asset.public_id)
    _audit("video.former_deleted", version.video, version.asset, actor=None, at=at)


def catch_up(*, at: datetime) -> None:
    """Show what became playable in a process that died before it could tell."""
    waiting = Version.objects.filter(
        replaced_at=None, asset__playable_at__isnull=False
    )
    for asset_id in list(waiting.values_list("asset__public_id", flat=True)):
        show_when_playable(asset_id=asset_id, at=at)


def forget_old(*, at: datetime) -> int:
    """Delete files that were replaced a month ago; returns how many."""
    old = Version.objects.filter(replaced_at__lte=at - KEPT_FOR)
    count = 0
    for pk in list(old.values_list("pk", flat=True)):
        with transaction.atomic():
            version = old.filter(pk=pk).select_related("asset", "video").first()
            if version is None:
                continue  # another process was faster, or somebody went back to it
            _delete_former(version, at=at)
            count += 1
    return count


def _audit(
    verb: str, video: Video, asset: Any, *, actor: str | None, at: datetime
) -> None:
    audit.record(
        actor=actor, verb=verb, subject=video.public_id, at=at,
        scope=video.channel.public_id,
        title=video.title, asset=asset.public_id, file=asset.source_name,
    )  # fmt: skip
