"""Jobs of the catalog."""

from __future__ import annotations

from datetime import datetime

from lucarne.catalog import imports, watched
from lucarne.core import clock, housekeeping, jobs
from lucarne.core.jobs import JobContext


@jobs.handler(imports.KIND, queue="fetch")
def fetch(context: JobContext, *, upload_id: str) -> None:
    """Fetch a film from its address."""
    imports.run_fetch(upload_id=upload_id, cancel=context.cancelled, at=clock.now())


@jobs.handler(watched.KIND, queue="fetch")
def publish_watched(context: JobContext, *, name: str) -> None:
    """Publish a film of the watched folder."""
    watched.publish(name=name, cancel=context.cancelled, clock=clock.now)


@housekeeping.chore
def look_into_folder(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Take up films that somebody put into the watched folder."""
    watched.look()
