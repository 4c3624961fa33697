"""One look a second at what is worked on, for everybody who listens."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.db import close_old_connections

from lucarne.core import clock
from lucarne.studio.follow.address import Subject
from lucarne.studio.follow.figures import Figures

EVERY_S: Final = 1.0
_log = logging.getLogger("lucarne.follow")

Look = Callable[[Subject], Figures]


class Listener:
    """One open stream: the latest figures, and an event for whatever happens to it."""

    def __init__(self, person_id: str) -> None:
        self.person_id = person_id
        self.latest: Figures | None = None
        self.happened = asyncio.Event()
        self.has_left = False

    def tell(self, figures: Figures | None) -> None:
        """Wake the stream, unless it knows this already; None sends it away."""
        if figures is None or self.latest is None or figures.id != self.latest.id:
            self.latest = figures
            self.happened.set()

    def leave(self) -> None:
        self.has_left = True
        self.happened.set()


class Watch:
    """Looks while somebody listens, in one thread; without listeners it does nothing.

    Everything but the look itself runs on the event loop.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="follow")
        self._listeners: dict[Subject, set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> list[Listener]:
        return [one for group in self._listeners.values() for one in group]

    def join(self, subject: Subject, listener: Listener) -> None:
        """Begin to tell this listener."""
        self._listeners[subject].add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go_on())

    def part(self, subject: Subject, listener: Listener) -> None:
        """Tell it nothing more."""
        self._listeners[subject].discard(listener)
        if not self._listeners[subject]:
            del self._listeners[subject]

    async def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        while self._listeners:
            began = clock.monotonic()
            found = await loop.run_in_executor(
                self._thread, self._look_at, tuple(self._listeners)
            )
            for subject, figures in found.items():
                for listener in self._listeners.get(subject, ()):
                    listener.tell(figures)
            # A database that is slow is not asked at once again.
            took = clock.monotonic() - began
            await asyncio.sleep(max(EVERY_S - took, EVERY_S / 4))

    def _look_at(self, subjects: Collection[Subject]) -> dict[Subject, Figures | None]:
        """None where the look failed: those listeners are sent away, to come again."""
        close_old_connections()
        try:
            return {subject: self._try(subject) for subject in subjects}
        finally:
            close_old_connections()

    def _try(self, subject: Subject) -> Figures | None:
        try:
            return self._look(subject)
        except Exception:  # noqa: BLE001  a database that is away comes back
            _log.exception("work could not be looked at")
            return None
