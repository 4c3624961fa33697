"""What a card in a list shows of a video."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from lucarne.catalog.queries import ListedVideo
from lucarne.playback import tokens
from lucarne.playback.queries import Stills, stills
from lucarne.portal.addresses import watch_url


class Card(NamedTuple):
    """One link with its picture; addresses are paths, "" where there is none."""

    url: str
    title: str
    description: str
    channel_name: str
    published_at: datetime
    duration_ms: int
    color: str  # "#rrggbb", the poster's dominant color
    stills: Stills
    is_for_members: bool = False


def cards(videos: Iterable[ListedVideo], *, at: datetime) -> tuple[Card, ...]:
    """Translate videos to cards, in the same order."""
    signed_at = tokens.signed_at(at)
    return tuple(_card(video, signed_at) for video in videos)


# A film is on many pages, and home is read all the time: the same facts, the same card.
@functools.lru_cache(maxsize=1024)
def _card(video: ListedVideo, signed_at: datetime) -> Card:
    return Card(
        url=watch_url(video.video_id),
        title=video.title,
        description=video.description,
        channel_name=video.channel_name,
        published_at=video.published_at,
        duration_ms=video.duration_ms,
        color=video.color,
        stills=stills(video, signed_at),
        is_for_members=video.is_for_members,
    )
