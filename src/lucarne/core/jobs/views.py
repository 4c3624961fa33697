"""How a job is shown, from what DBOS keeps of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from lucarne.core import clock
from lucarne.core.jobs import names
from lucarne.core.jobs.port import MAX_ATTEMPTS, JobFailed, JobView, State

_STATUSES: Final[Mapping[State, tuple[str, ...]]] = {
    State.WAITING: ("ENQUEUED", "DELAYED"),
    State.RUNNING: ("PENDING",),
    State.DONE: ("SUCCESS",),
    State.FAILED: ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"),
    State.CANCELED: ("CANCELLED",),
}
_STATES: Final = {
    status: state for state, statuses in _STATUSES.items() for status in statuses
}


def statuses(states: Collection[State]) -> list[str]:
    """Return what DBOS calls these states."""
    return [status for state in states for status in _STATUSES[state]]


def view(
    job_id: str,
    *,
    status: str,
    queue: str | None,
    priority: int | None,
    starts: int | None,
    inputs: Any,
    error: BaseException | None,
    created_ms: int | None,
    updated_ms: int | None,
    started_ms: int | None,
    finished_ms: int | None,
) -> JobView:
    """Translate a row; moments are milliseconds since 1970."""
    kind, key = names.split(job_id)
    given = inputs["kwargs"] if isinstance(inputs, dict) else {}
    code, detail = _error(status, error)
    return JobView(
        id=job_id,
        kind=kind,
        key=key,
        queue=queue or "",
        state=_STATES[status],
        priority=priority or 0,
        starts=starts or 0,
        error_code=code,
        error=detail,
        arguments=given.get("arguments", {}),
        created_at=clock.from_epoch_ms(created_ms or 0),
        updated_at=clock.from_epoch_ms(updated_ms or 0),
        started_at=_moment(started_ms),
        finished_at=_moment(finished_ms),
    )


def read(text: str) -> Any:
    """Return the value, or the error, that ``plain.PlainJson`` wrote."""
    found = json.loads(text)
    if "error" in found:
        code, detail = found["error"]
        return JobFailed(code, detail)
    return found["value"]


def _error(status: str, error: BaseException | None) -> tuple[str, str]:
    if status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return (
            "keeps_dying",
            f"the process that ran it ended {MAX_ATTEMPTS} times in the middle",
        )
    if error is None:
        return "", ""
    return getattr(error, "code", type(error).__name__), str(error)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else clock.from_epoch_ms(milliseconds)
