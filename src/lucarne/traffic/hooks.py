"""What traffic does every half minute."""

from __future__ import annotations

from datetime import datetime

from lucarne.core import housekeeping
from lucarne.traffic import counting


@housekeeping.chore
def count_visits(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Add to the sums what was watched; forget the visits of yesterday."""
    counting.count_pending()
    counting.sweep(at=at)
