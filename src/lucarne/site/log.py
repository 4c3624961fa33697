"""How the server writes to standard error: one line per event."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType


class OneLine(logging.Formatter):
    """``2026-11-24 09:12:03 WARNING lucarne.jobs: sentence [KeyError: 'x' at f.py:12]``.

    The whole traceback follows only where debugging was asked for.
    """

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S"
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the record on one line."""
        if logging.getLogger("lucarne").isEnabledFor(logging.DEBUG):
            return super().format(record)
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        line = self.formatMessage(record)
        if record.exc_info and record.exc_info[1] is not None:
            line += f" [{_where(record.exc_info[1], record.exc_info[2])}]"
        return " ".join(line.split())


def _where(error: BaseException, trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
