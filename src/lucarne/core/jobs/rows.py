"""The jobs' database: what DBOS's own client does for us, and what it does not.

Everything here that touches DBOS's tables or names with an underscore is why the
version is pinned to 3.4: read this file again before raising it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, WorkflowStatus

from lucarne.core.jobs import names, views
from lucarne.core.jobs.names import APPLICATION, VERSION, WORKFLOW
from lucarne.core.jobs.plain import PlainJson
from lucarne.core.jobs.port import JobView, Order, State
from lucarne.core.jobs.quiet import quieten

# What DBOS would put on a row recovered from no queue; all of ours have one.
_NO_QUEUE: Final = "quick"
_ACTIVE: Final = ("ENQUEUED", "PENDING")


class Rows:
    """One process's view of the jobs' database; safe to use from several threads."""

    def __init__(self, url: str) -> None:
        self._client = DBOSClient(
            system_database_url=url,
            serializer=PlainJson(),
            application_name=APPLICATION,
            system_database_pool_size=3,
            lazy=True,
        )
        self._database = self._client._sys_db  # noqa: SLF001  see above
        self._jobs = self._database.tables.workflow_status

    def close(self) -> None:
        self._client.destroy()

    def add(self, order: Order, *, again: bool) -> str:
        """Insert the job unless it is known; ``again`` replaces a finished one."""
        job_id = names.job_id(order.kind, order.key)
        with self._database.engine.begin() as connection:
            known = connection.execute(
                sa.select(self._jobs.c.status).where(self._is(job_id))
            ).scalar()
            if known is not None and (known in _ACTIVE or not again):
                return job_id
            if known is not None:
                self._delete(connection, [job_id])
            self._client.enqueue_in_transaction(
                connection,
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": str(order.queue),
                    "workflow_id": job_id,
                    "app_version": VERSION,
                    "priority": order.priority,
                },
                kind=order.kind,
                key=order.key,
                arguments=dict(order.arguments),
            )
        return job_id

    def find(self, job_id: str) -> JobView | None:
        found = self._client.list_workflows(workflow_ids=[job_id])
        return _view(found[0]) if found else None

    def find_all(self, states: Collection[State]) -> list[JobView]:
        wanted = views.statuses(states)
        if not wanted:
            return []
        found = self._client.list_workflows(status=wanted, name=WORKFLOW)
        return [_view(row) for row in found]

    def active_with(self, prefix: str) -> list[str]:
        """Return the ids of waiting and running jobs that begin so."""
        query = sa.select(self._jobs.c.workflow_uuid).where(
            self._jobs.c.workflow_uuid.startswith(prefix, autoescape=True),
            self._jobs.c.status.in_(_ACTIVE),
        )
        with self._database.engine.begin() as connection:
            return list(connection.execute(query).scalars())

    def cancel(self, job_ids: Collection[str]) -> None:
        if job_ids:
            self._client.cancel_workflows(list(job_ids))

    def prioritize(self, priorities: Mapping[str, int]) -> int:
        """Change the place of jobs in their queues, of those that still wait there."""
        count = 0
        with self._database.engine.begin() as connection:
            for job_id, priority in priorities.items():
                changed = connection.execute(
                    sa.update(self._jobs)
                    .where(self._is(job_id), self._jobs.c.status == "ENQUEUED")
                    .values(priority=priority)
                )
                count += changed.rowcount
        return count

    def owners(self, job_ids: Collection[str]) -> dict[str, str | None]:
        """Return for each running job the token of the execution that owns it."""
        query = sa.select(self._jobs.c.workflow_uuid, self._jobs.c.owner_xid).where(
            self._jobs.c.workflow_uuid.in_(job_ids),
            self._jobs.c.status == "PENDING",
        )
        with self._database.engine.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def executors(self) -> set[str]:
        """Return the processes that are on record as running something."""
        query = (
            sa.select(self._jobs.c.executor_id)
            .distinct()
            .where(self._jobs.c.status == "PENDING", self._jobs.c.name == WORKFLOW)
        )
        with self._database.engine.begin() as connection:
            return {name for name in connection.execute(query).scalars() if name}

    def pending(self, executor: str) -> set[str]:
        """Return the jobs that are on record as running in that process."""
        running = self._database.get_pending_workflows(executor, VERSION)
        return {row.workflow_id for row in running}

    def hand_back(
        self, executor: str, job_ids: Iterable[str], *, forgive: bool = False
    ) -> int:
        """Queue again what that process is on record as running; return how many.

        ``forgive`` does not count the start: it was none, or left in good order.
        """
        count = 0
        for job_id in job_ids:
            is_mine = self._database.reenqueue_for_recovery(
                job_id, [executor], _NO_QUEUE
            )
            count += is_mine
            if is_mine and forgive:
                self._forgive(job_id)
        return count

    def forget(self, before: datetime) -> int:
        """Delete the records of jobs that were over before then."""
        ended = self._jobs.c.completed_at < int(before.timestamp() * 1000)
        query = sa.select(self._jobs.c.workflow_uuid).where(
            ended, self._jobs.c.status.not_in(_ACTIVE), self._jobs.c.name == WORKFLOW
        )
        with self._database.engine.begin() as connection:
            old = list(connection.execute(query.limit(5000)).scalars())
            self._delete(connection, old)
        return len(old)

    def _forgive(self, job_id: str) -> None:
        starts = self._jobs.c.recovery_attempts
        with self._database.engine.begin() as connection:
            connection.execute(
                sa.update(self._jobs)
                .where(self._is(job_id), self._jobs.c.status == "ENQUEUED", starts > 0)
                .values(recovery_attempts=starts - 1)
            )

    def _delete(self, connection: sa.Connection, job_ids: list[str]) -> None:
        tables = self._database.tables
        for table in (
            tables.workflow_input,
            tables.workflow_output,
            tables.operation_outputs,
            tables.workflow_status,
        ):
            connection.execute(
                sa.delete(table).where(table.c.workflow_uuid.in_(job_ids))
            )

    def _is(self, job_id: str) -> sa.ColumnElement[bool]:
        return self._jobs.c.workflow_uuid == job_id


def prepare(url: str, file: Path | None) -> None:
    """Make or migrate the database; harmless when it is up to date already."""
    quieten()
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(file, timeout=30)) as connection:
            connection.execute("pragma journal_mode = wal")
    DBOS.migrate(url)


def in_sql(order: Order) -> tuple[str, list[str | int]]:
    """Return the statement that enqueues on PostgreSQL, and its values."""
    named = {"kind": order.kind, "key": order.key, "arguments": dict(order.arguments)}
    statement = (
        "select dbos.enqueue_workflow(workflow_name => %s, queue_name => %s,"
        " named_args => %s::json, workflow_id => %s, app_version => %s,"
        " priority => %s, application_name => %s)"
    )
    job_id = names.job_id(order.kind, order.key)
    queue = str(order.queue)
    return statement, [
        WORKFLOW,
        queue,
        json.dumps(named),
        job_id,
        VERSION,
        order.priority,
        APPLICATION,
    ]


def _view(row: WorkflowStatus) -> JobView:
    error: Any = row.error
    return views.view(
        row.workflow_id,
        status=row.status,
        queue=row.queue_name,
        priority=row.priority,
        starts=row.recovery_attempts,
        inputs=row.input,
        error=error,
        created_ms=row.created_at,
        updated_ms=row.updated_at,
        started_ms=row.dequeued_at,
        finished_ms=row.completed_at,
    )
