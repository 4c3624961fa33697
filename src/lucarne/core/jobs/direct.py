"""Enqueue and list in the jobs' SQLite file without DBOS, whose import takes a second.

For a command that hands its work to a portal that runs, or says what it does: a
person waits meanwhile. What is written are the rows that DBOS's own client writes; a test compares them, so
a version of DBOS that writes others fails there. On PostgreSQL DBOS has a function
for it (``rows.in_sql``).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import Final
from uuid import uuid4

from lucarne.core.jobs import names, views
from lucarne.core.jobs.port import JobView, Order, State

_ACTIVE: Final = ("ENQUEUED", "PENDING")
_STATUS: Final = (
    "insert into workflow_status (workflow_uuid, status, name, application_version,"
    " recovery_attempts, queue_name, priority, creator_xid, serialization,"
    " attributes, is_debounced, application_name)"
    " values (?, 'ENQUEUED', ?, ?, 0, ?, ?, ?, ?, 'null', 0, ?)"
)
_INPUT: Final = (
    "insert into workflow_input (workflow_uuid, inputs) values (?, ?)"
    " on conflict do nothing"
)
_LIST: Final = (
    "select workflow_uuid, status, queue_name, priority, recovery_attempts,"
    " coalesce(workflow_input.inputs, workflow_status.inputs) as input,"
    " coalesce(workflow_output.error, workflow_status.error) as failure,"
    " created_at, updated_at, started_at_epoch_ms, completed_at"
    " from workflow_status left join workflow_input using (workflow_uuid)"
    " left join workflow_output using (workflow_uuid)"
    " where name = ? and status in (select value from json_each(?))"
    " order by created_at"
)


def find_all(file: Path, states: Collection[State]) -> list[JobView] | None:
    """List jobs in these states, oldest first, as ``Rows.find_all`` does.

    None when only DBOS can: the database is of another version, or fails.
    """
    if not file.exists():
        return []
    asked = (names.WORKFLOW, json.dumps(views.statuses(states)))
    try:
        with contextlib.closing(_opened(file)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(_LIST, asked).fetchall()
    except sqlite3.Error:
        return None
    return [_view(row) for row in rows]


def _view(row: sqlite3.Row) -> JobView:
    return views.view(
        row["workflow_uuid"],
        status=row["status"],
        queue=row["queue_name"],
        priority=row["priority"],
        starts=row["recovery_attempts"],
        inputs=views.read(row["input"]) if row["input"] else None,
        error=views.read(row["failure"]) if row["failure"] else None,
        created_ms=row["created_at"],
        updated_ms=row["updated_at"],
        started_ms=row["started_at_epoch_ms"],
        finished_ms=row["completed_at"],
    )


def add(file: Path, order: Order, *, again: bool) -> bool:
    """Insert the job unless it is known, as ``Rows.add`` does.

    False when only DBOS can: there is no database yet, or not of this version, or a
    finished job is to be replaced; also when the database fails, so that the error is
    the one that DBOS raises.
    """
    try:
        with contextlib.closing(_opened(file)) as connection:
            connection.execute("begin immediate")
            is_done = _add(connection, order, again=again)
            connection.execute("commit")
    except sqlite3.Error:
        return False
    return is_done


def _opened(file: Path) -> sqlite3.Connection:
    # Not "mode=rwc": making the database is DBOS's business.
    address = f"{file.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=30, isolation_level=None)


def _add(connection: sqlite3.Connection, order: Order, *, again: bool) -> bool:
    job_id = names.job_id(order.kind, order.key)
    known = connection.execute(
        "select status from workflow_status where workflow_uuid = ?", [job_id]
    ).fetchone()
    if known is not None:
        return known[0] in _ACTIVE or not again
    row = (job_id, names.WORKFLOW, names.VERSION, str(order.queue), order.priority)
    # The token says to DBOS that nobody else has made the row.
    made = (str(uuid4()), names.SERIALIZATION, names.APPLICATION)
    connection.execute(_STATUS, (*row, *made))
    named = {"kind": order.kind, "key": order.key, "arguments": dict(order.arguments)}
    inputs = json.dumps({"value": {"args": [], "kwargs": named}})
    connection.execute(_INPUT, (job_id, inputs))
    return True
