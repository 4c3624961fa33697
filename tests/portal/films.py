"""Films as rows, for pages that only read them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lucarne.catalog.models import Channel, Video
from lucarne.core import clock, ids
from lucarne.media.models import Asset


def channel(name: str = "Nature", slug: str = "nature") -> Channel:
    made, _ = Channel.objects.get_or_create(
        slug=slug,
        defaults={
            "public_id": ids.new("chn"),
            "name": name,
            "created_at": clock.now(),
        },
    )
    return made


def film(
    title: str = "Le jardin",
    *,
    playable: bool = True,
    ready: bool = True,
    age: dt.timedelta = dt.timedelta(hours=2),
    visibility: str = "public",
    description: str = "",
    where: Channel | None = None,
    details: dict[str, Any] | None = None,
    **asset_facts: Any,
) -> Video:
    at = clock.now() - age
    facts = {
        "state": "ready" if ready else "encoding",
        "source_name": f"{title}.mp4",
        "size_bytes": 1,
        "received_at": at,
        "playable_at": at if playable else None,
        "ready_at": at if playable and ready else None,
        "plan_id": "0123456789ab",
        "duration_ms": 125_000,
        "width": 1280,
        "height": 720,
        "color": "#336699",
        "has_poster": playable,
        "has_storyboard": playable,
        **asset_facts,
    }
    is_listed = playable and visibility == "public"
    return Video.objects.create(
        public_id=ids.new("vid"),
        channel=where or channel(),
        asset=Asset.objects.create(public_id=ids.new("ast"), **facts),
        title=title,
        description=description,
        visibility=visibility,
        created_at=at,
        first_published_at=at if is_listed else None,
        published_at=at if is_listed else None,
        **(details or {}),
    )
