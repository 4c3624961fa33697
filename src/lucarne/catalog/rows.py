"""The row of one video, for whoever is about to change it."""

from __future__ import annotations

from django.db.models import QuerySet

from lucarne.catalog.errors import UnknownVideo
from lucarne.catalog.models import Version, Video


def lock(video_id: str, *, is_in_bin: bool = False) -> Video:
    """Return a video's row, with its asset and channel. Call inside a transaction.

    It is locked where rows can be; SQLite has one writer at a time from the beginning
    of a transaction. Raises UnknownVideo, also when it is in the bin and should not
    be, or the other way round.
    """
    found = (
        Video.objects.select_for_update(of=("self",))
        .select_related("asset", "channel")
        .filter(public_id=video_id, deleted_at__isnull=not is_in_bin)
        .first()
    )
    if found is None:
        raise UnknownVideo(video_id)
    return found


def asset_ids(videos: QuerySet[Video]) -> list[str]:
    """Return every file of these videos: the one shown, former ones, one to come."""
    shown = videos.values_list("asset__public_id", flat=True)
    others = Version.objects.filter(video__in=videos.values("pk"))
    return [*shown, *others.values_list("asset__public_id", flat=True)]


def all_asset_ids(video: Video) -> list[str]:
    """Return those of one."""
    return asset_ids(Video.objects.filter(pk=video.pk))
