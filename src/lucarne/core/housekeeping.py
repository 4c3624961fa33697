"""Chores that every worker process does now and every half minute.

    @housekeeping.chore
    def sweep(*, at: datetime, is_start: bool) -> None: ...

They mend what a killed process left between two steps, so each must be harmless
when it runs twice, or in two processes at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Final

from django.db import close_old_connections

from lucarne.core import clock

Chore = Callable[..., object]
EVERY_S: Final = 30.0

_log = logging.getLogger(__name__)
_chores: list[Chore] = []


def chore(function: Chore) -> Chore:
    """Register a function that takes ``at`` and ``is_start``, keyword-only."""
    _chores.append(function)
    return function


def run_once(*, at: datetime, is_start: bool) -> None:
    """Do every chore; one that fails does not keep the others from running."""
    for function in tuple(_chores):
        try:
            close_old_connections()
            function(at=at, is_start=is_start)
        except Exception:  # noqa: BLE001  the next round may find it mended
            _log.exception("%s failed, next try in half a minute", function.__name__)
        finally:
            close_old_connections()


def start(stop: Event) -> Thread:
    """Do the chores in a thread until ``stop`` is set."""

    def loop() -> None:
        run_once(at=clock.now(), is_start=True)
        while not stop.wait(EVERY_S):
            run_once(at=clock.now(), is_start=False)

    thread = Thread(target=loop, name="lucarne-housekeeping", daemon=True)
    thread.start()
    return thread
