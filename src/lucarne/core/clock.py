"""The only place that reads the clock; everybody else is handed ``at``."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(tz=UTC)


def monotonic() -> float:
    """Return seconds on a clock that never goes back; only differences mean anything."""
    return time.monotonic()


def from_epoch_ms(milliseconds: int) -> datetime:
    """Return the aware moment of milliseconds since 1970-01-01T00:00Z."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
