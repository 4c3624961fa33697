"""Lets DBOS ask the jobs' file again only when somebody has written to it.

DBOS polls: twenty times a second it reads how a queue is set up, and what waits in it.
As long as nobody writes, the answers stay what they were, and SQLite says whether
somebody did for a small part of what they cost
(https://www.sqlite.org/pragma.html#pragma_data_version). No job waits longer for that.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class Unchanged:
    """Remembers answers until the file changes; safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        # It never writes: the number tells what all other connections wrote.
        self._connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        self._guard = threading.Lock()
        self._known: dict[Hashable, tuple[int, Any]] = {}

    def answer(
        self, question: Hashable, ask: Callable[[], T], *, keep: Callable[[T], bool]
    ) -> T:
        """Return what was answered before if that is still so, else ask.

        ``keep`` says whether an answer depends on the file alone.
        """
        # Before it is asked: what is written meanwhile makes it be asked once more.
        version = self._version()
        known = self._known.get(question)
        if known is not None and known[0] == version:
            return known[1]  # type: ignore[no-any-return]
        found = ask()
        if version is not None and keep(found):
            self._known[question] = version, found
        return found

    def close(self) -> None:
        with self._guard:
            self._connection.close()

    def _version(self) -> int | None:
        """Return a number that changes with the file; None when it cannot be read."""
        with self._guard, contextlib.suppress(sqlite3.Error):
            found: int = self._connection.execute("pragma data_version").fetchone()[0]
            return found
        return None


def spare(database: Any, unchanged: Unchanged) -> None:
    """Let what DBOS's queues ask of its database be asked when it may have changed."""
    claim = database.start_queued_workflows
    find_queue, find_queues = database.get_queue, database.list_queues

    def start_queued_workflows(queue: Any, *args: Any, **kwargs: Any) -> Any:
        # A limit that left no room is not the file's: it may pass without a write.
        return unchanged.answer(
            ("waits", queue.name),
            lambda: claim(queue, *args, **kwargs),
            keep=lambda found: found == ([], None),
        )

    def get_queue(name: str, **kwargs: Any) -> Any:
        return unchanged.answer(
            ("queue", name), lambda: find_queue(name, **kwargs), keep=lambda _: True
        )

    def list_queues(**kwargs: Any) -> Any:
        # DBOS looks every second for a queue that is new to it.
        return unchanged.answer(
            ("queues", str(kwargs)), lambda: find_queues(**kwargs), keep=lambda _: True
        )

    database.start_queued_workflows = start_queued_workflows
    database.get_queue = get_queue
    database.list_queues = list_queues
