"""Jobs of the media room, and its chores."""

from __future__ import annotations

import logging
from datetime import datetime

from lucarne.core import clock, housekeeping, jobs
from lucarne.core.jobs import JobContext
from lucarne.media import (
    digests,
    early_look,
    fine,
    measuring,
    new_posters,
    operations,
    queries,
    units,
)
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


@jobs.handler("media.frame", queue="first")
def frame(context: JobContext, *, asset_id: str, name: str) -> None:
    """Take the moment that somebody chose as poster, and waits for."""
    units.run_unit(
        asset_id=asset_id, name=name, clock=clock.now, cancel=context.cancelled
    )


@jobs.handler("media.level", queue="fine")
def level(context: JobContext, *, asset_id: str, name: str) -> None:
    """Make a long film's sound as loud as all others, behind what people wait for."""
    units.run_unit(
        asset_id=asset_id, name=name, clock=clock.now, cancel=context.cancelled
    )


@jobs.handler("media.fine", queue="fine")
def improve(context: JobContext, *, asset_id: str, name: str) -> None:
    """Run one unit of a fine pass, then hand on what it brought up."""
    units.run_unit(
        asset_id=asset_id, name=name, clock=clock.now, cancel=context.cancelled
    )
    try:
        fine.enqueue(queries.find(asset_id))
    except UnknownAsset:
        logger.info("film %s is gone, nothing to make finer", asset_id)


@jobs.handler("media.look_ahead", queue="quick")
def look_ahead(context: JobContext, *, upload_id: str) -> None:
    """Look into a film that is still arriving."""
    early_look.look(upload_id=upload_id, at=clock.now(), cancel=context.cancelled)


@jobs.handler("media.ahead", queue="encode")
def work_ahead(context: JobContext, *, asset_id: str, name: str) -> None:
    """Run one unit of a film that is still arriving."""
    units.run_early(
        asset_id=asset_id, name=name, clock=clock.now, cancel=context.cancelled
    )


@jobs.handler("media.digest", queue="quick")
def digest(context: JobContext, *, upload_id: str) -> None:
    """Find out whether an upload is a film that is here already."""
    digests.digest_upload(upload_id=upload_id, cancel=context.cancelled)


@jobs.handler("media.digest_film", queue="fine")
def digest_film(context: JobContext, *, asset_id: str) -> None:
    """Know a film again when it is sent once more."""
    try:
        digests.digest_film(asset_id=asset_id, cancel=context.cancelled)
    except UnknownAsset:
        logger.info("film %s is gone, nothing to digest", asset_id)


@housekeeping.chore
def take_up(*, at: datetime, is_start: bool) -> None:
    """Resume films whose process died."""
    operations.resume(at=at, is_start=is_start)
    new_posters.take_up()
    for asset in fine.unfinished().defer("report", "plan"):
        fine.enqueue(asset)


@housekeeping.chore
def weigh(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Begin a fine pass where viewing pays for it."""
    fine.consider(at=at)
    fine.forget_old(at=at)


@housekeeping.chore
def measure(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Measure the curves of films that have none."""
    measuring.consider(at=at)


@housekeeping.chore
def sweep(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Remove what nobody needs any more."""
    operations.sweep(at=at)
