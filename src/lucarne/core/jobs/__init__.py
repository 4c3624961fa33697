"""Background work: enqueue by kind and key, run by handlers, survive a kill.

    @jobs.handler("media.prepare")
    def prepare(context: JobContext, *, asset_id: str) -> None: ...

    jobs.enqueue_on_commit("media.prepare", key=asset_id, asset_id=asset_id)

Only this package imports DBOS, and only when the first job is enqueued or the
workers start. Decision 3 says why DBOS, and what we add to it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Event, Lock, Thread
from typing import Any

from django.db import transaction

from lucarne.core import conf
from lucarne.core.jobs import handlers, names
from lucarne.core.jobs.handlers import handler
from lucarne.core.jobs.memory import MemoryRunner
from lucarne.core.jobs.port import (
    ACTIVE,
    DEFAULT_PRIORITY,
    JobContext,
    JobFailed,
    JobView,
    Order,
    Queue,
    Runner,
    State,
    UnknownJob,
    UnknownKind,
)

__all__ = [
    "ACTIVE",
    "DEFAULT_PRIORITY",
    "JobContext",
    "JobFailed",
    "JobView",
    "MemoryRunner",
    "Queue",
    "Runner",
    "State",
    "UnknownJob",
    "UnknownKind",
    "cancel",
    "cancel_prefix",
    "enqueue",
    "enqueue_on_commit",
    "forget",
    "get_runner",
    "handler",
    "list_jobs",
    "prioritize",
    "retry",
    "set_runner",
    "start_workers",
    "stop_workers",
    "workers_alive",
]

_log = logging.getLogger("lucarne.jobs")
_runner: Runner | None = None
_choosing = Lock()
_starting = Lock()
_no_longer = Event()


def get_runner() -> Runner:
    """Return what runs jobs in this process: DBOS, unless a test chose otherwise."""
    global _runner  # noqa: PLW0603  one process, one runner
    # Workers start in one thread while chores enqueue in another: two runners would
    # mean one that nobody stops.
    with _choosing:
        if _runner is None:
            from lucarne.core.jobs.durable import DurableRunner

            _runner = DurableRunner(conf.get())
        return _runner


def set_runner(runner: Runner | None) -> None:
    """Use another runner in this process (tests); None goes back to the settings."""
    global _runner  # noqa: PLW0603  one process, one runner
    _runner = runner


def enqueue(
    kind: str,
    *,
    key: str,
    priority: int = DEFAULT_PRIORITY,
    queue: Queue | None = None,
    again: bool = False,
    **arguments: Any,
) -> str:
    """Have the work done, now or by whichever process runs jobs; return the job's id.

    The same kind and key is the same job: enqueuing it twice, or after it is done,
    changes nothing, unless ``again`` asks for one more run of a finished one. Lower
    priorities run first; ``queue`` is where it waits, if not where others of its kind
    do. Arguments are plain JSON: ids and numbers.

    Inside a transaction use ``enqueue_on_commit``.
    """
    order = _order(kind, key, priority, arguments)
    if queue is not None:
        order = replace(order, queue=queue)
    return get_runner().enqueue(order, again=again)


def enqueue_on_commit(
    kind: str, *, key: str, priority: int = DEFAULT_PRIORITY, **arguments: Any
) -> None:
    """Enqueue together with the surrounding transaction.

    On PostgreSQL the job is part of it. On SQLite it follows the commit, and a process
    killed between the two loses it: whoever owns the row asks again at the next
    start, which is harmless.
    """
    order = _order(kind, key, priority, arguments)
    runner = get_runner()
    if not runner.enqueue_within(order):
        transaction.on_commit(partial(runner.enqueue, order, again=False))


def _order(kind: str, key: str, priority: int, arguments: dict[str, Any]) -> Order:
    names.job_id(kind, key)  # says at once what cannot be a name
    return Order(
        kind=kind,
        key=key,
        queue=handlers.find(kind).queue,
        priority=priority,
        arguments=names.plain(arguments),
    )


def cancel(job_id: str) -> bool:
    """Stop a job; a running handler sees ``context.cancelled`` within half a second."""
    return get_runner().cancel(job_id)


def cancel_prefix(kind: str, key_prefix: str) -> int:
    """Cancel all jobs of a kind whose key begins so; return how many."""
    return get_runner().cancel_prefix(kind, key_prefix)


def prioritize(priorities: Mapping[str, int]) -> int:
    """Change the priorities of waiting jobs, by id; return how many were changed.

    What runs goes on; what is not known, or over, is left alone.
    """
    return get_runner().prioritize(priorities)


def retry(job_id: str) -> str:
    """Run a failed or canceled job again, under the same id; a done one stays done."""
    return get_runner().retry(job_id)


def list_jobs(states: Collection[State] = tuple(State)) -> list[JobView]:
    """List jobs in these states, oldest first."""
    return get_runner().list_jobs(frozenset(states))


def start_workers(
    concurrency: int | None = None, *, in_background: bool = False
) -> None:
    """Begin to run jobs in this process; ``concurrency`` encodes at once.

    ``in_background`` returns at once, so that a server answers first, and tries again
    while the database is away.
    """
    wanted = concurrency or conf.get().jobs.concurrency
    _no_longer.clear()
    if in_background:
        Thread(
            target=_start_until_it_works, args=(wanted,), name="jobs-start", daemon=True
        ).start()
    else:
        get_runner().start_workers(wanted)


def _start_until_it_works(concurrency: int) -> None:
    while not _no_longer.is_set():
        try:
            with _starting:
                if not _no_longer.is_set():
                    get_runner().start_workers(concurrency)
        except Exception:  # noqa: BLE001  whatever keeps it away may pass
            _log.exception("jobs cannot be run yet; trying again")
            _no_longer.wait(2)
        else:
            return


def stop_workers(timeout: float = 10.0) -> bool:
    """Stop; what runs is told, handed back, and runs again at the next start.

    ``timeout`` is in seconds; False if a handler did not leave in time.
    """
    _no_longer.set()
    with _starting:
        return get_runner().stop_workers(timeout) if _runner else True


def workers_alive() -> int:
    """Count the processes, this one included, that run jobs for this portal."""
    return get_runner().workers_alive()


def forget(*, before: datetime) -> int:
    """Delete the records of jobs that were over before then; return how many."""
    return get_runner().forget(before)
