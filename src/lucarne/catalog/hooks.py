"""What the catalog does when media tells it something."""

from __future__ import annotations

from datetime import datetime

from lucarne.catalog import captions, operations
from lucarne.core import events, housekeeping
from lucarne.media import texts
from lucarne.media.events import AssetPlayable, TextsFound


@events.subscribe(AssetPlayable)
def list_when_playable(event: AssetPlayable) -> None:
    """A public video is listed from the moment it can be watched."""
    operations.publish_if_playable(asset_id=event.asset_id, at=event.at)


@housekeeping.chore
def list_forgotten(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """List what became playable in a process that died before it could tell."""
    operations.publish_playable(at=at)


@events.subscribe(TextsFound)
def adopt_when_found(event: TextsFound) -> None:
    """What a film holds in words becomes its captions."""
    captions.adopt_found(asset_id=event.asset_id, at=event.at)


@housekeeping.chore
def adopt_forgotten(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Adopt what was found in a process that died before it could tell."""
    for asset_id in texts.waiting():
        captions.adopt_found(asset_id=asset_id, at=at)
