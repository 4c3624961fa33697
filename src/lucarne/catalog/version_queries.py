"""Questions about the other files of a film: the one to come, and former ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lucarne.catalog.models import Version
from lucarne.catalog.queries import VideoView

# What was replaced can be taken back for so long.
KEPT_FOR: Final = timedelta(days=30)
# Files of one film differ by as much without anybody minding.
SAME_LENGTH_MS: Final = 1000


@dataclass(frozen=True, kw_only=True)
class VersionView:
    """A file that is not shown."""

    asset_id: str
    source_name: str
    duration_ms: int  # 0 while it is not known
    size_bytes: int
    asked_at: datetime
    replaced_at: datetime | None
    goes_at: datetime | None  # when it is deleted


@dataclass(frozen=True, kw_only=True)
class Versions:
    """Both kinds; former ones in the order in which they were replaced, last first."""

    coming: VersionView | None = None
    former: tuple[VersionView, ...] = ()


def versions_of(video_id: str) -> Versions:
    """Return them. One query."""
    found = Version.objects.filter(video__public_id=video_id).values_list(
        "asset__public_id", "asset__source_name", "asset__duration_ms",
        "asset__size_bytes", "asked_at", "replaced_at",
    )  # fmt: skip
    views = [
        VersionView(
            asset_id=asset_id, source_name=name, duration_ms=duration_ms,
            size_bytes=size_bytes, asked_at=asked_at, replaced_at=replaced_at,
            goes_at=replaced_at and replaced_at + KEPT_FOR,
        )
        for asset_id, name, duration_ms, size_bytes, asked_at, replaced_at in (
            found.order_by("-replaced_at", "-pk")
        )
    ]  # fmt: skip
    return Versions(
        coming=next((one for one in views if one.replaced_at is None), None),
        former=tuple(one for one in views if one.replaced_at is not None),
    )


def length_changed_ms(video: VideoView, versions: Versions) -> int:
    """Return by how much the film is longer than the file before it, 0: by nothing."""
    former_ms = versions.former[0].duration_ms if versions.former else 0
    if not former_ms or not video.film.duration_ms:
        return 0
    change = video.film.duration_ms - former_ms
    return change if abs(change) > SAME_LENGTH_MS else 0
