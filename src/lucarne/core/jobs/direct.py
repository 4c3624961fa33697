"""Enqueue in the jobs' SQLite file without DBOS, whose import takes most of a second.

For a command that hands its work to a portal that runs: a viewer waits meanwhile.
What is written are the rows that DBOS's own client writes; a test compares them, so
a version of DBOS that writes others fails there. On PostgreSQL DBOS has a function
for it (``rows.in_sql``).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Final
from uuid import uuid4

from lucarne.core.jobs import names
from lucarne.core.jobs.port import Order

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


def add(file: Path, order: Order, *, again: bool) -> bool:
    """Insert the job unless it is known, as ``Rows.add`` does.

    False when only DBOS can: there is no database yet, or not of this version, or a
    finished job is to be replaced; also when the database fails, so that the error is
    the one that DBOS raises.
    """
    try:
        # Not "mode=rwc": making the database is DBOS's business.
        address = f"{file.absolute().as_uri()}?mode=rw"
        with contextlib.closing(
            sqlite3.connect(address, uri=True, timeout=30, isolation_level=None)
        ) as connection:
            connection.execute("begin immediate")
            is_done = _add(connection, order, again=again)
            connection.execute("commit")
    except sqlite3.Error:
        return False
    return is_done


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
