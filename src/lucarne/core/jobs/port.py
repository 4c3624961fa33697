"""What background work looks like to everybody but the one room that runs it.

A job is a kind, a key and keywords: ids, never objects. The same kind and key is the
same job, however often it is enqueued. A handler may run twice (its process may
die): its effects must be idempotent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

DEFAULT_PRIORITY: Final = 100
# How often a job may be started before we stop trusting it: a process that dies
# again and again while running it is what this counts, not errors it raises.
MAX_ATTEMPTS: Final = 25


class Queue(StrEnum):
    """Who does not wait for whom.

    FIRST: seconds that a viewer waits for, one at a time, whatever else runs. QUICK:
    seconds, two at once. ENCODE: minutes, ``jobs.concurrency`` at once. FINE: nobody
    waits for it; one at a time, beside the others and behind them. FETCH: bytes that
    come from elsewhere, for hours perhaps and without much work; two at once.
    """

    FIRST = "first"
    QUICK = "quick"
    ENCODE = "encode"
    FINE = "fine"
    FETCH = "fetch"


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"


ACTIVE: Final = frozenset({State.WAITING, State.RUNNING})


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """What a handler is told about the run it is in.

    ``cancelled`` is set when somebody canceled the job or when the process is asked
    to stop. The handler then leaves soon, by raising; the runner knows whether the
    job is over or will be run again.
    """

    job_id: str
    kind: str
    key: str
    cancelled: threading.Event


@dataclass(frozen=True, kw_only=True)
class Order:
    """What ``enqueue`` was asked for."""

    kind: str
    key: str
    queue: Queue
    priority: int  # lower runs first
    arguments: Mapping[str, Any]  # plain JSON


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A job as ``lucarne jobs`` prints it."""

    id: str
    kind: str
    key: str
    queue: str
    state: State
    priority: int
    starts: int  # how often a process began it
    error_code: str  # empty unless failed
    error: str  # one line; empty unless failed
    arguments: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class UnknownJob(LookupError):
    """No job has this id."""


class UnknownKind(LookupError):
    """No handler was registered for this kind."""


class JobFailed(Exception):
    """What is kept of the error that a handler raised."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return self.detail or self.code


Handler = Callable[..., object]


class Runner(Protocol):
    """DBOS, or the double in memory; the same tests run on both."""

    def enqueue(self, order: Order, *, again: bool) -> str:
        """Return the id of the job; ``again`` runs a finished one once more."""

    def enqueue_within(self, order: Order) -> bool:
        """Enqueue as part of Django's open transaction; False where that cannot be."""

    def cancel(self, job_id: str) -> bool:
        """Stop it, running or not; False when it was over already."""

    def cancel_prefix(self, kind: str, key_prefix: str) -> int:
        """Cancel the jobs of a kind whose key begins so; return how many."""

    def prioritize(self, priorities: Mapping[str, int]) -> int:
        """Give jobs that wait (by id) another priority; return how many have it."""

    def retry(self, job_id: str) -> str:
        """Run a failed or canceled job again; return its id."""

    def list_jobs(self, states: Collection[State]) -> list[JobView]:
        """List jobs, oldest first."""

    def start_workers(self, concurrency: int) -> None:
        """Begin to run jobs in this process; a second call does nothing."""

    def stop_workers(self, timeout: float) -> bool:
        """Set ``cancelled`` on what runs and hand it back; False if some did not stop.

        ``timeout`` is in seconds.
        """

    def workers_alive(self) -> int:
        """Count the processes that run jobs, this one included."""

    def forget(self, before: datetime) -> int:
        """Delete the records of jobs that were over before then; return how many."""
