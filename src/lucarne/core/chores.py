"""The kernel's own chores."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from lucarne.core import housekeeping, jobs

JOBS_KEPT_FOR: Final = timedelta(days=30)


@housekeeping.chore
def forget_old_jobs(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Delete the records of jobs that were over a month ago."""
    jobs.forget(before=at - JOBS_KEPT_FOR)
