"""What membership does every half minute."""

from __future__ import annotations

from datetime import datetime

from lucarne.core import housekeeping
from lucarne.membership import lists


@housekeeping.chore
def forget_lists(*, at: datetime, is_start: bool) -> None:  # noqa: ARG001
    """Forget addresses that were read from a file and never taken in."""
    lists.forget(at=at)
