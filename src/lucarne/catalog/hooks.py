"""What the catalog does when media tells it something."""

from __future__ import annotations

from datetime import datetime

from lucarne.catalog import bulk, operations
from lucarne.core import events, housekeeping
from lucarne.media.events import AssetPlayable


@events.subscribe(AssetPlayable)
def list_when_playable(event: AssetPlayable) -> None:
    """A public video is listed from the moment it can be watched."""
    operations.publish_if_playable(asset_id=event.asset_id, at=event.at)


@housekeeping.chore
def list_forgotten(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """List what became playable in a process that died before it could tell."""
    operations.publish_playable(at=at)


@housekeeping.chore
def forget_old_changes(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Forget what can be undone no longer."""
    bulk.forget(at=at)
