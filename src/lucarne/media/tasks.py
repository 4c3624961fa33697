"""Jobs of the media room, and its chores."""

from __future__ import annotations

import logging
from datetime import datetime

from lucarne.core import clock, housekeeping, jobs
from lucarne.core.jobs import JobContext
from lucarne.media import operations, units
from lucarne.media.errors import UnknownAsset

logger = logging.getLogger(__name__)


@jobs.handler("media.prepare", queue="quick")
def prepare(context: JobContext, *, asset_id: str) -> None:
    """Take up a film whose first process died before its plan was written."""
    try:
        operations.prepare(asset_id=asset_id, clock=clock.now, cancel=context.cancelled)
    except UnknownAsset:
        logger.info("film %s is gone, nothing to prepare", asset_id)


@jobs.handler("media.encode", queue="encode")
def encode(context: JobContext, *, asset_id: str, name: str) -> None:
    """Encode one chunk."""
    units.run_unit(
        asset_id=asset_id, name=name, clock=clock.now, cancel=context.cancelled
    )


@jobs.handler("media.aside", queue="quick")
def aside(context: JobContext, *, asset_id: str, name: str) -> None:
    """Make sound, poster or storyboard, beside the picture's encoding."""
    units.run_unit(
        asset_id=asset_id, name=name, clock=clock.now, cancel=context.cancelled
    )


@housekeeping.chore
def take_up(*, at: datetime, is_start: bool) -> None:
    """Resume films whose process died."""
    operations.resume(at=at, is_start=is_start)


@housekeeping.chore
def sweep(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Remove what nobody needs any more."""
    operations.sweep(at=at)
