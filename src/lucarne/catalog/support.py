"""A film's log, for whoever helps when something went wrong."""

from __future__ import annotations

from datetime import datetime

from lucarne.catalog.queries import VideoView
from lucarne.media import support_log


def log_of(video: VideoView, *, has_names: bool, at: datetime) -> str:
    """Write it; the title and the file's name only when they are asked for."""
    names = support_log.Names(title=video.title, file=video.source_name)
    return support_log.write(
        video.film.asset_id,
        video_id=video.video_id,
        names=names if has_names else None,
        hidden=(video.title, video.channel.name),
        at=at,
    )
