"""What of DBOS's own log reaches ours."""

from __future__ import annotations

import logging

from lucarne.core.jobs.port import JobFailed


class _OnlyNews(logging.Filter):
    is_leaving = False

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        # ``handlers.call`` has logged the one; the others are workflows that find
        # DBOS taken down below them, which the next start takes up again.
        return not (isinstance(error, JobFailed) or self.is_leaving)


_filter = _OnlyNews()


def hush(*, is_leaving: bool) -> None:
    """Say no more while DBOS is taken down, and again once it is up."""
    _filter.is_leaving = is_leaving


def quieten() -> None:
    """Let DBOS's log go the way of all others, from warnings upward.

    Below that it prints the address of the database, and where to buy its console.
    """
    log = logging.getLogger("dbos")
    if _filter not in log.filters:
        log.addFilter(_filter)
        log.addHandler(logging.NullHandler())  # else DBOS adds one that prints
    log.setLevel(logging.WARNING)
    log.propagate = True
