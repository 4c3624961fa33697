"""Jobs of the catalog."""

from __future__ import annotations

from lucarne.catalog import imports
from lucarne.core import clock, jobs
from lucarne.core.jobs import JobContext


@jobs.handler(imports.KIND, queue="quick")
def fetch(context: JobContext, *, upload_id: str) -> None:
    """Fetch a film from its address."""
    imports.run_fetch(upload_id=upload_id, cancel=context.cancelled, at=clock.now())
