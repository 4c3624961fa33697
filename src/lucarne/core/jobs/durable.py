"""Jobs that survive a kill: DBOS on a SQLite file, or on PostgreSQL for many machines."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import connection

from lucarne.core import ids, keeping
from lucarne.core.jobs import direct, handlers, names
from lucarne.core.jobs.liveness import FileLiveness, Liveness, PostgresLiveness
from lucarne.core.jobs.port import ACTIVE, JobView, Order, State, UnknownJob

if TYPE_CHECKING:
    from lucarne.core.jobs.rows import Rows
    from lucarne.core.jobs.worker import Crew
    from lucarne.core.schema import Settings


class DurableRunner:
    """See ``port.Runner``. DBOS is imported at the first call that needs it."""

    def __init__(self, settings: Settings) -> None:
        server = settings.database.url.get_secret_value()
        self._file: Path | None = None if server else settings.paths.engine
        self._server = server.replace("postgres://", "postgresql://", 1)
        self._alive = settings.paths.alive
        self._guard = threading.RLock()
        self._rows: Rows | None = None
        self._crew: Crew | None = None

    def enqueue(self, order: Order, *, again: bool) -> str:
        if (
            self._rows is None
            and self._file is not None
            and direct.add(self._file, order, again=again)
        ):
            return names.job_id(order.kind, order.key)
        return self._open().add(order, again=again)

    def enqueue_within(self, order: Order) -> bool:
        if connection.vendor != "postgresql" or not self._server:
            return False
        if connection.settings_dict["NAME"] != urlsplit(self._server).path[1:]:
            return False  # Django talks to another database than the jobs' one
        from lucarne.core.jobs.rows import in_sql

        self._open()  # the function must be there
        with connection.cursor() as cursor:
            cursor.execute(*in_sql(order))
        return True

    def cancel(self, job_id: str) -> bool:
        if self._get(job_id).state not in ACTIVE:
            return False
        self._cancel([job_id])
        return True

    def cancel_prefix(self, kind: str, key_prefix: str) -> int:
        found = self._open().active_with(f"{kind}:{key_prefix}")
        self._cancel(found)
        return len(found)

    def prioritize(self, priorities: Mapping[str, int]) -> int:
        return self._open().prioritize(priorities) if priorities else 0

    def retry(self, job_id: str) -> str:
        job = self._get(job_id)
        order = Order(
            kind=job.kind,
            key=job.key,
            queue=handlers.find(job.kind).queue,
            priority=job.priority,
            arguments=job.arguments,
        )
        return self._open().add(order, again=job.state is not State.DONE)

    def list_jobs(self, states: Collection[State]) -> list[JobView]:
        if self._rows is None and self._file is not None:
            found = direct.find_all(self._file, states)
            if found is not None:
                return found
        return self._open().find_all(states)

    def start_workers(self, concurrency: int) -> None:
        with keeping.what_is_made():
            from lucarne.core.jobs.worker import Crew

        with self._guard:
            if self._crew is not None:
                return
            rows = self._open()
            executor = f"{os.getpid()}-{ids.new('exe')}"
            crew = Crew(
                url=self._url(),
                file=self._file,
                executor=executor,
                liveness=self._liveness(executor),
                rows=rows,
            )
            crew.start(concurrency)
            self._crew = crew

    def stop_workers(self, timeout: float) -> bool:
        with self._guard:
            crew, self._crew = self._crew, None
            return crew.stop(timeout) if crew else True

    def workers_alive(self) -> int:
        observer = self._liveness("observer")
        try:
            return observer.count()
        finally:
            observer.end()

    def forget(self, before: datetime) -> int:
        return self._open().forget(before)

    def close(self) -> None:
        """Close the connections; the next call opens them again."""
        with self._guard:
            if self._rows is not None:
                self._rows.close()
                self._rows = None

    def _cancel(self, job_ids: list[str]) -> None:
        self._open().cancel(job_ids)
        if self._crew is not None:
            for job_id in job_ids:
                self._crew.cancel(job_id)

    def _get(self, job_id: str) -> JobView:
        job = self._open().find(job_id)
        if job is None:
            msg = f"there is no job {job_id}"
            raise UnknownJob(msg)
        return job

    def _open(self) -> Rows:
        with self._guard:
            if self._rows is None:
                from lucarne.core.jobs.rows import Rows, prepare

                prepare(self._url(), self._file)
                self._rows = Rows(self._url())
            return self._rows

    def _url(self) -> str:
        return self._server or f"sqlite:///{self._file}"

    def _liveness(self, executor: str) -> Liveness:
        if self._file is None:
            return PostgresLiveness(self._server, executor)
        return FileLiveness(self._alive, executor)
