"""A file on this machine is looked into while it is copied.

What is copied is what was looked into: the file had the same size, inode and times
before the first byte and after the last.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Final

from lucarne.media import policies
from lucarne_engine.follower import Found
from lucarne_engine.probe.limits import ProbeLimits
from lucarne_engine.reader import FilmReader

# A smaller film is copied before the process that would look into it has started; and
# the one that copies its packets afterwards would have to be started besides.
LEAST_BYTES: Final = 64 * 1024 * 1024

_log = logging.getLogger(__name__)
_looks: dict[str, _Look] = {}


class _Look:
    def __init__(self, source: Path, limits: ProbeLimits) -> None:
        self._source = source
        self._limits = limits
        self._stamp = _stamp(source)
        self._cancel = Event()
        # The process that looks dies with the thread that has started it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._found = self._thread.submit(self._look)

    def _look(self) -> Found:
        with FilmReader(
            self._source, limits=self._limits, cancel=self._cancel
        ) as reader:
            return reader.look()

    def conclude(self) -> Found | None:
        found = self._found.result()
        return found if _stamp(self._source) == self._stamp else None

    def end(self) -> None:
        self._cancel.set()
        self._thread.shutdown()


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    times = found.st_mtime_ns, found.st_ctime_ns
    return found.st_dev, found.st_ino, found.st_size, *times


def begin(upload_id: str, source: Path, *, size_bytes: int) -> None:
    """Look into a file whose copying is about to begin."""
    if size_bytes >= LEAST_BYTES:
        _looks[upload_id] = _Look(source, policies.probe_limits())


def conclude(upload_id: str) -> Found | None:
    """Say what a film is that was copied; None where nobody looked, or in vain.

    Waits for who looks. What goes wrong here goes wrong again where it is told.
    """
    look = _looks.get(upload_id)
    try:
        return None if look is None else look.conclude()
    except Exception as error:  # noqa: BLE001  whatever it is, the film is read anew
        _log.info("%s is read when it is here: %r", upload_id, error)
        return None
    finally:
        end(upload_id)


def end(upload_id: str) -> None:
    """Look no longer. Twice is harmless."""
    look = _looks.pop(upload_id, None)
    if look is not None:
        look.end()
