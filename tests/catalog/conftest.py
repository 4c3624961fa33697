"""A channel, and films as rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lucarne.catalog import operations, queries
from lucarne.catalog.models import Channel, Video
from lucarne.core import ids
from lucarne.media.models import Asset

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
Film = Callable[..., queries.VideoView]


@pytest.fixture
def channel(folder: Path) -> queries.ChannelView:  # noqa: ARG001
    return operations.create_channel(name="Nature", actor="test", at=AT)


@pytest.fixture
def row(channel: queries.ChannelView) -> Film:
    """Make a film of 10 minutes that can be watched, as rows alone."""

    def make(title: str = "The garden", **facts: object) -> queries.VideoView:
        asset = {
            "source_name": "garden.mp4", "size_bytes": 1, "received_at": AT,
            "state": "ready", "playable_at": AT, "ready_at": AT, "duration_ms": 600_000,
            "plan_id": "0123456789ab",
        }  # fmt: skip
        mine = {name: facts.pop(name) for name in set(facts) & (set(asset) | {"report"})}
        video = Video.objects.create(
            public_id=ids.new("vid"), title=title, created_at=AT,
            channel=Channel.objects.get(public_id=channel.channel_id),
            asset=Asset.objects.create(public_id=ids.new("ast"), **asset | mine),
            **{"visibility": "draft", **facts},
        )  # fmt: skip
        found = queries.find(video.public_id)
        assert found is not None
        return found

    return make
