"""Jobs that live in this process and end with it: the double for tests."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from lucarne.core import clock
from lucarne.core.jobs import handlers, names
from lucarne.core.jobs.port import (
    ACTIVE,
    JobContext,
    JobFailed,
    JobView,
    Order,
    Queue,
    State,
    UnknownJob,
)


@dataclass
class _Job:
    id: str
    order: Order
    number: int  # ties of priority are worked off in this order
    created_at: datetime
    state: State = State.WAITING
    starts: int = 0
    error: JobFailed | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def view(self) -> JobView:
        return JobView(
            id=self.id,
            kind=self.order.kind,
            key=self.order.key,
            queue=self.order.queue,
            state=self.state,
            priority=self.order.priority,
            starts=self.starts,
            error_code=self.error.code if self.error else "",
            error=str(self.error) if self.error else "",
            arguments=dict(self.order.arguments),
            created_at=self.created_at,
            updated_at=self.updated_at or self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
        )


class MemoryRunner:
    """See ``port.Runner``. ``drain`` runs everything here and now, without threads."""

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._stopping = False
        self._count = 0

    def enqueue(self, order: Order, *, again: bool) -> str:
        job_id = names.job_id(order.kind, order.key)
        with self._changed:
            known = self._jobs.get(job_id)
            if known is None or (again and known.state not in ACTIVE):
                self._jobs.pop(job_id, None)
                self._count += 1
                self._jobs[job_id] = _Job(job_id, order, self._count, clock.now())
                self._changed.notify_all()
        return job_id

    def enqueue_within(self, order: Order) -> bool:  # noqa: ARG002
        return False

    def cancel(self, job_id: str) -> bool:
        with self._changed:
            job = self._get(job_id)
            if job.state not in ACTIVE:
                return False
            self._finish(job, State.CANCELED)
            job.cancelled.set()
            return True

    def cancel_prefix(self, kind: str, key_prefix: str) -> int:
        with self._changed:
            mine = [
                job.id
                for job in self._jobs.values()
                if job.order.kind == kind and job.order.key.startswith(key_prefix)
            ]
        return sum(self.cancel(job_id) for job_id in mine)

    def prioritize(self, priorities: Mapping[str, int]) -> int:
        with self._changed:
            waiting = [
                job
                for job in self._jobs.values()
                if job.id in priorities and job.state is State.WAITING
            ]
            for job in waiting:
                job.order = replace(job.order, priority=priorities[job.id])
        return len(waiting)

    def retry(self, job_id: str) -> str:
        with self._changed:
            job = self._get(job_id)
        return self.enqueue(job.order, again=job.state is not State.DONE)

    def list_jobs(self, states: Collection[State]) -> list[JobView]:
        with self._changed:
            views = [job.view() for job in self._jobs.values()]
        return [view for view in views if view.state in states]

    def start_workers(self, concurrency: int) -> None:
        if self._threads:
            return
        self._stopping = False
        wanted = [Queue.FIRST, *[Queue.QUICK] * 2]
        wanted += [*[Queue.ENCODE] * concurrency, Queue.FINE, *[Queue.FETCH] * 2]
        self._threads = [
            threading.Thread(target=self._work, args=(queue,), daemon=True)
            for queue in wanted
        ]
        for thread in self._threads:
            thread.start()

    def stop_workers(self, timeout: float) -> bool:
        with self._changed:
            self._stopping = True
            for job in self._jobs.values():
                if job.state is State.RUNNING:
                    job.cancelled.set()
            self._changed.notify_all()
        ends = clock.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, ends - clock.monotonic()))
        have_stopped = not any(thread.is_alive() for thread in self._threads)
        self._threads = []
        return have_stopped

    def workers_alive(self) -> int:
        return 1 if self._threads else 0

    def forget(self, before: datetime) -> int:
        with self._changed:
            old = [j.id for j in self._jobs.values() if _is_over(j, before)]
            for job_id in old:
                del self._jobs[job_id]
        return len(old)

    def drain(self) -> int:
        """Run what waits, and what that enqueues, in this thread; return how many."""
        count = 0
        while True:
            with self._changed:
                job = self._claim(tuple(Queue))
            if job is None:
                return count
            self._run(job)
            count += 1

    def _work(self, queue: Queue) -> None:
        while True:
            with self._changed:
                while (job := self._claim((queue,))) is None:
                    if self._stopping:
                        return
                    self._changed.wait()
            self._run(job)

    def _claim(self, queues: Collection[Queue]) -> _Job | None:
        waiting = [
            job
            for job in self._jobs.values()
            if job.state is State.WAITING and job.order.queue in queues
        ]
        if self._stopping or not waiting:
            return None
        job = min(waiting, key=lambda job: (job.order.priority, job.number))
        job.state = State.RUNNING
        job.starts += 1
        job.started_at = job.updated_at = clock.now()
        return job

    def _run(self, job: _Job) -> None:
        context = JobContext(
            job_id=job.id,
            kind=job.order.kind,
            key=job.order.key,
            cancelled=job.cancelled,
        )
        error: JobFailed | None = None
        try:
            handlers.call(context, job.order.arguments)
        except JobFailed as failed:
            error = failed
        with self._changed:
            if job.state is not State.RUNNING:
                return  # canceled meanwhile
            if error and self._stopping:
                job.state, job.cancelled = State.WAITING, threading.Event()
                return
            job.error = error
            self._finish(job, State.FAILED if error else State.DONE)

    def _finish(self, job: _Job, state: State) -> None:
        job.state = state
        job.finished_at = job.updated_at = clock.now()
        self._changed.notify_all()

    def _get(self, job_id: str) -> _Job:
        try:
            return self._jobs[job_id]
        except KeyError:
            msg = f"there is no job {job_id}"
            raise UnknownJob(msg) from None


def _is_over(job: _Job, before: datetime) -> bool:
    return job.finished_at is not None and job.finished_at < before
