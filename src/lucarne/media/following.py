"""The processes of this one that read films while they arrive (``lucarne_engine.follower``).

They are of this process's memory: one that is lost costs the time to read a film once
more. ``early_look`` feeds them; ``preparing`` asks one what it found, when all of its
film is here.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from lucarne.core import clock
from lucarne.media import policies
from lucarne_engine.follower import Follower, Found

# Each is a process of some sixty megabytes, which sleeps most of the time.
MOST: Final = 4
# So long without a byte, and its place is taken by a film that does arrive; or it ends.
_IDLE_S: Final = 60.0
_FORGOTTEN_S: Final = 600.0
# A report on what is here costs time: each needs so much more of the film than the last.
_MORE: Final = 5 / 4

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Reading:
    follower: Follower
    at: float  # when it was last told of bytes
    reported: int = 0  # bytes that the last report was on
    lock: Lock = field(default_factory=Lock)
    is_over: bool = False  # ended, for whatever reason


_readings: dict[str, _Reading] = {}
_guard = Lock()
# A process dies with the thread that started it: here is one that stays.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="following")


def advance(
    upload_id: str,
    path: Path,
    *,
    here: int,
    size_bytes: int,
    index: Path | None,
    index_offset: int,
    is_indexed: bool,
    reports: bool,
) -> Found | None:
    """Read what has come of a film; begin with it where there is room.

    Returns what the film is so far, when that is asked for and there is enough more of
    it than the last time. What goes wrong ends the reading, nothing else.
    """
    reading = _readings.get(upload_id) or _begin(
        upload_id, path, size_bytes=size_bytes, index=index,
        index_offset=index_offset, is_indexed=is_indexed,
    )  # fmt: skip
    if reading is None:
        return None
    with _only(upload_id, reading) as is_on:
        if not is_on:
            return None
        reading.at = clock.monotonic()
        reading.follower.advance(here)
        if not reports or here < reading.reported * _MORE:
            return None
        reading.reported = here
        return reading.follower.prefix()
    return None


def conclude(upload_id: str) -> Found | None:
    """Say what a film is of which all is here; None where nobody has read it.

    Its process ends.
    """
    reading = _readings.get(upload_id)
    if reading is None:
        return None
    try:
        with _only(upload_id, reading) as is_on:
            return reading.follower.conclude() if is_on else None
        return None
    finally:
        end(upload_id)


def end(upload_id: str) -> None:
    """Stop to read a film; what went wrong may be tried again. Twice is harmless."""
    with _guard:
        reading = _readings.pop(upload_id, None)
    if reading is not None:
        with reading.lock:
            reading.is_over = True
            reading.follower.end()


@contextlib.contextmanager
def _only(upload_id: str, reading: _Reading) -> Iterator[bool]:
    """Have it to oneself; what the film does to it ends it. False: it has ended."""
    try:
        with reading.lock:
            yield not reading.is_over
    except Exception as error:  # noqa: BLE001  whatever it is, the film is read anew
        _log.info("%s is read when it is here: %r", upload_id, error)
        with reading.lock:
            reading.is_over = True
            reading.follower.end()


def _begin(
    upload_id: str,
    path: Path,
    *,
    size_bytes: int,
    index: Path | None,
    index_offset: int,
    is_indexed: bool,
) -> _Reading | None:
    _make_room()
    with _guard:
        if len(_readings) >= MOST:
            return None
        if upload_id not in _readings:
            started = _starter.submit(
                Follower, path, size_bytes=size_bytes, index=index,
                index_offset=index_offset, is_indexed=is_indexed,
                limits=policies.probe_limits(),
            )  # fmt: skip
            _readings[upload_id] = _Reading(started.result(), clock.monotonic())
        return _readings[upload_id]


def _make_room() -> None:
    sweep(idle_s=_IDLE_S if len(_readings) >= MOST else _FORGOTTEN_S)


def sweep(*, idle_s: float = _FORGOTTEN_S) -> None:
    """Stop to read films of which nothing comes."""
    now = clock.monotonic()
    with _guard:
        idle = [
            one for one, reading in _readings.items()
            if now - reading.at > idle_s and not reading.lock.locked()
        ]  # fmt: skip
    for one in idle:
        end(one)
