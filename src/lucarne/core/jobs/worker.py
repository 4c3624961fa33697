"""The half of the adapter that runs jobs: DBOS itself, a watcher and a reaper.

DBOS has one instance per process, so this module has one ``Crew`` at a time.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from dbos import DBOS, DBOSConfig
from dbos._context import get_local_dbos_context  # see rows: the version is pinned

from lucarne.core import clock
from lucarne.core.jobs import handlers, quiet
from lucarne.core.jobs.liveness import Liveness
from lucarne.core.jobs.names import APPLICATION, VERSION, WORKFLOW
from lucarne.core.jobs.plain import PlainJson
from lucarne.core.jobs.port import MAX_ATTEMPTS, JobContext, JobFailed, Queue
from lucarne.core.jobs.rows import Rows
from lucarne.core.jobs.unchanged import Unchanged, spare

_log = logging.getLogger("lucarne.jobs")
# Seconds. What a viewer waits for is the poll of the first two.
_POLL: Final = {
    Queue.FIRST: 0.15,
    Queue.QUICK: 0.15,
    Queue.ENCODE: 0.3,
    Queue.FINE: 2.0,
    Queue.FETCH: 1.0,
}
_QUICK_AT_ONCE: Final = 2
_FETCH_AT_ONCE: Final = 2
_WATCH_EVERY: Final = 0.3
_REAP_EVERY: Final = 0.8
# How many looks in a row must miss a job before it is taken for lost: on a busy
# machine a thread begins late.
_LOST_AFTER: Final = 4
_SETTLE_EVERY: Final = 0.02


class _Left(BaseException):
    """Ends an execution without an outcome: the row belongs to somebody else now.

    Not an Exception, or DBOS would record it, or keep the thread waiting for the
    outcome that another execution records.
    """


class Crew:
    """The jobs that this process runs. ``executor`` is new at every start.

    ``file`` is their database where that is SQLite's.
    """

    def __init__(
        self,
        *,
        url: str,
        file: Path | None,
        executor: str,
        liveness: Liveness,
        rows: Rows,
    ) -> None:
        self._url = url
        self._file = file
        self._executor = executor
        self._liveness = liveness
        self._rows = rows
        # By job and the claim's token: jobs that were claimed together share a token.
        self._running: dict[tuple[str, str], JobContext] = {}
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._dbos: DBOS | None = None
        self._unchanged: Unchanged | None = None

    def start(self, concurrency: int) -> None:
        """Begin to take jobs; when that fails, leave nothing half-started behind."""
        global _crew  # noqa: PLW0603  DBOS, too, is one per process
        self._liveness.begin()
        _crew = self
        try:
            self._launch(concurrency)
        except BaseException:
            self._stopping.set()
            self._end()
            self._liveness.end()
            self._dbos = _crew = None
            raise

    def _launch(self, concurrency: int) -> None:
        quiet.hush(is_leaving=False)
        self._dbos = DBOS(config=self._config())
        DBOS.launch()
        if self._file is not None:
            self._unchanged = Unchanged(self._file)
            spare(self._dbos._sys_db, self._unchanged)  # noqa: SLF001  see rows
        for queue, limit in (
            (Queue.FIRST, 1),
            (Queue.QUICK, _QUICK_AT_ONCE),
            (Queue.ENCODE, concurrency),
            (Queue.FINE, 1),
            (Queue.FETCH, _FETCH_AT_ONCE),
        ):
            DBOS.register_queue(
                queue.value,
                worker_concurrency=limit,
                polling_interval_sec=_POLL[queue],
                on_conflict="always_update",
            )
        for name, loop, every in (
            ("jobs-watcher", self._watch, _WATCH_EVERY),
            (
                "jobs-reaper",
                _Reaper(self._rows, self._liveness, self._executor, self._active),
                _REAP_EVERY,
            ),
        ):
            thread = threading.Thread(
                target=self._repeat, args=(loop, every), name=name, daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float) -> bool:
        """See ``port.Runner.stop_workers``."""
        global _crew  # noqa: PLW0603
        if self._dbos is None:
            return True
        self._stopping.set()
        for event in self._dbos.background_thread_stop_events:
            event.set()  # nothing new is taken from the queues
        self.cancel(None)
        have_left = self._settle(timeout)
        with self._guard:
            stuck = {context.job_id for context in self._running.values()}
        quiet.hush(is_leaving=True)
        self._end()
        for thread in self._threads:
            thread.join(_REAP_EVERY * 2)
        # What has not left keeps our name: it is found dead when the process ends.
        mine = self._rows.pending(self._executor)
        self._rows.hand_back(self._executor, mine - stuck, forgive=True)
        if have_left:
            self._liveness.end()
        self._dbos = _crew = None
        return have_left

    def _end(self) -> None:
        DBOS.destroy()
        if self._unchanged is not None:
            self._unchanged.close()

    def cancel(self, job_id: str | None) -> None:
        """Set ``cancelled`` on the runs of a job in this process, or on all."""
        with self._guard:
            for context in self._running.values():
                if job_id in {None, context.job_id}:
                    context.cancelled.set()

    def run(self, kind: str, key: str, arguments: Mapping[str, Any]) -> None:
        """Run one job in the thread that DBOS gave us."""
        if self._stopping.is_set():
            raise _Left
        around = get_local_dbos_context()
        token = (around.owner_xid if around else None) or ""
        context = JobContext(
            job_id=f"{kind}:{key}", kind=kind, key=key, cancelled=threading.Event()
        )
        with self._guard:
            self._running[context.job_id, token] = context
        try:
            handlers.call(context, arguments)
        except JobFailed:
            if context.cancelled.is_set():
                raise _Left from None
            raise
        finally:
            with self._guard:
                del self._running[context.job_id, token]
        if context.cancelled.is_set() and not self._stopping.is_set():
            raise _Left  # canceled while it finished: stays canceled

    def _config(self) -> DBOSConfig:
        return {
            "name": APPLICATION,
            "system_database_url": self._url,
            "application_version": VERSION,
            "executor_id": self._executor,
            "serializer": PlainJson(),
            "enable_otlp": False,
            "log_level": "WARNING",
            "use_listen_notify": False,
            "run_migrations": False,
            "sys_db_pool_size": 4,
            "notification_listener_polling_interval_sec": 0.5,
            "scheduler_polling_interval_sec": 3600.0,
        }

    def _repeat(self, once: Any, every: float) -> None:
        while not self._stopping.is_set():
            try:
                once()
            except Exception as error:  # noqa: BLE001  a database may be away
                _log.warning("%s: %s", type(error).__name__, error)
            self._stopping.wait(every)

    def _watch(self) -> None:
        """Tell what runs here that it is no longer ours: canceled, or run elsewhere."""
        with self._guard:
            running = dict(self._running)
        if not running:
            return
        owners = self._rows.owners([job_id for job_id, _ in running])
        for (job_id, token), context in running.items():
            if owners.get(job_id) != token:
                context.cancelled.set()

    def _active(self) -> list[str]:
        """Return the jobs that have a thread here, those that write their outcome too."""
        return self._dbos._active_workflows_set.activeList() if self._dbos else []  # noqa: SLF001

    def _settle(self, timeout: float) -> bool:
        """Wait until every run has left and its outcome is written."""
        ends = clock.monotonic() + timeout
        pause = threading.Event()
        while self._active():
            if clock.monotonic() > ends:
                return False
            pause.wait(_SETTLE_EVERY)
        return True


class _Reaper:
    """Finds what nobody runs, and hands it back: of processes that died, and ours.

    Ours: when the database goes away between the claim of a job and the look at what
    it is, DBOS logs that and never begins it.
    """

    def __init__(
        self,
        rows: Rows,
        liveness: Liveness,
        me: str,
        active: Callable[[], Collection[str]],
    ) -> None:
        self._rows = rows
        self._liveness = liveness
        self._me = me
        self._active = active
        self._missed: Counter[str] = Counter()
        self._idle: Counter[str] = Counter()

    def __call__(self) -> None:
        self._liveness.beat()
        executors = self._rows.executors()
        self._missed = _one_more(
            self._missed,
            [one for one in executors - {self._me} if self._liveness.is_dead(one)],
        )
        for executor, count in self._missed.items():
            if count >= self._liveness.grace:
                handed = self._rows.hand_back(executor, self._rows.pending(executor))
                self._liveness.bury(executor)
                _log.info("%s died; %s of its jobs run again", executor, handed)
        # In this order: what ends in between is looked at once more.
        mine = self._rows.pending(self._me) if self._me in executors else set()
        self._idle = _one_more(self._idle, mine.difference(self._active()))
        lost = {job for job, count in self._idle.items() if count >= _LOST_AFTER}
        if lost:
            self._rows.hand_back(self._me, lost, forgive=True)
            _log.warning("never begun, run again: %s", ", ".join(sorted(lost)))


def _one_more(counts: Counter[str], found: Iterable[str]) -> Counter[str]:
    """Count what was found once more; what was not begins anew."""
    return Counter({one: counts[one] + 1 for one in found})


_crew: Crew | None = None


def _run_job(*, kind: str, key: str, arguments: dict[str, Any]) -> None:
    if _crew is None:
        raise _Left
    _crew.run(kind, key, arguments)


DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_ATTEMPTS - 1)(_run_job)
