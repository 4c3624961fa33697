"""How many reports one address may send, remembered in this process and never written.

It keeps a flood from filling the database, not one person from watching twice: behind
one address there may be a school. An operator whose proxy is not in
``server.trusted_proxies`` has one address for everybody, and is told so.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Final

from lucarne.core import clock

MOST: Final = 1200  # two a minute from each of six hundred viewers
PERIOD_S: Final = 60.0
_log = logging.getLogger(__name__)


class Limiter:
    """Counts by address, and forgets all of them together each minute."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._until = 0.0

    def allows(self, address: str) -> bool:
        """Count one more, and say whether it is not too many."""
        with self._guard:
            now = clock.monotonic()
            if now >= self._until:
                self._seen.clear()
                self._until = now + PERIOD_S
            self._seen[address] += 1
            count = self._seen[address]
        if count == MOST + 1:
            _log.warning(
                "more than %d reports of what is watched came within a minute from one "
                "address: the others are not counted. If all viewers come through a "
                "proxy, name it in server.trusted_proxies.",
                MOST,
            )
        return count <= MOST

    def forget(self) -> None:
        """Begin anew."""
        with self._guard:
            self._seen.clear()
            self._until = 0.0


reports: Final = Limiter()
