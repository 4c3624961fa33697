"""What the catalog does when media tells it something."""

from __future__ import annotations

from datetime import datetime

from lucarne.catalog import (
    bin as rubbish,
    bulk,
    captions,
    details,
    invitations,
    publication,
    versions,
)
from lucarne.core import events, housekeeping
from lucarne.media import texts
from lucarne.media.events import AssetPlayable, TextsFound


@events.subscribe(AssetPlayable)
def list_when_playable(event: AssetPlayable) -> None:
    """A video that is to be listed is so from the moment it can be watched."""
    publication.publish_if_playable(asset_id=event.asset_id, at=event.at)


@events.subscribe(AssetPlayable)
def take_chapters(event: AssetPlayable) -> None:
    """A film has the chapters that came in its file."""
    details.find_chapters(asset_id=event.asset_id)


@events.subscribe(AssetPlayable)
def show_new_file(event: AssetPlayable) -> None:
    """A film whose file is replaced shows the new one from the moment it plays."""
    versions.show_when_playable(asset_id=event.asset_id, at=event.at)


@housekeeping.chore
def list_forgotten(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """List what became playable in a process that died before it could tell."""
    publication.publish_playable(at=at)
    details.find_forgotten_chapters()
    versions.catch_up(at=at)


@housekeeping.chore
def publish_scheduled(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Publish what is scheduled when its time has come, half a minute late at most."""
    publication.publish_due(at=at)


@housekeeping.chore
def empty_bin(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Delete what has been in the bin for 30 days."""
    rubbish.empty(at=at)
    versions.forget_old(at=at)


@housekeeping.chore
def forget_old_changes(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Forget what can be undone no longer, and invitations long after they ended."""
    bulk.forget(at=at)
    invitations.forget(at=at)


@events.subscribe(TextsFound)
def adopt_when_found(event: TextsFound) -> None:
    """What a film holds in words becomes its captions."""
    captions.adopt_found(asset_id=event.asset_id, at=event.at)


@housekeeping.chore
def adopt_forgotten(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Adopt what was found in a process that died before it could tell."""
    for asset_id in texts.waiting():
        captions.adopt_found(asset_id=asset_id, at=at)
