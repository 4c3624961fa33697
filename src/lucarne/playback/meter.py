"""Counts the bytes of each film that this process sends, and writes them down."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Final

from django.db import DatabaseError

from lucarne.core import clock
from lucarne.media import fine

EVERY_S: Final = 60.0
_log = logging.getLogger(__name__)


class Meter:
    """Sums in memory for a minute; a process that is killed forgets that minute."""

    def __init__(self) -> None:
        self._sizes: Counter[str] = Counter()
        self._guard = threading.Lock()
        self._next = clock.monotonic() + EVERY_S

    def add(self, asset_id: str, size_bytes: int) -> None:
        """Count what was sent."""
        with self._guard:
            self._sizes[asset_id] += size_bytes

    @property
    def is_due(self) -> bool:
        """Whether it is time to write down what was counted."""
        return bool(self._sizes) and clock.monotonic() >= self._next

    def write(self) -> None:
        """Write the sums into the database. Blocks."""
        with self._guard:
            sizes, self._sizes = self._sizes, Counter()
            self._next = clock.monotonic() + EVERY_S
        if not sizes:
            return
        try:
            fine.count_delivered(dict(sizes), at=clock.now())
        except DatabaseError:
            # Whoever watches must not notice; the next minute writes them with its own.
            _log.warning("what was sent could not be counted yet", exc_info=True)
            with self._guard:
                self._sizes.update(sizes)
