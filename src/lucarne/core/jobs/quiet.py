"""What of DBOS's own log reaches ours."""

from __future__ import annotations

import logging

from lucarne.core.jobs.port import JobFailed


class _OnlyNews(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, JobFailed)  # ``handlers.call`` has logged it


def quieten() -> None:
    """Let DBOS's log go the way of all others, from warnings upward.

    Below that it prints the address of the database, and where to buy its console.
    """
    log = logging.getLogger("dbos")
    if not any(isinstance(known, _OnlyNews) for known in log.filters):
        log.addFilter(_OnlyNews())
        log.addHandler(logging.NullHandler())  # else DBOS adds one that prints
    log.setLevel(logging.WARNING)
    log.propagate = True
