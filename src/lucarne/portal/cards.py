"""What a card in a list shows of a video."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lucarne.catalog.queries import VideoView
from lucarne.playback.queries import thumb_url
from lucarne.portal.addresses import watch_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One link with its picture; addresses are paths, "" where there is none."""

    url: str
    title: str
    description: str
    channel_name: str
    published_at: datetime
    duration_ms: int
    color: str  # "#rrggbb", the poster's dominant color
    thumb_320: str
    thumb_640: str


def cards(videos: Iterable[VideoView], *, at: datetime) -> tuple[Card, ...]:
    """Translate videos to cards, in the same order."""
    return tuple(
        Card(
            url=watch_url(video.video_id),
            title=video.title,
            description=video.description,
            channel_name=video.channel.name,
            published_at=video.published_at or video.created_at,
            duration_ms=video.film.duration_ms,
            color=video.film.color,
            thumb_320=thumb_url(video, width=320, at=at),
            thumb_640=thumb_url(video, width=640, at=at),
        )
        for video in videos
    )
